/* Plays one file of a transcript, in the time that it took or all at once. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "ctl/replay.h"
#include "ctl/screen.h"
#include "ctl/show.h"
#include "escape.h"

enum {
	PROBLEMS_MAX = 5, /* that are told one by one */
	PREVIEW = 32 /* bytes of a record */
};

struct player {
	const struct replay *replay;
	const struct recording_about *about;
	const char *path;
	bool terminal; /* standard output is one */
	struct screen screen;
	struct timespec due; /* of the last event, by CLOCK_MONOTONIC */
	uint64_t when; /* of the same, in the recording */
	size_t problems;
};

static volatile sig_atomic_t interrupted;

static void
interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

bool
replay_interrupted(void)
{
	return interrupted != 0;
}

/* Sleeps until the event is due; what took time in between counts. */
static void
wait_for(struct player *p, uint64_t when)
{
	double seconds = (double)(when - p->when) / 1e6;

	p->when = when;
	if (p->replay->max_idle > 0 && seconds > p->replay->max_idle)
		seconds = p->replay->max_idle;
	seconds = seconds / p->replay->speed + (double)p->due.tv_nsec / 1e9;
	p->due.tv_sec += (time_t)seconds;
	p->due.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9);
	fflush(stdout);
	while (!interrupted &&
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &p->due, NULL) ==
		EINTR)
		continue;
}

/* Text that no program moves a cursor in: all but its lines is escaped. */
static void
put_plain(const char *data, size_t size)
{
	while (size > 0) {
		const char *p = data;
		char *safe;

		while (p < data + size && *p != '\n' && *p != '\t')
			p++;
		safe = show_plain(data, (size_t)(p - data));
		fputs(safe, stdout);
		free(safe);
		size -= (size_t)(p - data);
		data = p;
		for (; size > 0 && (*data == '\n' || *data == '\t'); size--)
			putchar(*data++);
	}
}

/* The bytes themselves, unless a terminal would take them for orders. */
static void
put_bytes(struct player *p, const struct moment *moment)
{
	if (p->replay->raw || (p->replay->stream != STREAM_MAX && !p->terminal))
		fwrite(moment->data, 1, moment->size, stdout);
	else if (p->about->terminal && !p->about->streams)
		screen_put(&p->screen, moment->data, moment->size);
	else
		put_plain(moment->data, moment->size);
}

/* One line of the log that stands for a binary stream. */
static void
put_line(const struct moment *moment)
{
	static const char *const names[] = {"in", "out", "err"};
	size_t n = moment->size < PREVIEW ? moment->size : PREVIEW;
	char *safe = show_need(escape_line(moment->data, n));

	printf("%8llu.%06llu %-3s %7zu \"%s\"%s\n",
	    (unsigned long long)moment->when / 1000000,
	    (unsigned long long)moment->when % 1000000, names[moment->stream],
	    moment->size, safe, n < moment->size ? "..." : "");
	free(safe);
}

static void
put_data(struct player *p, const struct moment *moment)
{
	if (p->replay->stream != STREAM_MAX) {
		if (moment->stream == p->replay->stream)
			put_bytes(p, moment);
	} else if (p->about->streams && !p->replay->raw) {
		put_line(moment);
	} else if (moment->stream != STREAM_IN) {
		put_bytes(p, moment);
	}
}

static void
put_mark(struct player *p, const struct moment *moment)
{
	char *safe = show_plain(moment->data, moment->size);

	fflush(stdout);
	show(stderr, "gatekeeperctl: %s: after %llu s: %s\n", p->path,
	    (unsigned long long)moment->when / 1000000, safe);
	free(safe);
}

static void
play(struct player *p, const struct moment *moment)
{
	if (p->replay->timed && p->replay->stream == STREAM_MAX)
		wait_for(p, moment->when);
	if (interrupted)
		return;
	if (moment->kind == MOMENT_DATA)
		put_data(p, moment);
	else if (moment->kind == MOMENT_MARK)
		put_mark(p, moment);
}

static void
complain(struct player *p, const struct recording *recording)
{
	if (++p->problems <= PROBLEMS_MAX) {
		fflush(stdout);
		show(stderr, "gatekeeperctl: %s: %s\n", p->path,
		    recording_problem(recording));
	}
}

/* What was drawn for a larger window looks broken in a smaller one. */
static void
compare_size(const struct player *p)
{
	struct winsize size;

	if (!p->terminal || !p->about->terminal || p->about->streams ||
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 ||
	    (size.ws_col >= p->about->columns && size.ws_row >= p->about->rows))
		return;
	show(stderr,
	    "gatekeeperctl: %s: this is of a terminal of %u columns and %u "
	    "lines; yours has %u and %u\n",
	    p->path, p->about->columns, p->about->rows, size.ws_col,
	    size.ws_row);
}

static void
finish(struct player *p)
{
	if (p->replay->raw && p->terminal)
		screen_end_raw(stdout);
	else
		screen_end(&p->screen);
	fflush(stdout);
	if (p->screen.left_out > 0)
		show(stderr,
		    "gatekeeperctl: %s: left out: %zu control sequence%s that "
		    "could act on a terminal (--raw has them)\n",
		    p->path, p->screen.left_out,
		    p->screen.left_out == 1 ? "" : "s");
	if (p->problems > PROBLEMS_MAX)
		show(stderr, "gatekeeperctl: %s: and %zu more like this\n",
		    p->path, p->problems - PROBLEMS_MAX);
}

int
replay_play(const struct replay *replay, const char *path,
    struct recording *recording)
{
	struct player p = {.replay = replay,
	    .about = recording_about(recording),
	    .path = path,
	    .terminal = isatty(STDOUT_FILENO) == 1,
	    .screen = {.out = stdout}};
	const struct sigaction action = {.sa_handler = interrupt};
	struct sigaction saved;
	struct moment moment;
	int ret;

	compare_size(&p);
	sigaction(SIGINT, &action, &saved);
	clock_gettime(CLOCK_MONOTONIC, &p.due);
	while (
	    !interrupted && (ret = recording_next(recording, &moment)) != 0) {
		if (ret == -1)
			complain(&p, recording);
		else
			play(&p, &moment);
	}
	finish(&p);
	sigaction(SIGINT, &saved, NULL);
	return p.problems > 0 ? -1 : 0;
}
