/* What a transcript says of its session before it begins: one line of JSON. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "escape.h"
#include "header.h"
#include "transcript.h"

enum { COMMAND_MAX = 1024, TERM_MAX = 64 };

static void
tell(FILE *f, const char *name, const char *value, size_t size)
{
	char *safe = escape_json(value, size);

	/* Without memory the stream fails as well, or the value is empty. */
	fprintf(f, "\"%s\":\"%s\"", name, safe != NULL ? safe : "");
	free(safe);
}

static void
tell_session(FILE *f, const struct transcript_about *about)
{
	fputs(",\"gatekeeper\":{", f);
	tell(f, "session", about->session, strlen(about->session));
	fputc(',', f);
	tell(f, "key", about->key, strlen(about->key));
	fputc(',', f);
	tell(f, "rule", about->rule, strlen(about->rule));
	fputc(',', f);
	tell(f, "account", about->account, strlen(about->account));
	fprintf(f, ",\"terminal\":%s}", about->terminal ? "true" : "false");
}

/* Both headers but for their beginning. */
static char *
describe(const struct transcript_about *about)
{
	const char *command = about->command;
	size_t size;
	char *text;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		return NULL;
	fprintf(f, "\"timestamp\":%lld,", (long long)about->began.tv_sec);
	tell(f, "title", about->key, strlen(about->key));
	if (command != NULL) {
		size = strnlen(command, COMMAND_MAX);
		fputc(',', f);
		tell(f, "command", command,
		    size - cast_unfinished(command, size));
	}
	if (about->term != NULL) {
		fputs(",\"env\":{", f);
		tell(f, "TERM", about->term, strnlen(about->term, TERM_MAX));
		fputc('}', f);
	}
	tell_session(f, about);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

char *
header_cast(const struct transcript_about *about)
{
	char *text = describe(about), *header = NULL;

	if (text != NULL &&
	    asprintf(&header, "{\"version\":2,\"width\":%u,\"height\":%u,%s}\n",
		about->columns != 0 ? about->columns : 80,
		about->rows != 0 ? about->rows : 24, text) == -1)
		header = NULL;
	free(text);
	return header;
}

char *
header_streams(const struct transcript_about *about)
{
	char *text = describe(about), *header = NULL;

	if (text != NULL &&
	    asprintf(&header, "{\"version\":\"" TRANSCRIPT_VERSION "\",%s}\n",
		text) == -1)
		header = NULL;
	free(text);
	return header;
}
