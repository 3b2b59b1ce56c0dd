#ifndef GK_STATE_H
#define GK_STATE_H

#include <stddef.h>
#include <time.h>

struct fault;

/* `30/hour`: so many in that many seconds, over any such stretch of time. */
struct rate {
	unsigned count; /* 0: no limit */
	unsigned seconds;
};

#define STATE_RATE_MAX 10000
#define STATE_SLOTS_MAX 10000

int state_parse_rate(struct rate *, const char *, struct fault *);

/* What one session takes from: a key's rate, a rule's. name is a file name
 * of our own making. */
struct quota {
	char *name;
	struct rate rate;
};

/*
 * The account's own folder below dir (/run/gatekeeper): a descriptor, close
 * on exec. Made if it is missing; -1 with WHY_STATE unless it, and the
 * folder above, can be trusted.
 */
int state_open(const char *dir, struct fault *);

/*
 * Takes one from each quota, or none from any: -1 with WHY_RATE when one is
 * used up, WHY_STATE when that cannot be known. Counts hold across
 * processes: each file is locked from look to write.
 */
int state_take(int state, const struct quota *, size_t n,
    const struct timespec *now, struct fault *);

/*
 * Takes one of so many slots of a key: a descriptor, close on exec, whose lock
 * the kernel lets go of when the last process that has it is gone, however it
 * went. -1 with WHY_BUSY when others have them all, WHY_STATE when that
 * cannot be known.
 */
int state_hold(int state, const char *key, unsigned slots, struct fault *);

/*
 * Counts a refusal of key and says for how many seconds it is to be held
 * back: 0 for the first few in a minute, then ever in turn, so that many at
 * once get no more than one after the other. state may be -1.
 */
unsigned state_refused(int state, const char *key, const struct timespec *now);

#endif
