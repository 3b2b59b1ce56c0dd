#ifndef GK_CTL_NEAREST_RULE_H
#define GK_CTL_NEAREST_RULE_H

#include <stdbool.h>
#include <stddef.h>

struct keyfile;
struct list;
struct rule;

/*
 * The rule whose pattern takes the most of a command's words, from the first
 * on, and what that pattern would have taken next. For messages only: the
 * decision does not come from here.
 */
struct nearest_rule {
	const struct rule *rule; /* NULL: no command of any rule came near */
	size_t command; /* which of the rule's */
	size_t taken; /* words; the next one is wrong, or missing */
	char *expected; /* in words; owned */
};

void nearest_rule_find(struct nearest_rule *, const struct keyfile *,
    const struct list *words);
void nearest_rule_free(struct nearest_rule *);

#endif
