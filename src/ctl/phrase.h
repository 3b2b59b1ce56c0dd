#ifndef GK_CTL_PHRASE_H
#define GK_CTL_PHRASE_H

#include <stddef.h>
#include <stdio.h>

struct elements;
struct list;
struct rule;
struct source;

/* What policies say, in words. Nothing here is escaped yet. */

/* `integer 1..9`: "a whole number from 1 to 9". */
void phrase_type(FILE *, const char *type);
/* The type of a rule's {name}, as it is written. */
const char *
phrase_type_of(const struct rule *, const struct source *, const char *name);
/* zone as ZONE. */
void phrase_name(FILE *, const char *name);
/* All words, groups in [ ]. */
void phrase_words(FILE *, const struct elements *);
/* "a", "a and b", "a, b and c"; the last is joined by that word. */
void phrase_list(FILE *, const struct list *, const char *joint);
/* "read", "write", "execute", "device". */
const char *phrase_access(unsigned access);

#endif
