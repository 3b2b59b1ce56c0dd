#ifndef GK_CONDITIONS_H
#define GK_CONDITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "hours.h"
#include "state.h"

struct fault;
struct net;

/* What [key] and each rule may demand of a request, whatever it asks for.
 * The zero value demands nothing. Owns its arrays. */
struct conditions {
	bool disabled;
	struct net *from; /* none: anywhere */
	size_t nfrom;
	struct hours hours;
	struct rate rate; /* taken when the session starts, not checked here */
};

/* Reads the values of `from`; the other conditions have parsers of their
 * own. -1 with WHY_POLICY. */
int conditions_set_from(struct conditions *, const char *, struct fault *);

/* Whether they hold for this address (NULL: none) at this time. -1 with
 * WHY_DISABLED, WHY_FROM or WHY_HOURS. */
int conditions_check(const struct conditions *, const char *address, time_t now,
    struct fault *);
void conditions_free(struct conditions *);

#endif
