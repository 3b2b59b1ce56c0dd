#ifndef GK_TYPE_H
#define GK_TYPE_H

#include <stdbool.h>
#include <stddef.h>

struct fault;
struct type;

/*
 * The types of captured words: `integer 1..9`, `hostname`, `one-of a b`, …
 * The text is from the policy; the words tested against it are hostile.
 * A `glob` or `regex` takes the rest of the text as it stands. Returns NULL
 * with WHY_POLICY in the fault. The caller frees.
 */
struct type *type_parse(const char *, struct fault *);
void type_free(struct type *);

/* Whether a type takes these bytes whole. Pure, and without allocation. */
bool type_accepts(const struct type *, const char *, size_t);

/*
 * Whether some word might be taken by both. May say yes when unsure, never
 * no when it could be yes: patterns are refused on its word.
 */
bool type_overlaps(const struct type *, const struct type *);
/* Likewise: some word that starts with prefix, the rest taken by b (whole
 * word when prefix is ""), might be taken whole by a. */
bool type_overlaps_prefixed(const struct type *a, const char *prefix,
    const struct type *b);

/* The directory of a `path DIR` type; NULL for every other type. */
const char *type_directory(const struct type *);

#endif
