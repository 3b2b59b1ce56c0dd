/*
 * check: a folder that one rule may write and that holds what another rule
 * relies on. Whoever writes a folder can rename what is in it, and put
 * something else in its place.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "ctl/check.h"
#include "ctl/phrase.h"
#include "ctl/show.h"
#include "policy.h"
#include "trust.h"
#include "why.h"

/* A path of a rule, without links. */
struct tree {
	char *canonical;
	const char *written;
	unsigned access;
	unsigned line;
	const struct suspect *suspect;
	const struct rule *rule;
};

struct trees {
	struct tree *v;
	size_t n;
};

/* What does not exist is another finding. */
static void
add(struct trees *trees, const struct tree *like, const char *path,
    unsigned access, unsigned line)
{
	struct fault fault;
	char *canonical;
	int fd = trust_open(path, TRUST_RULE, &canonical, &fault);
	struct tree *tree;

	if (fd == -1)
		return;
	close(fd);
	trees->v =
	    show_need(reallocarray(trees->v, trees->n + 1, sizeof(*trees->v)));
	tree = &trees->v[trees->n++];
	*tree = *like;
	tree->canonical = canonical;
	tree->written = path;
	tree->access = access;
	tree->line = line;
}

/* Its own paths and programs, or those of what follows it. */
static void
add_rule(struct trees *trees, const struct check *check,
    const struct tree *whose, const struct rule *rule)
{
	const struct tree like = *whose;
	struct started_list list;

	if (rule == NULL)
		return;
	for (size_t i = 0; i < rule->npaths; i++)
		if (rule->paths[i].access != ACCESS_EXECUTE)
			add(trees, &like, rule->paths[i].path,
			    rule->paths[i].access, rule->paths[i].line);
	check_started(check, rule, &list);
	for (size_t i = 0; i < list.n; i++)
		add(trees, &like, list.v[i].path, ACCESS_EXECUTE,
		    list.v[i].line);
	free(list.v);
}

static void
add_policy(struct trees *trees, const struct check *check,
    const struct suspect *suspect)
{
	for (size_t i = 0; i < suspect->file.policy.nrules; i++) {
		const struct rule *rule = &suspect->file.policy.rules[i];
		const struct tree whose = {.suspect = suspect, .rule = rule};

		add_rule(trees, check, &whose, rule);
		add_rule(trees, check, &whose, rule->watching.follow);
	}
}

static bool
lies_in(const char *inner, const char *outer)
{
	size_t len = strlen(outer);

	if (len == 1)
		return inner[1] != '\0';
	return strncmp(inner, outer, len) == 0 && inner[len] == '/';
}

/* Loading refuses a key that could write its own programs. */
static bool
is_told_elsewhere(const struct tree *writes, const struct tree *other)
{
	return writes->rule == other->rule ||
	    (other->access == ACCESS_EXECUTE &&
		writes->suspect == other->suspect);
}

static void
compare(struct check *check, const struct tree *writes,
    const struct tree *other)
{
	bool runs = other->access == ACCESS_EXECUTE;

	if (is_told_elsewhere(writes, other) ||
	    !lies_in(other->canonical, writes->canonical))
		return;
	findings_add(&check->found, runs ? ERROR : WARNING,
	    keyfile_of_rule(&writes->suspect->file, writes->rule), writes->line,
	    "%s may be written, and holds %s, which [allow %s] in %s:%u may "
	    "%s: this key can put something else in its place",
	    writes->written, other->written, other->rule->name,
	    keyfile_of_rule(&other->suspect->file, other->rule), other->line,
	    phrase_access(other->access));
}

void
check_trees(struct check *check)
{
	struct trees trees = {0};

	for (size_t i = 0; i < check->n; i++)
		add_policy(&trees, check, &check->v[i]);
	for (size_t i = 0; i < trees.n; i++) {
		const struct tree *tree = &trees.v[i];

		if (!(tree->access & (ACCESS_WRITE | ACCESS_APPEND)) ||
		    !tree->suspect->asked)
			continue;
		for (size_t j = 0; j < trees.n; j++)
			compare(check, tree, &trees.v[j]);
	}
	for (size_t i = 0; i < trees.n; i++)
		free(trees.v[i].canonical);
	free(trees.v);
}
