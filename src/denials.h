#ifndef GK_DENIALS_H
#define GK_DENIALS_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "sandbox/notice.h"

struct audit;
struct event;
struct fault;

enum {
	DENIALS_CALLS = 32, /* counted apart in one stretch of time */
	DENIALS_NUMBERS = 512, /* no denied call has one beyond */
	DENIALS_NAME = 256
};

/* Calls of one number that were not told yet. */
struct denial {
	struct notice last;
	unsigned long more;
	char program[DENIALS_NAME]; /* of the first of them; empty: unknown */
};

/*
 * Denied system calls on their way to the record. A program may make millions
 * of them: a few in each stretch of time are told one by one, and so is the
 * first of each number; the rest are counted by number.
 */
struct denials {
	time_t since; /* monotonic seconds: when the stretch began */
	unsigned told; /* in it */
	struct denial calls[DENIALS_CALLS];
	size_t n; /* of these, in this stretch */
	unsigned char seen[DENIALS_NUMBERS / 8]; /* in the session: bits */
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
