#ifndef GK_NEAREST_H
#define GK_NEAREST_H

#include <stddef.h>

/*
 * The known name that a misspelt word most likely means. Start with
 * {.word = …}, offer every name, and take best: NULL when none is within two
 * edits. For messages only: no decision rests on it. Borrows all strings.
 */
struct nearest {
	const char *word;
	const char *best;
	size_t edits; /* of best */
};

void nearest_offer(struct nearest *, const char *name);

#endif
