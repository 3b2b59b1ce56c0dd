/*
 * learn: rules for what a key was seen to ask for while it was observed, and
 * what was refused. They are proposed to a person, and hold nothing that was
 * not asked for; who asked, and with what intent, the records do not say.
 */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/keyfile.h"
#include "ctl/learn.h"
#include "ctl/log.h"
#include "ctl/log_file.h"
#include "ctl/show.h"
#include "ctl/traffic.h"
#include "ctl/verb.h"
#include "list.h"
#include "settings.h"
#include "value.h"
#include "why.h"

struct options {
	const char *key;
	const char *account;
	time_t since; /* 0: all */
	unsigned long min;
	char *const *files; /* NULL-ended; none: those of the settings */
};

struct run {
	struct options options;
	struct traffic traffic;
	struct account account;
	bool known; /* the account is */
	struct settings settings;
	struct keyfile file;
	struct learn learn;
	struct learn_facts facts;
};

static int
complain(int status, const char *what, const char *why)
{
	show(stderr, "gatekeeperctl: %s: %s\n", what, why);
	return status;
}

/* --- the command line ----------------------------------------------------- */

static int
read_option(struct options *o, int c)
{
	struct fault fault;
	long min;

	switch (c) {
	case 'a':
		o->account = optarg;
		return CTL_OK;
	case 's':
		if (value_when(optarg, false, &o->since, &fault) == -1)
			return complain(CTL_USAGE, optarg, fault.text);
		return CTL_OK;
	case 'm':
		if (value_integer(optarg, 1, 1000000, &min, &fault) == -1)
			return complain(CTL_USAGE, optarg, fault.text);
		o->min = (unsigned long)min;
		return CTL_OK;
	default:
		return CTL_USAGE;
	}
}

static int
read_options(struct options *o, int argc, char *argv[])
{
	static const struct option options[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"since", required_argument, NULL, 's'},
	    {"min", required_argument, NULL, 'm'},
	    {NULL, 0, NULL, 0},
	};
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if ((status = read_option(o, c)) != CTL_OK)
			return status;
	if (optind == argc)
		return CTL_USAGE;
	o->key = argv[optind];
	o->files = argv + optind + 1;
	if (!value_is_name(o->key))
		return complain(CTL_USAGE, o->key, "not the name of a key");
	return CTL_OK;
}

/* --- records -------------------------------------------------------------- */

/* Refusals that another rule would have prevented. */
static bool
is_for_a_rule(const char *reason)
{
	static const enum why reasons[] = {WHY_TOO_LONG, WHY_SHELL_SYNTAX,
	    WHY_CONTROL_BYTE, WHY_NOT_UTF8, WHY_NO_SHELL, WHY_NO_SFTP,
	    WHY_NO_RULE, WHY_OPTION, WHY_OUTSIDE, WHY_DIRECTORY, WHY_PROGRAM};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reason == NULL || strcmp(reason, why_name(reasons[i])) == 0)
			return true;
	return false;
}

static void
find_account(struct run *run, const char *name)
{
	if (run->known || name == NULL)
		return;
	run->known = account_find(&run->account, name) == 0;
}

static void
note_date(struct learn_facts *facts, const struct timespec *when)
{
	struct tm tm;
	char date[sizeof(facts->first)];

	if (when->tv_sec == 0 || localtime_r(&when->tv_sec, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%d", &tm) == 0)
		return;
	if (facts->first[0] == '\0' || strcmp(date, facts->first) < 0)
		memcpy(facts->first, date, sizeof(date));
	if (strcmp(date, facts->last) > 0)
		memcpy(facts->last, date, sizeof(date));
}

static void
count_other(struct run *run, const char *reason)
{
	run->facts.other++;
	/* Of a hostile record, it could be any word. */
	if (list_has(&run->facts.reasons, reason))
		return;
	if (run->facts.reasons.n < 20)
		show_add(&run->facts.reasons, strdup(reason));
}

static void
take_record(const struct log_record *r, void *context)
{
	struct run *run = context;
	const struct options *o = &run->options;
	bool observed = r->verdict == LOG_OBSERVE;

	if (r->action != LOG_REQUEST || r->verdict == LOG_PERMIT ||
	    r->key == NULL || strcmp(r->key, o->key) != 0 ||
	    (r->when.tv_sec != 0 && r->when.tv_sec < o->since))
		return;
	find_account(run, r->account);
	note_date(&run->facts, &r->when);
	if (observed)
		run->facts.observed++;
	else
		run->facts.refused++;
	if (!observed && !is_for_a_rule(r->reason))
		count_other(run, r->reason);
	else if (r->command_bytes > (long long)r->command_size)
		run->facts.cut++;
	else if (run->known)
		traffic_add(&run->traffic, r->command, observed);
}

/* -1: some file could not be read. */
static int
read_files(struct run *run)
{
	struct log *log = log_new(take_record, run);
	struct list found = {0};
	int ret = 0;

	if (*run->options.files == NULL &&
	    log_find(run->traffic.dir, &found) <= 0)
		ret = -1;
	for (size_t i = 0; i < found.n; i++)
		ret |= log_file_found(log, found.v[i], NULL);
	for (char *const *file = run->options.files; *file != NULL; file++)
		ret |= log_file(log, *file, NULL);
	list_free(&found);
	log_free(log);
	return ret;
}

/* --- the verb ------------------------------------------------------------- */

static int
find_key(struct run *run, const struct ctl *ctl)
{
	struct options *o = &run->options;
	struct fault fault;

	run->traffic.dir = ctl->dir;
	run->traffic.key = o->key;
	run->traffic.account = &run->account;
	run->learn = (struct learn) {.traffic = &run->traffic,
	    .settings = &run->settings,
	    .file = &run->file};
	if (settings_load(&run->settings, ctl->dir, &fault) == -1)
		return complain(CTL_WRONG, fault.file, fault.text);
	if (keyfile_load_key(&run->file, ctl->dir, o->key, o->account,
		&fault) == -1 &&
	    fault.why != WHY_UNKNOWN_KEY)
		show(stderr, "%s:%u: %s; learning without it\n",
		    run->file.fault_path, fault.line, fault.text);
	if (o->account == NULL && run->file.policy.accounts.n > 0)
		o->account = run->file.policy.accounts.v[0];
	find_account(run, o->account);
	if (o->account != NULL && !run->known)
		return complain(CTL_WRONG, o->account,
		    "no such account in /etc/passwd");
	return CTL_OK;
}

static int
learn_key(struct run *run)
{
	int status = CTL_OK;

	if (read_files(run) == -1)
		status = CTL_TROUBLE;
	if (run->facts.observed + run->facts.refused == 0) {
		show(stderr,
		    "gatekeeperctl: %s: no request was observed or refused "
		    "in these records\n",
		    run->options.key);
		return status == CTL_OK ? CTL_SOME : status;
	}
	if (!run->known)
		return complain(CTL_WRONG, run->options.key,
		    "the account of its records is not in /etc/passwd: name "
		    "one with --as");
	if (account_enter(&run->account) == -1) {
		perror("gatekeeperctl: becoming the account");
		return CTL_TROUBLE;
	}
	learn_all(&run->learn, &run->facts, run->options.min);
	account_leave();
	learn_print(&run->learn, &run->facts);
	return status;
}

int
learn_verb(const struct ctl *ctl, int argc, char *argv[])
{
	struct run run = {.options = {.min = 1}};
	int status = read_options(&run.options, argc, argv);

	if (status == CTL_OK)
		status = find_key(&run, ctl);
	if (status == CTL_OK)
		status = learn_key(&run);
	learn_free(&run.learn);
	traffic_free(&run.traffic);
	settings_free(&run.settings);
	keyfile_free(&run.file);
	account_free(&run.account);
	list_free(&run.facts.reasons);
	return status;
}
