#ifndef GK_ELEMENT_H
#define GK_ELEMENT_H

#include <stddef.h>

struct fault;

enum element_kind {
	ELEMENT_LITERAL,
	ELEMENT_ONE, /* {name}, maybe with literal text around it */
	ELEMENT_MANY /* {name...} */
};

/* One word of a `command` or `run` value. */
struct element {
	enum element_kind kind;
	unsigned group; /* 0: always there; else which [ ], from 1 */
	char *written; /* as it stands in the policy, for messages */
	char *text; /* the literal, or what stands before the {name} */
	char *name; /* NULL for a literal */
	char *after; /* what stands behind the {name}; NULL for a literal */
};

struct elements {
	struct element *v;
	size_t n;
};

/*
 * Splits text into its words: `word`, `'quoted word'`, `text{name}text`,
 * `{name...}`, and groups in [ ]. -1 with WHY_POLICY and no elements.
 */
int element_parse(struct elements *, const char *, struct fault *);
void element_free(struct elements *);

#endif
