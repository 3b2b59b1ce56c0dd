#ifndef GK_TEMPLATE_H
#define GK_TEMPLATE_H

#include <stddef.h>

#include "list.h"

struct fault;
struct pattern;
struct run_template;

/* A captured value, ready to drop in: n words; n is 0 when it is absent. */
struct value {
	const char *name;
	struct list words;
};

/*
 * Compiles a `run` value: words, each literal text with at most one {name}
 * in it, and [ ] groups. {name} of a {name...} capture must stand as a word
 * of its own and becomes several. The first word must be an absolute path
 * and literal. Returns NULL with WHY_POLICY.
 */
struct run_template *template_parse(const char *, struct fault *);
void template_free(struct run_template *);

/*
 * Holds a template against one pattern of its rule: each name is captured
 * there; one that can be absent stands only in a group. Without a pattern
 * nothing is captured: a shell request, and what follows a success.
 */
int template_check(const struct run_template *, const struct pattern *,
    struct fault *);

/* Appends the finished words. A group drops whole when one of its values is
 * absent; a group with no capture in it does not parse. -1 is ENOMEM. */
int template_expand(const struct run_template *, const struct value *, size_t,
    struct list *);

/* The program: the first word. Borrowed. */
const char *template_program(const struct run_template *);

#endif
