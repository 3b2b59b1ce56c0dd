#ifndef GK_TYPE_GLOB_H
#define GK_TYPE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

struct fault;
struct type_glob;

/* The longest pattern. */
#define TYPE_GLOB_MAX 1024

/*
 * A pattern as of fnmatch(3) with FNM_PATHNAME, in the C locale. What is
 * malformed, or could never match a word of the type, is refused: NULL with
 * WHY_POLICY. The caller frees.
 */
struct type_glob *type_glob_parse(const char *, struct fault *);
void type_glob_free(struct type_glob *);

/* Whether the pattern takes these bytes whole. Pure; its cost is at most
 * pattern x word. */
bool type_glob_accepts(const struct type_glob *, const char *, size_t);

/* For type_overlaps(), and like it: no only when that is certain. Whether
 * some word taken starts with these bytes; */
bool type_glob_starts(const struct type_glob *, const char *, size_t);
/* whether some word taken may have no other bytes than these; */
bool type_glob_within(const struct type_glob *, bool (*)(unsigned char));
/* whether some word may be taken by both. */
bool type_glob_meets(const struct type_glob *, const struct type_glob *);

#endif
