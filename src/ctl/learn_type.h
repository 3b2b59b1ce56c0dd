#ifndef GK_CTL_LEARN_TYPE_H
#define GK_CTL_LEARN_TYPE_H

#include <stdbool.h>
#include <stddef.h>

struct list;

/* What stands in one place of a command in several requests. */
struct learned_type {
	char *lead; /* what all of them start with, before the {name} */
	char *text; /* the type of the rest, as a policy writes it */
	char *directory; /* of `path`; NULL in other types */
	const char *name; /* what to call it, if nothing better is known */
};

/*
 * The narrowest type that takes these different words, which came in so many
 * requests. false: there is none that is safe. Says nothing on its own:
 * each word was held against the type by type_accepts().
 */
bool learn_type(struct learned_type *, const struct list *words,
    unsigned long times);
void learn_type_free(struct learned_type *);
/* Whether the widest type takes it. */
bool learn_type_is_word(const char *);

/* A word as a pattern writes it, in quotes where they are needed; NULL: no
 * pattern can hold it. New. */
char *learn_quote(const char *word);
/* Whether it may stand in front of a {name}, where no quotes can be. */
bool learn_is_plain(const char *);

#endif
