/* report: who did what, and what was tried. Reads logs, which are hostile,
 * and runs nothing that they say. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/fit.h"
#include "ctl/log.h"
#include "ctl/log_file.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "why.h"

/* What is told while it lasts. */
struct progress {
	const struct log *log;
	const char *path;
	struct timespec last;
	bool shown;
};

static int
complain(const char *what, const char *text)
{
	show(stderr, "gatekeeperctl: %s: %s\n", what, text);
	return CTL_USAGE;
}

static int
read_time(const char *text, bool end, time_t *when)
{
	struct fault fault = {0};

	if (period_parse(text, end, time(NULL), when, &fault) == 0)
		return CTL_OK;
	return complain(text, fault.text);
}

static int
read_option(struct report *report, int c)
{
	switch (c) {
	case 's':
		return read_time(optarg, false, &report->period.since);
	case 'u':
		return read_time(optarg, true, &report->period.until);
	case 'k':
		show_add(&report->keys, strdup(optarg));
		return CTL_OK;
	case 'r':
		report->refused = true;
		return CTL_OK;
	case 'j':
		report->json = true;
		return CTL_OK;
	default:
		return CTL_USAGE;
	}
}

static int
read_options(struct report *report, int argc, char *argv[])
{
	static const struct option options[] = {
	    {"since", required_argument, NULL, 's'},
	    {"until", required_argument, NULL, 'u'},
	    {"key", required_argument, NULL, 'k'},
	    {"refused", no_argument, NULL, 'r'},
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if ((status = read_option(report, c)) != CTL_OK)
			return status;
	if (report->period.until != 0 &&
	    report->period.until <= report->period.since)
		return complain("--until", "is not after --since");
	return CTL_OK;
}

static void
take(const struct log_record *record, void *arg)
{
	struct report *report = arg;

	tally_add(&report->tally, record);
}

static bool
is_time(struct progress *p)
{
	struct timespec now;
	long long passed;

	clock_gettime(CLOCK_MONOTONIC, &now);
	passed = (now.tv_sec - p->last.tv_sec) * 1000LL +
	    (now.tv_nsec - p->last.tv_nsec) / 1000000;
	if (passed < 250)
		return false;
	p->last = now;
	return true;
}

static void
tell(void *arg, off_t done, off_t total)
{
	struct progress *p = arg;
	char *records, *path;

	if (!is_time(p))
		return;
	records = fit_number(log_counts(p->log)->records);
	path = fit_text(p->path, strlen(p->path), 40);
	fprintf(stderr, "\r%s: ", path);
	if (total > 0)
		fprintf(stderr, "%d%%, ",
		    (int)(100 * (double)done / (double)total));
	fprintf(stderr, "%s records\033[K", records);
	p->shown = true;
	free(records);
	free(path);
}

static void
clear(void *arg)
{
	struct progress *p = arg;

	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}

static int
read_one(struct log *log, const char *path, bool found)
{
	struct progress p = {.log = log, .path = path};
	struct log_progress progress = {tell, clear, &p};
	const struct log_progress *used = &progress;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &p.last);
	if (isatty(STDERR_FILENO) != 1)
		used = NULL;
	ret =
	    found ? log_file_found(log, path, used) : log_file(log, path, used);
	clear(&p);
	return ret;
}

/* What can be read is reported, also when something cannot. */
static int
read_operands(struct log *log, char *const *paths)
{
	int status = CTL_OK;

	for (; *paths != NULL; paths++)
		if (read_one(log, *paths, false) == -1)
			status = CTL_WRONG;
	return status;
}

static int
read_found(struct log *log, const struct ctl *ctl)
{
	struct list files = {0};
	int status = log_find(ctl->dir, &files) > 0 ? CTL_OK : CTL_WRONG;

	for (size_t i = 0; i < files.n; i++)
		if (read_one(log, files.v[i], true) == -1)
			status = CTL_WRONG;
	list_free(&files);
	return status;
}

static int
run(struct report *report, const struct ctl *ctl, char *const *paths)
{
	struct log *log = log_new(take, report);
	int status;

	tally_begin(&report->tally, &report->period, &report->keys);
	status =
	    *paths != NULL ? read_operands(log, paths) : read_found(log, ctl);
	report->lines = log_counts(log);
	if (report->lines->lines == 0 && status != CTL_OK)
		; /* What is wrong was said: an empty report says less. */
	else if (report->json)
		report_json(report);
	else
		report_text(report);
	tally_free(&report->tally);
	log_free(log);
	return status;
}

int
report_verb(const struct ctl *ctl, int argc, char *argv[])
{
	struct report report = {0};
	int status = read_options(&report, argc, argv);

	if (status == CTL_OK)
		status = run(&report, ctl, argv + optind);
	list_free(&report.keys);
	return status;
}
