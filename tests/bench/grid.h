#ifndef BENCH_GRID_H
#define BENCH_GRID_H

/*
 * Policies that refuse as late as they can, and the worst commands known for
 * them: of any number of rules, and of any length. The benchmark takes their
 * time, a unit test counts their steps.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decide.h"
#include "expand.h"
#include "policy.h"
#include "request.h"
#include "settings.h"
#include "why.h"
#include "words.h"

/*
 * The rule is written once for each number, @; `last` stands once behind
 * them. The command is head, unit as often as it fits, tail. DIR becomes the
 * folder; ~n~ repeats the byte, the [set] or the star with its byte behind it
 * n times. What takes very long starts with fewer rules.
 */
struct row {
	const char *name;
	const char *rule;
	const char *last;
	const char *head, *unit, *tail;
	size_t rules; /* to start with; 0: as all others */
};

#define RUN "run = /bin/true\n"
#define W15 "w w w w w w w w w w w w w w w "

static const struct row rows[] = {
    {"literal, one long word", "command = x@\n" RUN, "", "w", "w", "", 0},
    {"literal, many words", "command = " W15 W15 W15 "@\n" RUN, "", "w", " w",
	"", 0},
    {"quoted words", "command = x@\n" RUN, "", "w", " 'w'\\w", "", 0},
    {"word", "command = x {a} @\narg.a = word\n" RUN, "", "x ", "w", " no", 0},
    {"name", "command = x {a} @\narg.a = name\n" RUN, "", "x ", "w", " no", 0},
    {"hostname", "command = x {a} @\narg.a = hostname\n" RUN, "", "x ", "w.",
	" no", 0},
    {"integer", "command = x {a} @\narg.a = integer 1..9\n" RUN, "", "x ", "1",
	" no", 0},
    {"hex", "command = x {a} @\narg.a = hex 1..999999\n" RUN, "", "x ", "f",
	" no", 0},
    {"--opt={name}",
	"command = x [--a={a}] [--b={b}] @\narg.a = word\n"
	"arg.b = word\n" RUN,
	"", "x --b=", "w", " no", 0},
    {"{name...}", "command = x {a...} @\narg.a = word\n" RUN, "", "x", " w",
	" -no", 0},
    {"{name...}, 8 of them",
	"command = x {a...} y {b...} y {c...} y {d...} y {e...} y {f...} y\n"
	" {g...} y {h...} @\n"
	"arg.a = hex 1..1\narg.b = hex 1..1\narg.c = hex 1..1\n"
	"arg.d = hex 1..1\narg.e = hex 1..1\narg.f = hex 1..1\n"
	"arg.g = hex 1..1\narg.h = hex 1..1\n" RUN,
	"", "x", " 1", " no", 0},
    {"optional groups",
	"command = x {a...} [-a] [-b] [-c] [-d] [-e] [-f] [-g] [-h] [-i]\n"
	" [-j] [-k] [-l] [-m] [-n] [-o] [-p] [-q] [-r] [-s] [-t] [-u] @\n"
	"arg.a = name\n" RUN,
	"", "x", " w", " =no", 0},
    {"groups that look alike",
	"command = x {a...} [-a={b}] [-a-={c}] [-aa={d}] [-ab={e}] @\n"
	"arg.a = name\narg.b = name\narg.c = name\narg.d = name\n"
	"arg.e = name\n" RUN,
	"", "x", " w", " -no", 0},
    {"glob, one star", "command = x {a} @\narg.a = glob *~30~ab\n" RUN, "",
	"x ", "a", " no", 0},
    {"glob, many stars", "command = x {a} @\narg.a = glob ~15~*ab\n" RUN, "",
	"x ", "a", " no", 0},
    {"glob, sets", "command = x {a} @\narg.a = glob *~9~[a-z]0\n" RUN, "", "x ",
	"a", " no", 0},
    {"regex (a*)*", "command = x {a...} @\narg.a = regex ((a*)*)*\n" RUN, "",
	"x", " ~999~a", " no", 0},
    {"regex .*a.{9}", "command = x {a...} @\narg.a = regex .*a.{9}\n" RUN, "",
	"x", " ~999~a", " no", 0},
    {"regex (a|a)*", "command = x {a...} @\narg.a = regex (a|a|aa)*\n" RUN, "",
	"x", " ~999~a", " no", 0},
    {"regex, short words",
	"command = x {a...} @\narg.a = regex (a|b){9}|c\n" RUN, "", "x", " c",
	" no", 0},
    {"path", "command = x {a...}\narg.a = path DIR/in\n" RUN, "", "x",
	" ~999~./f", " /out", 0},
    {"path, short names", "command = x {a...}\narg.a = path DIR/in\n" RUN, "",
	"x", " f", " /out", 1},
    {"scp, many paths", "command = x@\n" RUN, "protocol = scp\nread = DIR/in\n",
	"scp -f --", " f", " /out", 0},
    {"scp, long paths", "command = x@\n" RUN, "protocol = scp\nread = DIR/in\n",
	"scp -f --", " ~999~./f", " /out", 0},
    {"scp, many globs", "command = x@\n" RUN, "protocol = scp\nread = DIR/in\n",
	"scp -f --", " f*", " /out", 0},
    {"scp, a glob of stars", "command = x@\n" RUN,
	"protocol = scp\nread = DIR/in\n", "scp -f -- ", "*a", "b", 0},
    {"scp, a long bracket", "command = x@\n" RUN,
	"protocol = scp\nread = DIR/in\n", "scp -f -- *[", "b", "]b", 0},
    {"rdist", "command = x@\n" RUN, "protocol = rdist\nwrite = DIR/in\n",
	"rdistd -S", " -S", "", 0},
    {"written folders", "command = x@\nwrite = DIR/in\n" RUN, "", "x", "x", "",
	0},
};

/* Opens a text in memory, for which there is always room. */
static inline FILE *
grid_open(char **text, size_t *size)
{
	FILE *f = open_memstream(text, size);

	if (f == NULL)
		abort();
	return f;
}

/* What stands behind `~n~`, n times; the place behind it. */
static inline const char *
grid_repeat(FILE *f, const char *p)
{
	char *text;
	long n = strtol(p + 1, &text, 10);
	size_t len = 1;

	text++;
	if (*text == '[')
		len = strcspn(text, "]") + 1;
	else if (*text == '*' || *text == '.')
		len = 2;
	for (long i = 0; i < n; i++)
		fwrite(text, 1, len, f);
	return text + len;
}

static inline void
grid_put(FILE *f, const char *text, const char *folder, size_t number)
{
	for (const char *p = text; *p != '\0';) {
		if (*p == '@') {
			fprintf(f, "%zu", number);
			p++;
		} else if (*p == '~') {
			p = grid_repeat(f, p);
		} else if (strncmp(p, "DIR", 3) == 0) {
			fputs(folder, f);
			p += 3;
		} else {
			fputc(*p++, f);
		}
	}
}

static inline char *
grid_policy(const struct row *row, const char *folder, size_t rules)
{
	char *text;
	size_t size;
	FILE *f = grid_open(&text, &size);

	rules -= *row->last != '\0';
	for (size_t i = 0; i < rules; i++) {
		fprintf(f, "[allow r%zu]\n", i);
		grid_put(f, row->rule, folder, 1000 + i);
	}
	if (*row->last != '\0') {
		fputs("[allow last]\n", f);
		grid_put(f, row->last, folder, 0);
	}
	fclose(f);
	return text;
}

static inline char *
grid_command(const struct row *row, size_t bytes)
{
	char *text, *unit;
	size_t size, unit_size;
	FILE *f = grid_open(&unit, &unit_size);

	grid_put(f, row->unit, "", 0);
	fclose(f);
	f = grid_open(&text, &size);
	grid_put(f, row->head, "", 0);
	for (size_t n = strlen(row->head) + strlen(row->tail) + 8;
	     n + unit_size <= bytes; n += unit_size)
		fputs(unit, f);
	grid_put(f, row->tail, "", 0);
	fclose(f);
	free(unit);
	return text;
}

static inline void
grid_parse(struct policy *policy, const struct row *row, const char *folder,
    size_t rules)
{
	const struct timespec mtime = {1, 2};
	char *text = grid_policy(row, folder, rules);
	struct fault fault = {0};

	if (policy_parse(policy, "keys/x.ini", text, strlen(text), mtime,
		&(struct names) {"x", "store"}, &fault) == -1) {
		fprintf(stderr, "%s: line %u: %s\n", row->name, fault.line,
		    fault.text);
		abort();
	}
	free(text);
}

/* What a session does between reading its policy and its record. Whether it
 * is refused: a case that permits would measure something else. */
static inline bool
grid_refuses(const struct policy *policy, const char *command)
{
	static char *const no_env[] = {NULL};
	char account[] = "store", home[] = "/nonexistent", shell[] = "/bin/sh";
	struct request req = {.key = "x",
	    .dir = "/nonexistent",
	    .uid = geteuid(),
	    .account = account,
	    .home = home,
	    .shell = shell,
	    .client_env = no_env,
	    .when = {1000000000, 0},
	    .command = command};
	struct settings settings;
	struct verdict verdict;
	struct fault fault = {0};
	bool refuses = false;

	if (settings_parse(&settings, "", 0, &fault) == -1)
		abort();
	if (words_split(&req.words, command, &fault) == 0) {
		decide(&verdict, policy, &settings, &req);
		refuses = verdict.answer != PERMIT;
		verdict_free(&verdict);
	}
	words_free(&req.words);
	settings_free(&settings);
	return refuses;
}

#endif
