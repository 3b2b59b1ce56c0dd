/* What the client sees of a refusal. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decline.h"
#include "escape.h"
#include "refuse.h"
#include "why.h"

/* ` (byte 7: …)` or ` (/etc: not inside …)`, for refusal-detail = full. */
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

/* The caller frees; NULL: out of memory. */
static char *
refusal_text(const struct fault *fault, enum detail detail, const char *session)
{
	char *more = NULL, *text = NULL;
	int len;

	if (detail == DETAIL_FULL && why_exit(fault->why) == WHY_EXIT_REFUSED)
		more = detail_text(fault);
	if (detail == DETAIL_NONE)
		len = asprintf(&text, "gatekeeper: refused (session %s)",
		    session);
	else
		len = asprintf(&text, "gatekeeper: refused: %s%s (session %s)",
		    why_text(fault->why), more != NULL ? more : "", session);
	free(more);
	return len == -1 ? NULL : text;
}

int
refuse(const struct fault *fault, enum detail detail, const char *session,
    bool sftp)
{
	char *text = refusal_text(fault, detail, session);

	if (text != NULL) {
		dprintf(STDERR_FILENO, "%s\n", text);
		if (sftp)
			decline_sftp(STDIN_FILENO, STDOUT_FILENO, text);
	}
	free(text);
	return why_exit(fault->why);
}
