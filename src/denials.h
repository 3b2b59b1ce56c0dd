#ifndef GK_DENIALS_H
#define GK_DENIALS_H

#include <limits.h>
#include <sys/types.h>
#include <time.h>

#include "sandbox/notice.h"

struct audit;
struct event;
struct fault;

/*
 * Denied system calls on their way to the record. A program may make millions
 * of them: a few in each stretch of time are told one by one, and of the rest
 * the last, with their number.
 */
struct denials {
	time_t since; /* monotonic seconds: when the stretch began */
	unsigned told; /* in it */
	unsigned long more; /* not told yet */
	struct notice last;
	char program[PATH_MAX]; /* of the last; empty: unknown */
};

/* Counts one call, and writes its record if it is among the first. The caller
 * still waits for its answer, so that it is who it was. -1: WHY_AUDIT. */
int denials_add(struct denials *, int listener, const struct notice *,
    struct audit *, const struct event *, struct fault *);
/* Seconds until denials_flush() has something to do; -1: nothing. */
long denials_wait(const struct denials *);
/* Writes what was not told, at the end of a stretch or, with `now`, of the
 * session. -1: WHY_AUDIT. */
int denials_flush(struct denials *, int now, struct audit *,
    const struct event *, struct fault *);

#endif
