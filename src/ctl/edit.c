/*
 * edit: an editor on a copy, `check`, then an atomic install. A file with
 * errors is never installed, not even on demand: it would refuse everything
 * until somebody comes back to it.
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/edit.h"
#include "ctl/findings.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "value.h"
#include "why.h"

/* What one round of editing can lead to, beside an exit status. */
#define AGAIN (-1)

static void
complain(const struct fault *fault)
{
	show(stderr, "gatekeeperctl: %s\n", fault->text);
}

static bool
is_asked(void)
{
	return isatty(STDIN_FILENO) == 1;
}

/* One of the letters; the first for an empty line, the last at the end of
 * the input. */
static char
ask(const char *question, const char *letters)
{
	char *line = NULL, answer = '\0';
	size_t size = 0;
	ssize_t n;

	while (answer == '\0') {
		fflush(stdout);
		fprintf(stderr, "%s [%c] ", question, letters[0]);
		clearerr(stdin);
		n = getline(&line, &size, stdin);
		if (n <= 0)
			answer = letters[strlen(letters) - 1];
		else if (line[0] == '\n')
			answer = letters[0];
		else if (n == 2 && strchr(letters, line[0]) != NULL)
			answer = line[0];
	}
	free(line);
	return answer;
}

/* The status of an edit that came to nothing. */
static int
leave(const struct edit *edit)
{
	if (edit->keep)
		show(stderr,
		    "gatekeeperctl: the edited text is kept in %s; the next "
		    "edit offers to go on with it\n",
		    edit->copy);
	show(stderr, "gatekeeperctl: %s: nothing was changed\n", edit->path);
	return CTL_WRONG;
}

static int
ask_again(const struct edit *edit)
{
	if (is_asked() &&
	    ask("What now? (e)dit again, (x) exit without saving", "ex") == 'e')
		return AGAIN;
	return leave(edit);
}

static int
install(struct edit *edit, int status)
{
	struct fault fault;

	if (edit_install(edit, &fault) == -1) {
		complain(&fault);
		edit->keep = true;
		return leave(edit);
	}
	show(stdout, "%s: %s\n", edit->path,
	    edit->exists ? "installed" : "created");
	if (edit_sync(edit, &fault) == 0)
		return status;
	complain(&fault);
	return CTL_TROUBLE;
}

static int
judge(struct edit *edit, const struct trust_text *text)
{
	struct findings found = {0};
	struct fault fault;
	int status;

	if (edit_candidate(edit, text, &fault) == -1) {
		complain(&fault);
		edit->keep = true;
		return leave(edit);
	}
	edit_check(edit, &found);
	findings_print(&found, false);
	status = findings_status(&found);
	findings_free(&found);
	if (status == CTL_WRONG)
		return ask_again(edit);
	if (status == CTL_OK || !is_asked())
		return install(edit, status);
	switch (ask("What now? (e)dit again, (s)ave, (x) exit without saving",
	    "esx")) {
	case 'e':
		return AGAIN;
	case 's':
		return install(edit, status);
	default:
		return leave(edit);
	}
}

/* A template that was left as it is permits nothing, and is no policy. */
static int
unchanged(const struct edit *edit)
{
	show(stdout, "%s: %s\n", edit->path,
	    edit->exists ? "unchanged" : "unchanged, and so not created");
	return CTL_OK;
}

/* An editor that failed may still leave work that somebody wants to keep. */
static int
edit_once(struct edit *edit)
{
	struct trust_text text = {0};
	struct fault fault;
	bool failed = editor_run(edit->copy, &fault) == -1;
	int status;

	if (failed)
		complain(&fault);
	if (edit_read(edit, &text, &fault) == -1) {
		complain(&fault);
		return ask_again(edit);
	}
	if (edit_is_same(edit, &text))
		status = failed ? leave(edit) : unchanged(edit);
	else if (failed)
		status = ask_again(edit);
	else
		status = judge(edit, &text);
	free(text.text);
	return status;
}

/* An answer to what an interrupted edit left: what to go on with. */
static int
resume(struct edit *edit, const struct timespec *when, struct fault *fault)
{
	char date[sizeof("YYYY-MM-DD HH:MM")];
	struct tm tm;

	if (localtime_r(&when->tv_sec, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%d %H:%M", &tm) == 0)
		return fault_set(fault, WHY_SYSTEM, "%s: no time", edit->copy);
	show(stderr, "An edit was interrupted on %s: diff -u %s %s\n", date,
	    edit->path, edit->copy);
	if (!is_asked())
		return fault_set(fault, WHY_SYSTEM,
		    "%s: edit it from a terminal to go on with that text, or "
		    "remove %s",
		    edit->path, edit->copy);
	switch (ask("(r)esume it, (d)iscard it, (x) exit", "rdx")) {
	case 'r':
		return 0;
	case 'd':
		return edit_copy(edit, fault);
	default:
		return fault_set(fault, WHY_SYSTEM, "%s is left as it is",
		    edit->copy);
	}
}

/* The candidate of what is there shows early that there is no space, or that
 * an owner cannot be kept. */
static int
prepare(struct edit *edit, struct fault *fault)
{
	struct timespec when;
	int ret = edit_leftover(edit, &when, fault);

	if (ret == 0)
		ret = edit_copy(edit, fault);
	else if (ret == 1)
		ret = resume(edit, &when, fault);
	if (ret == -1 || edit_candidate(edit, &edit->text, fault) == -1)
		return -1;
	edit->keep = false;
	return 0;
}

static int
edit_file(const struct ctl *ctl, enum edit_kind kind, const char *name)
{
	struct edit edit;
	struct fault fault;
	int status = AGAIN;

	/* No mode of ours depends on that of whoever started us. */
	umask(022);
	if (edit_open(&edit, ctl, kind, name, &fault) == -1 ||
	    prepare(&edit, &fault) == -1) {
		complain(&fault);
		status = leave(&edit);
	}
	while (status == AGAIN)
		status = edit_once(&edit);
	edit_close(&edit);
	return status;
}

int
edit_verb(const struct ctl *ctl, int argc, char *argv[])
{
	static const struct option options[] = {
	    {"role", required_argument, NULL, 'r'},
	    {"settings", no_argument, NULL, 's'},
	    {NULL, 0, NULL, 0},
	};
	enum edit_kind kind = EDIT_KEY;
	const char *name = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?' || kind != EDIT_KEY)
			return CTL_USAGE;
		kind = c == 'r' ? EDIT_ROLE : EDIT_SETTINGS;
		name = c == 'r' ? optarg : "gatekeeper";
	}
	if (kind == EDIT_KEY && optind < argc)
		name = argv[optind++];
	if (name == NULL || optind != argc)
		return CTL_USAGE;
	if (!value_is_name(name)) {
		show(stderr, "gatekeeperctl: %s: not the name of a %s\n", name,
		    kind == EDIT_ROLE ? "role" : "key");
		return CTL_USAGE;
	}
	return edit_file(ctl, kind, name);
}
