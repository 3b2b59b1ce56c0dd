/* follow: what happens, as it happens, a line for each event. */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/fit.h"
#include "ctl/follow_line.h"
#include "ctl/log.h"
#include "ctl/log_file.h"
#include "ctl/show.h"
#include "ctl/tail.h"
#include "ctl/verb.h"
#include "list.h"

#define BLOCK ((size_t)64 * 1024)
#define PAUSE 250000000L /* nanoseconds between two looks */
#define LOOKS 20 /* until accounts are looked for that have come */

struct follow {
	struct list keys; /* these alone; empty: all */
	bool colour;
};

static void
take(const struct log_record *r, void *arg)
{
	const struct follow *follow = arg;

	if (follow->keys.n > 0 &&
	    (r->key == NULL || !list_has(&follow->keys, r->key)))
		return;
	/* Asked each time: a terminal changes its size. */
	follow_line(r, follow->colour, fit_width());
}

/* Whoever reads this waits for it. */
static int
flush(void)
{
	return fflush(stdout) == 0 ? CTL_OK : CTL_TROUBLE;
}

static int
follow_input(struct follow *follow)
{
	struct log *log = log_new(take, follow);
	static char block[BLOCK];
	int status = CTL_OK;
	ssize_t n;

	while (status == CTL_OK &&
	    (n = read(STDIN_FILENO, block, sizeof(block))) != 0) {
		if (n > 0) {
			log_bytes(log, block, (size_t)n);
			status = flush();
		} else if (errno != EINTR) {
			perror("gatekeeperctl: standard input");
			status = CTL_WRONG;
		}
	}
	log_end(log);
	log_free(log);
	return status;
}

static int
add_found(struct tails *tails, const struct ctl *ctl, bool late)
{
	struct list files = {0};
	int n = log_find_live(ctl->dir, &files);

	for (size_t i = 0; i < files.n; i++)
		tails_add(tails, files.v[i], true, late);
	list_free(&files);
	return n;
}

/* Ends with a signal, or when nobody reads any more. */
static int
follow_files(struct tails *tails, const struct ctl *ctl, bool found)
{
	const struct timespec pause = {.tv_nsec = PAUSE};
	unsigned looks = 0;

	for (;;) {
		if (tails_read(tails) && flush() != CTL_OK)
			return CTL_TROUBLE;
		nanosleep(&pause, NULL);
		if (found && ++looks % LOOKS == 0 &&
		    add_found(tails, ctl, true) == -1)
			return CTL_WRONG;
	}
}

static int
follow_all(struct follow *follow, const struct ctl *ctl, char *const *paths)
{
	struct tails *tails = tails_new(take, follow);
	bool found = *paths == NULL;
	int status = CTL_WRONG;

	for (; *paths != NULL; paths++)
		tails_add(tails, *paths, false, false);
	if (!found || add_found(tails, ctl, false) != -1)
		status = follow_files(tails, ctl, found);
	tails_free(tails);
	return status;
}

static int
read_options(struct follow *follow, int argc, char *argv[])
{
	static const struct option options[] = {
	    {"key", required_argument, NULL, 'k'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'k')
			return CTL_USAGE;
		show_add(&follow->keys, strdup(optarg));
	}
	return CTL_OK;
}

int
follow_verb(const struct ctl *ctl, int argc, char *argv[])
{
	struct follow follow = {.colour = show_is_coloured()};
	int status = read_options(&follow, argc, argv);

	argc -= optind;
	argv += optind;
	if (status == CTL_OK && argc == 1 && strcmp(argv[0], "-") == 0)
		status = follow_input(&follow);
	else if (status == CTL_OK)
		status = follow_all(&follow, ctl, argv);
	list_free(&follow.keys);
	return status;
}
