#ifndef GK_CTL_LEARN_WIRE_H
#define GK_CTL_LEARN_WIRE_H

#include <stdbool.h>

#include "list.h"

struct protocol;
struct words;

/* What a request of a protocol names: it may be no request that the protocol
 * takes, which is for others to say. */
struct learn_wire {
	bool stores; /* else it fetches */
	bool relative; /* some name starts at the account's home */
	struct list read; /* directories */
	struct list write;
	struct list missing; /* names in no directory that there is */
	struct list options; /* +log-file: what rsync takes if told so */
	bool delete;
};

void learn_wire_read(struct learn_wire *, const struct protocol *,
    const struct words *);
void learn_wire_free(struct learn_wire *);

#endif
