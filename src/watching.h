#ifndef GK_WATCHING_H
#define GK_WATCHING_H

#include <stdbool.h>
#include <stddef.h>

#include "access.h"

struct rule;

/* How a rule's program is watched, as the rule has it. Owns its rule. */
struct watching {
	bool watch;
	unsigned long timeout; /* seconds; 0: none */
	unsigned long idle_timeout;
	enum transcript_wish record;
	size_t record_max; /* bytes; 0: none */
	unsigned record_max_line;
	bool kill; /* on-violation = kill */
	struct rule *follow; /* on-success, with the keys that begin so; NULL:
	                        none. Its run is NULL where it was not said */
	char *if_changed;
	unsigned if_changed_line;
};

/* The key, other than `watch`, because of which the rule is watched; NULL:
 * none. */
const char *watching_cause(const struct watching *);

#endif
