#ifndef GK_CTL_SOURCE_H
#define GK_CTL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct arg;
struct names;
struct rule;

/*
 * A policy as it is written: the parsed one keeps meanings, and not the words
 * that messages and sentences want to repeat.
 */
struct entry {
	char *section; /* `key` or `allow NAME`; of a role: `allow ROLE/NAME` */
	char *name;
	char *value; /* with ${key} and ${account} filled in */
	unsigned line;
};

struct source {
	struct entry *v;
	size_t n;
	bool partial; /* what does not parse has been left out */
};

/*
 * Appends what stands in a text that the reader accepts; less than all of one
 * that it refuses. role is NULL for the key's own file. Without names, the
 * values stay as they are written.
 */
void source_read(struct source *, const char *text, size_t size,
    const char *role, const struct names *);
void source_free(struct source *);

/* NULL where it is not written. A rule of NULL stands for [key]. */
const struct entry *
source_find(const struct source *, const struct rule *, const char *name);
/* The line of an entry, else that of the rule, else 0. */
unsigned
source_line(const struct source *, const struct rule *, const char *name);
/* Whether the entry stands in that rule's section, or in [key]. */
bool source_is_in(const struct entry *, const struct rule *);
/* What stands behind `arg.NAME =`. */
const char *
source_type(const struct source *, const struct rule *, const struct arg *);

#endif
