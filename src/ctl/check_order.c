/*
 * check: rules that can never match, since an earlier one takes all that they
 * take. Only what is certain is reported.
 */

#include <stdlib.h>
#include <string.h>

#include "ctl/check.h"
#include "ctl/phrase.h"
#include "ctl/show.h"
#include "element.h"
#include "pattern.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "type.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* Keys that say what happens, and not whether a rule matches. A rule with any
 * other key may leave a request to the next. */
static const char *const plain[] = {"command", "protocol", "run", "pass-env",
    "chdir", "umask", "nice", "read", "write", "execute", "network", "syscalls",
    "set-id", "links", "jit", "terminal", "sandbox", "shell", "cpu-time",
    "memory", "file-size", "open-files", "processes", "append", "watch",
    "timeout", "idle-timeout", "record", "record-max", "on-violation",
    "on-success", "if-changed"};
static const char *const families[] = {"arg.", "env.", "on-success."};

static bool
is_plain(const char *name)
{
	for (size_t i = 0; i < NELEM(plain); i++)
		if (strcmp(plain[i], name) == 0)
			return true;
	for (size_t i = 0; i < NELEM(families); i++)
		if (strncmp(name, families[i], strlen(families[i])) == 0)
			return true;
	return false;
}

static bool
always_matches(const struct keyfile *file, const struct rule *rule)
{
	bool seen = false;

	for (size_t i = 0; i < file->source.n; i++) {
		if (!source_is_in(&file->source.v[i], rule))
			continue;
		if (!is_plain(file->source.v[i].name))
			return false;
		seen = true;
	}
	return seen;
}

struct side {
	const struct keyfile *file;
	const struct rule *rule;
};

static const struct arg *
find_arg(const struct rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->nargs; i++)
		if (strcmp(rule->args[i].name, name) == 0)
			return &rule->args[i];
	return NULL;
}

/* Whether each word of b is one of a: types of the same text, or `word`
 * against what consists of plain characters. */
static bool
type_covers(const char *a, const char *b)
{
	static const char *const narrow[] = {"integer", "hostname", "ip",
	    "name", "date", "hex"};
	size_t len = strcspn(b, " \t");

	if (strcmp(a, b) == 0)
		return true;
	for (size_t i = 0; strcmp(a, "word") == 0 && i < NELEM(narrow); i++)
		if (strlen(narrow[i]) == len && strncmp(narrow[i], b, len) == 0)
			return true;
	return false;
}

static bool
literal_covered(const struct side *a, const struct element *e, const char *word)
{
	const struct arg *arg;

	if (e->kind == ELEMENT_LITERAL)
		return strcmp(e->text, word) == 0;
	arg = find_arg(a->rule, e->name);
	if (arg == NULL || type_directory(arg->type) != NULL ||
	    strncmp(word, e->text, strlen(e->text)) != 0)
		return false;
	word += strlen(e->text);
	return type_accepts(arg->type, word, strlen(word));
}

static bool
element_covers(const struct side *a, const struct element *e,
    const struct side *b, const struct element *f)
{
	if (e->group != f->group)
		return false;
	if (f->kind == ELEMENT_LITERAL)
		return literal_covered(a, e, f->text);
	if (e->kind == ELEMENT_LITERAL || strcmp(e->text, f->text) != 0 ||
	    (f->kind == ELEMENT_MANY && e->kind != ELEMENT_MANY))
		return false;
	return type_covers(phrase_type_of(a->rule, &a->file->source, e->name),
	    phrase_type_of(b->rule, &b->file->source, f->name));
}

/* Word by word and group by group; or without the groups of a, when b has
 * none. Patterns of another build are not compared. */
static bool
words_cover(const struct side *a, const struct elements *x,
    const struct side *b, const struct elements *y, bool with_groups)
{
	size_t j = 0;

	for (size_t i = 0; i < x->n; i++) {
		if (!with_groups && x->v[i].group != 0)
			continue;
		if (j == y->n || !element_covers(a, &x->v[i], b, &y->v[j++]))
			return false;
	}
	return j > 0 && j == y->n;
}

static bool
command_covers(const struct side *a, size_t i, const struct side *b, size_t j)
{
	struct elements x = {0}, y = {0};
	struct fault fault;
	bool covers;

	element_parse(&x, a->rule->commands.v[i], &fault);
	element_parse(&y, b->rule->commands.v[j], &fault);
	covers =
	    words_cover(a, &x, b, &y, true) || words_cover(a, &x, b, &y, false);
	element_free(&x);
	element_free(&y);
	return covers;
}

static bool
covers_command(const struct side *a, const struct side *b, size_t j)
{
	size_t n = a->rule == b->rule ? j : a->rule->commands.n;

	for (size_t i = 0; i < n; i++)
		if (command_covers(a, i, b, j))
			return true;
	return false;
}

/* The same folders in the same order with the same access: what the one
 * refuses for its paths, the other does too. */
static bool
same_paths(const struct rule *a, const struct rule *b)
{
	if (a->npaths != b->npaths)
		return false;
	for (size_t i = 0; i < a->npaths; i++)
		if (a->paths[i].access != b->paths[i].access ||
		    strcmp(a->paths[i].path, b->paths[i].path) != 0)
			return false;
	return true;
}

static void
report(struct check *check, const struct side *a, const struct side *b,
    unsigned line, const char *what)
{
	findings_add(&check->found, WARNING, keyfile_of_rule(b->file, b->rule),
	    line,
	    "%s is never reached: [allow %s] in %s:%u takes all that it takes; "
	    "remove one, or put the narrower one first",
	    what, a->rule->name, keyfile_of_rule(a->file, a->rule),
	    a->rule->line);
}

static void
check_pair(struct check *check, const struct side *a, const struct side *b,
    bool *covered)
{
	if (!always_matches(a->file, a->rule))
		return;
	if (a->rule != b->rule && b->rule->protocol != NULL &&
	    a->rule->protocol == b->rule->protocol &&
	    same_paths(a->rule, b->rule))
		report(check, a, b, b->rule->line, "this rule");
	if (a->rule != b->rule && a->rule->shell && b->rule->shell)
		report(check, a, b, b->rule->line, "this rule");
	for (size_t j = 0; j < b->rule->commands.n; j++) {
		if (covered[j] || !covers_command(a, b, j))
			continue;
		covered[j] = true;
		report(check, a, b, b->rule->command_lines[j], "this command");
	}
}

void
check_order(struct check *check, const struct keyfile *file)
{
	for (size_t i = 0; i < file->policy.nrules; i++) {
		const struct rule *rule = &file->policy.rules[i];
		struct side later = {file, rule};
		bool *covered =
		    show_need(calloc(rule->commands.n + 1, sizeof(*covered)));

		for (size_t k = 0; k <= i; k++) {
			struct side sooner = {file, &file->policy.rules[k]};

			check_pair(check, &sooner, &later, covered);
		}
		free(covered);
	}
}
