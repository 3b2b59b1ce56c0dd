#ifndef GK_CTL_TRAFFIC_H
#define GK_CTL_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>

#include "request.h"

struct account;

/* A request that stands in the records, once, however often it came. */
struct seen {
	char *env[2]; /* as sshd gave it; the request borrows */
	struct request request; /* as the forced command reads it */
	unsigned long observed; /* ran, because the key was observed */
	unsigned long refused;
	bool written; /* some rule is for it */
};

/* All of one key. Whose requests they are is not theirs to say. */
struct traffic {
	const char *dir;
	const char *key;
	const struct account *account;
	struct seen **v; /* in the order of their first record */
	size_t n;
	size_t *index; /* by hash: 1 + place in v; 0: none */
	size_t size; /* of the index, a power of two */
	unsigned long left_out; /* different ones beyond TRAFFIC_MAX */
};

#define TRAFFIC_MAX ((size_t)20000)

/* Counts a request; command is NULL when there was none. The account must not
 * change between two calls. */
void traffic_add(struct traffic *, const char *command, bool observed);
void traffic_free(struct traffic *);

#endif
