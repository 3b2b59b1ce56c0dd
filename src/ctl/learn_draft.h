#ifndef GK_CTL_LEARN_DRAFT_H
#define GK_CTL_LEARN_DRAFT_H

#include <stdbool.h>

struct learn_shape;
struct learned;

/* The rule that the shape amounts to; it is commented out where its program
 * or its files make it a matter for a person. Each word is one that
 * learn_quote() takes. false: no pattern can hold what varies. The caller
 * frees the rule, of either. */
bool learn_draft(struct learned *, const struct learn_shape *);

#endif
