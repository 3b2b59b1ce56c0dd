/* What the client sees of a refusal. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "refuse.h"
#include "why.h"

/* sshd's own convention for "cannot be run": the client's doing. */
#define CLIENT_FAULT 126

/* ` at byte 7` or `: /etc: not inside …`, for `refusal-detail = full`. */
static char *
detail_text(const struct fault *fault)
{
	char *safe = escape_line(fault->text, strlen(fault->text));
	char *text = NULL;
	int len;

	if (safe == NULL)
		return NULL;
	if (fault->at != 0)
		len = asprintf(&text, " (byte %zu: %s)", fault->at, safe);
	else
		len = asprintf(&text, " (%s)", safe);
	free(safe);
	return len == -1 ? NULL : text;
}

int
refuse(const struct fault *fault, enum detail detail, const char *session)
{
	int status = why_exit(fault->why);
	char *more = NULL, *line = NULL;
	int len;

	if (detail == DETAIL_FULL && status == CLIENT_FAULT)
		more = detail_text(fault);
	if (detail == DETAIL_NONE)
		len = asprintf(&line, "gatekeeper: refused (session %s)\n",
		    session);
	else
		len = asprintf(&line,
		    "gatekeeper: refused: %s%s (session "
		    "%s)\n",
		    why_text(fault->why), more != NULL ? more : "", session);
	/* One write, so that the line arrives whole; a client that is gone
	 * changes nothing. */
	if (len != -1 && write(STDERR_FILENO, line, (size_t)len) != len)
		status = why_exit(fault->why);
	free(more);
	if (len != -1)
		free(line);
	return status;
}
