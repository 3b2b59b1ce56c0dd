/* One event, told in one line. Whatever it quotes is hostile. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/fit.h"
#include "ctl/follow_line.h"
#include "ctl/log.h"
#include "ctl/show.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

struct word {
	const char *text;
	const char *colour;
};

static const struct word verdicts[] = {
    [LOG_REFUSE] = {"refused", RED},
    [LOG_PERMIT] = {"permitted", GREEN},
    [LOG_OBSERVE] = {"observed", YELLOW},
};

static const struct word outcomes[][2] = {
    [LOG_REQUEST] = {{0}, {0}},
    [LOG_END] = {{"ended", PLAIN}, {"failed", RED}},
    [LOG_VIOLATION] = {{"violation", RED}, {"violation", RED}},
    [LOG_ON_SUCCESS] = {{"followed", PLAIN}, {"follow-failed", RED}},
};

static const struct word *
find_word(const struct log_record *r)
{
	if (r->action == LOG_REQUEST)
		return &verdicts[r->verdict];
	return &outcomes[r->action][r->failed];
}

/* A name and a hostile value, when there is one. */
static void
put(FILE *f, const char *before, const char *value, const char *after)
{
	if (value != NULL)
		show(f, "%s%s%s", before, value, after);
}

/* Takes the text over. */
static void
put_own(FILE *f, const char *before, char *text, const char *after)
{
	fprintf(f, "%s%s%s", before, text, after);
	free(text);
}

static void
tell_request(FILE *f, const struct log_record *r)
{
	put(f, " ", r->verdict == LOG_PERMIT ? NULL : r->reason, "");
	put(f, " by ", r->rule, "");
	put(f, " from ", r->address, "");
	put(f, " as ", r->account, "");
	if (r->verdict == LOG_REFUSE)
		put(f, " (", r->detail, ")");
	if (r->command == NULL) {
		fprintf(f, ": %s", log_kinds[r->kind]);
		return;
	}
	put_own(f, ": ", show_plain(r->command, r->command_size), "");
	if (r->command_bytes > (long long)r->command_size)
		fprintf(f, " (%lld bytes)", r->command_bytes);
}

static void
tell_end(FILE *f, const struct log_record *r)
{
	if (r->action == LOG_ON_SUCCESS)
		put(f, " ", r->executable, "");
	put(f, " by ", r->rule, "");
	if (r->exit_code >= 0)
		fprintf(f, " exit %lld", r->exit_code);
	put(f, " by ", r->signal, "");
	put(f, " (", r->ended_by, ")");
	put(f, " ", r->failed ? r->reason : NULL, "");
	put(f, " (", r->failed ? r->detail : NULL, ")");
	if (r->duration >= 0)
		put_own(f, " after ", fit_duration(r->duration), "");
	if (r->bytes_in >= 0 && r->bytes_out >= 0) {
		put_own(f, ", ", fit_bytes((unsigned long long)r->bytes_in),
		    " in");
		put_own(f, ", ", fit_bytes((unsigned long long)r->bytes_out),
		    " out");
	}
	put(f, ", transcript ", r->transcript, "");
}

static void
tell_violation(FILE *f, const struct log_record *r)
{
	put(f, " ", r->call, "");
	if (r->count > 1)
		fprintf(f, ", %lld times", r->count);
	put(f, " in ", r->executable, "");
	put(f, " by ", r->rule, "");
}

static char *
tell(const struct log_record *r)
{
	size_t size;
	char *text;
	FILE *f = show_need(open_memstream(&text, &size));

	if (r->action == LOG_REQUEST)
		tell_request(f, r);
	else if (r->action == LOG_VIOLATION)
		tell_violation(f, r);
	else
		tell_end(f, r);
	if (fclose(f) != 0)
		show_need(NULL);
	return text;
}

void
follow_line(const struct log_record *r, bool colour, unsigned width)
{
	const struct word *word = find_word(r);
	const char *key = r->key != NULL ? r->key : "-";
	char *time = fit_time(r->when.tv_sec);
	char *name = fit_text(key, strlen(key), width != 0 ? width / 3 : 0);
	unsigned used = fit_columns(time) + fit_columns(name) + 2 +
	    (unsigned)strlen(word->text);
	char *rest = tell(r);

	if (width != 0)
		rest = fit_cut(rest, width > used + 8 ? width - used : 8);
	printf("%s %s %s%s%s%s\n", time, name, colour ? word->colour : "",
	    word->text, colour ? PLAIN : "", rest);
	free(time);
	free(name);
	free(rest);
}
