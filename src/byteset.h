#ifndef GK_BYTESET_H
#define GK_BYTESET_H

#include <stdbool.h>
#include <stdint.h>

struct fault;

/* What one character of a glob or a regex stands for. A zeroed set is empty;
 * the locale has no say. */
struct byteset {
	uint64_t v[4];
};

enum bracket {
	BRACKET_GLOB, /* `!` and `^` negate, `\` escapes, never a `/` */
	BRACKET_REGEX /* `^` negates */
};

static inline bool
byteset_has(const struct byteset *set, unsigned char c)
{
	return set->v[c / 64] >> (c % 64) & 1;
}

static inline void
byteset_add(struct byteset *set, unsigned char c)
{
	set->v[c / 64] |= (uint64_t)1 << (c % 64);
}

static inline void
byteset_remove(struct byteset *set, unsigned char c)
{
	set->v[c / 64] &= ~((uint64_t)1 << (c % 64));
}

/* All bytes there are. */
void byteset_fill(struct byteset *);
/* Adds those of the other. */
void byteset_unite(struct byteset *, const struct byteset *);
/* Whether a byte is in both. */
bool byteset_meets(const struct byteset *, const struct byteset *);

/*
 * Reads a bracket expression. *at is its `[`, and afterwards the byte behind
 * its `]`. -1 with WHY_POLICY for what could be misread.
 */
int byteset_bracket(struct byteset *, const char **at, enum bracket,
    struct fault *);

#endif
