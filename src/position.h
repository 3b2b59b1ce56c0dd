#ifndef GK_POSITION_H
#define GK_POSITION_H

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "element.h"
#include "pattern.h"
#include "type.h"

/*
 * A compiled pattern as pattern.c walks it and ambiguous.c judges it: an
 * automaton with one state for each element, in the order of the text.
 * Sets of positions are bits of a word.
 */

static_assert(PATTERN_ELEMENTS_MAX <= 64, "a set of positions is 64 bits");
#define POSITION_BIT(i) ((uint64_t)1 << (i))

/* How many {name...} a pattern may have: the match remembers each one's
 * start in every state. */
#define PATTERN_MANY_MAX 8

struct position {
	const struct element *element;
	const struct arg *arg; /* NULL for a literal */
	size_t skip; /* bytes in front of the {name} */
	size_t many; /* of a {name...}: which one, from 0 */
};

struct automaton {
	struct position v[PATTERN_ELEMENTS_MAX];
	size_t n;
	uint64_t first; /* may take the first word */
	uint64_t last; /* may take the last word */
	uint64_t follow[PATTERN_ELEMENTS_MAX]; /* may take the next word */
};

static inline size_t
position_lowest(uint64_t set)
{
	return (size_t)__builtin_ctzll(set);
}

static inline bool
position_takes(const struct position *p, const char *word, size_t len)
{
	if (p->arg == NULL)
		return strcmp(p->element->text, word) == 0;
	return strncmp(p->element->text, word, p->skip) == 0 &&
	    type_accepts(p->arg->type, word + p->skip, len - p->skip);
}

#endif
