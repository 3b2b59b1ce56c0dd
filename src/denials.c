/* Records of denied system calls, no more than a few in each stretch. */

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
tell(const struct denials *d, unsigned long count, struct audit *audit,
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
name_program(struct denials *d, int listener)
{
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/exe", (long)d->last.pid);
	n = readlink(path, d->program, sizeof(d->program) - 1);
	d->program[n > 0 && notice_valid(listener, &d->last) ? n : 0] = '\0';
}

int
denials_add(struct denials *d, int listener, const struct notice *notice,
    struct audit *audit, const struct event *event, struct fault *fault)
{
	int ret = denials_flush(d, 0, audit, event, fault);

	if (d->told == 0)
		d->since = seconds();
	d->last = *notice;
	if (d->told == TOLD_MAX) {
		/* The name of one that is only counted is worth no look. */
		if (d->more++ == 0)
			name_program(d, listener);
		return ret;
	}
	d->told++;
	name_program(d, listener);
	return tell(d, 1, audit, event, fault) == -1 ? -1 : ret;
}

long
denials_wait(const struct denials *d)
{
	const time_t left = d->since + STRETCH - seconds();

	if (d->more == 0)
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
	if (d->more > 0)
		ret = tell(d, d->more, audit, event, fault);
	d->told = 0;
	d->more = 0;
	return ret;
}
