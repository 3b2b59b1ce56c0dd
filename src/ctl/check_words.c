/* check: words of the client's choice that reach a program which does more
 * with them than the rule says. */

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ctl/check.h"
#include "ctl/dangerous.h"
#include "ctl/phrase.h"
#include "element.h"
#include "list.h"
#include "pattern.h"
#include "policy.h"
#include "why.h"
#include "words.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* The words that a rule runs for its i-th command: those of `run`, else of the
 * command. */
static void
read_run(const struct keyfile *file, const struct rule *rule, size_t i,
    struct elements *words)
{
	const struct entry *run = source_find(&file->source, rule, "run");
	struct fault fault;

	if (rule->run != NULL && run == NULL)
		return;
	/* It has been parsed before; without memory there are no words. */
	element_parse(words, run != NULL ? run->value : rule->commands.v[i],
	    &fault);
}

static bool
is_type(const char *type, const char *name)
{
	size_t len = strcspn(type, " \t");

	return strlen(name) == len && strncmp(type, name, len) == 0;
}

static bool
contains(const char *outer, const char *inner)
{
	size_t len = strlen(outer);

	return strncmp(outer, inner, len) == 0 &&
	    (inner[len] == '\0' || inner[len] == '/' || len == 1);
}

/* Whether what the client names there may be its own: a path in a folder that
 * the rule may write. */
static bool
is_uploaded(const struct rule *rule, const char *dir)
{
	for (size_t i = 0; i < rule->npaths; i++) {
		const char *path = rule->paths[i].path;

		if ((rule->paths[i].access & (ACCESS_WRITE | ACCESS_APPEND)) &&
		    (contains(path, dir) || contains(dir, path)))
			return true;
	}
	return false;
}

/* Types that leave the choice to the client. An interpreter makes a program
 * of what a glob lets through, and of a file that was uploaded. */
static bool
is_free(const struct rule *rule, const char *type, enum danger danger)
{
	if (is_type(type, "word") || is_type(type, "regex"))
		return true;
	if (danger == DANGER_OPTIONS)
		return false;
	return is_type(type, "glob") ||
	    (is_type(type, "path") &&
		is_uploaded(rule, type + 4 + strspn(type + 4, " \t")));
}

/* The first free word behind the program, which is word number `at`; a wrapper
 * or an interpreter is handed one even in `--option={name}`. */
static const struct element *
find_free(const struct keyfile *file, const struct rule *rule,
    const struct elements *words, size_t at, enum danger danger)
{
	for (size_t i = at + 1; i < words->n; i++) {
		const struct element *e = &words->v[i];
		const char *type;

		if (e->name == NULL)
			continue;
		type = phrase_type_of(rule, &file->source, e->name);
		if (e->kind == ELEMENT_MANY ||
		    (is_free(rule, type, danger) &&
			(e->text[0] == '\0' || danger != DANGER_OPTIONS)))
			return e;
	}
	return NULL;
}

static void
report(struct check *check, const char *path, unsigned line,
    const struct dangerous *known, const struct element *word)
{
	switch (known->danger) {
	case DANGER_WRAPPER:
		findings_add(&check->found, ERROR, path, line,
		    "%s starts what its words say, and {%s} is the client's "
		    "choice: write the program itself into run",
		    known->name, word->name);
		break;
	case DANGER_INTERPRETER:
		findings_add(&check->found, ERROR, path, line,
		    "%s interprets its words (%s), and {%s} is the client's "
		    "choice: run a program that takes it as data, or give it "
		    "a narrower type",
		    known->name, known->how, word->name);
		break;
	default:
		findings_add(&check->found, WARNING, path, line,
		    "%s can be made to do more (%s) by %s, and {%s} is the "
		    "client's choice: give it a narrower type",
		    known->name, known->can, known->how, word->name);
	}
}

/* awk may be mawk by a link: both names count. */
static const struct dangerous *
find_dangerous(const char *path)
{
	const struct dangerous *known = dangerous_find(path);
	char *real;

	if (known != NULL || (real = realpath(path, NULL)) == NULL)
		return known;
	known = dangerous_find(real);
	free(real);
	return known;
}

/* What a wrapper starts, where the rule itself says so: `sudo -n /sbin/x {y}`
 * is judged as /sbin/x is. 0: the wrapper, or there is none. */
static size_t
find_wrapped(const struct elements *words, size_t at)
{
	for (size_t i = at + 1; i < words->n; i++) {
		const struct element *e = &words->v[i];

		if (e->kind != ELEMENT_LITERAL || e->group != 0)
			return at;
		if (e->text[0] == '/')
			return i;
	}
	return at;
}

static const struct dangerous *
judge_program(const struct elements *words, size_t *at)
{
	const struct dangerous *known = NULL;
	size_t next = 0;

	if (words->n == 0)
		return NULL;
	do {
		*at = next;
		known = find_dangerous(words->v[*at].text);
		if (known == NULL || known->danger != DANGER_WRAPPER)
			return known;
		next = find_wrapped(words, *at);
	} while (next != *at);
	return known;
}

static void
check_run(struct check *check, const struct keyfile *file,
    const struct rule *rule, size_t i)
{
	unsigned line =
	    rule->run != NULL ? rule->run_line : rule->command_lines[i];
	struct elements words = {0};
	const struct dangerous *known;
	const struct element *word;
	size_t at = 0;

	read_run(file, rule, i, &words);
	known = judge_program(&words, &at);
	if (known != NULL) {
		word = find_free(file, rule, &words, at, known->danger);
		if (word != NULL)
			report(check, keyfile_of_rule(file, rule), line, known,
			    word);
	}
	element_free(&words);
}

/* A program text that the client has sent is the client's program, whoever
 * names it. */
static void
check_follow(struct check *check, const struct keyfile *file,
    const struct rule *rule)
{
	const struct entry *run =
	    source_find(&file->source, rule, "on-success");
	struct elements words = {0};
	const struct dangerous *known;
	struct fault fault;
	size_t at = 0;

	if (rule->watching.follow == NULL || run == NULL)
		return;
	element_parse(&words, run->value, &fault);
	known = judge_program(&words, &at);
	for (size_t i = at + 1; known != NULL && i < words.n; i++)
		if (words.v[i].text[0] == '/' &&
		    known->danger != DANGER_OPTIONS &&
		    is_uploaded(rule, words.v[i].text))
			findings_add(&check->found, ERROR,
			    keyfile_of_rule(file, rule), run->line,
			    "%s interprets %s, which [allow %s] may write: "
			    "the client would choose what runs",
			    known->name, words.v[i].text, rule->name);
	element_free(&words);
}

/* An unescaped dot outside of a bracket expression takes any byte. */
static bool
has_dot(const char *regex)
{
	for (; *regex != '\0'; regex++) {
		if (*regex == '\\' && regex[1] != '\0')
			regex++;
		else if (*regex == '[' && strchr(regex + 2, ']') != NULL)
			regex = strchr(regex + 2, ']');
		else if (*regex == '.')
			return true;
	}
	return false;
}

static void
check_regex(struct check *check, const struct keyfile *file,
    const struct rule *rule, const struct arg *arg)
{
	const char *type = source_type(&file->source, rule, arg);

	if (strncmp(type, "regex ", 6) == 0 && has_dot(type + 6))
		findings_add(&check->found, WARNING,
		    keyfile_of_rule(file, rule), arg->line,
		    "a . in a regex takes any character, / and - among "
		    "them: write \\. for a dot, or [...] for what is "
		    "meant");
}

void
check_words(struct check *check, const struct keyfile *file)
{
	for (size_t i = 0; i < file->policy.nrules; i++) {
		const struct rule *rule = &file->policy.rules[i];

		for (size_t j = 0; j < rule->nargs; j++)
			check_regex(check, file, rule, &rule->args[j]);
		for (size_t j = 0; j < rule->commands.n; j++)
			check_run(check, file, rule, j);
		check_follow(check, file, rule);
	}
}
