/* Records of denied system calls, no more than a few in each stretch. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit.h"
#include "denials.h"
#include "event.h"
#include "record.h"

enum { STRETCH = 10 /* seconds */, TOLD_MAX = 10 };

static time_t
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int
tell(const struct denial *d, unsigned long count, struct audit *audit,
    const struct event *event, struct fault *fault)
{
	char *name = notice_call(&d->last);
	const struct record_call call = {.name = name,
	    .number = d->last.nr,
	    .args = d->last.args,
	    .count = count};
	const struct record record = event_violation(event, &call, d->last.pid,
	    d->program[0] != '\0' ? d->program : NULL);
	int ret = audit_write(audit, &record, fault);

	free(name);
	return ret;
}

/* The link is read before the look at the caller: it cannot be another's. */
static void
name_program(struct denial *d, int listener)
{
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/exe", (long)d->last.pid);
	n = readlink(path, d->program, sizeof(d->program) - 1);
	d->program[n > 0 && notice_valid(listener, &d->last) ? n : 0] = '\0';
}

/* Whether the session has not made a call of this number before. */
static bool
is_new(struct denials *d, int nr)
{
	const unsigned i = (unsigned)nr % DENIALS_NUMBERS;
	const unsigned char bit = (unsigned char)(1U << i % 8);
	const bool known = (d->seen[i / 8] & bit) != 0;

	d->seen[i / 8] |= bit;
	return !known;
}

/* Where calls of this number are counted: what is one too many goes with the
 * last. */
static struct denial *
find(struct denials *d, int nr)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->calls[i].last.nr == nr)
			return &d->calls[i];
	if (d->n == DENIALS_CALLS)
		return &d->calls[d->n - 1];
	d->calls[d->n].more = 0;
	return &d->calls[d->n++];
}

static void
count(struct denials *d, int listener, const struct notice *notice)
{
	struct denial *call = find(d, notice->nr);

	call->last = *notice;
	/* The name of one that is only counted is worth no look. */
	if (call->more++ == 0)
		name_program(call, listener);
}

int
denials_add(struct denials *d, int listener, const struct notice *notice,
    struct audit *audit, const struct event *event, struct fault *fault)
{
	struct denial now = {.last = *notice};
	int ret = denials_flush(d, 0, audit, event, fault);
	const bool new = is_new(d, notice->nr);

	if (d->told == 0)
		d->since = seconds();
	if (d->told >= TOLD_MAX && !new) {
		count(d, listener, notice);
		return ret;
	}
	d->told++;
	name_program(&now, listener);
	return tell(&now, 1, audit, event, fault) == -1 ? -1 : ret;
}

long
denials_wait(const struct denials *d)
{
	const time_t left = d->since + STRETCH - seconds();

	if (d->n == 0)
		return -1;
	return left > 0 ? (long)left : 0;
}

int
denials_flush(struct denials *d, int now, struct audit *audit,
    const struct event *event, struct fault *fault)
{
	int ret = 0;

	if (!now && seconds() < d->since + STRETCH)
		return 0;
	for (size_t i = 0; i < d->n; i++)
		if (tell(&d->calls[i], d->calls[i].more, audit, event, fault) ==
		    -1)
			ret = -1;
	d->told = 0;
	d->n = 0;
	return ret;
}
