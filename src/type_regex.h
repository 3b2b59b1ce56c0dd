#ifndef GK_TYPE_REGEX_H
#define GK_TYPE_REGEX_H

#include <stdbool.h>
#include <stddef.h>

struct byteset;
struct fault;
struct type_regex;

/* The longest expression, the largest bound in { }, the nesting of ( ), and
 * how many characters and operators there may be with all bounds written
 * out. */
#define TYPE_REGEX_MAX 1024
#define TYPE_REGEX_REPEAT_MAX 255
#define TYPE_REGEX_NESTED_MAX 32
#define TYPE_REGEX_STEPS_MAX 1000
/* The longest word that is held against one; others do not match. */
#define TYPE_REGEX_WORD_MAX 4096

/*
 * An extended regular expression of POSIX, in the C locale. What POSIX leaves
 * undefined, or has no bound on its cost, is refused: NULL with WHY_POLICY.
 * The caller frees.
 */
struct type_regex *type_regex_parse(const char *, struct fault *);
void type_regex_free(struct type_regex *);

/* Whether the expression takes these bytes whole. Pure; its cost is at most
 * TYPE_REGEX_STEPS_MAX x word, whatever both hold. */
bool type_regex_accepts(const struct type_regex *, const char *, size_t);

/* Adds the bytes that a word taken may start with, or more. */
void type_regex_first(const struct type_regex *, struct byteset *);

#endif
