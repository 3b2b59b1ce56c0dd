/*
 * How far a command came with each pattern. A slow and plain walk over the
 * elements, apart from the matcher that decides.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/keyfile.h"
#include "ctl/nearest_rule.h"
#include "ctl/phrase.h"
#include "ctl/show.h"
#include "element.h"
#include "list.h"
#include "nearest.h"
#include "pattern.h"
#include "policy.h"
#include "type.h"
#include "why.h"

/* Where the next word may stand; the place after the last element is the end
 * of the command. */
struct places {
	bool at[PATTERN_ELEMENTS_MAX + 1];
	bool any;
};

struct walk {
	const struct keyfile *file;
	const struct rule *rule;
	struct elements elements;
	struct places may;
	size_t taken;
};

/* Adds i, and what follows it if it may be left out. */
static void
add_places(struct places *places, const struct elements *list, size_t i)
{
	unsigned group;

	places->any = true;
	while (i < list->n) {
		group = list->v[i].group;
		places->at[i] = true;
		if (group == 0 || (i > 0 && list->v[i - 1].group == group))
			return;
		while (i < list->n && list->v[i].group == group)
			i++;
	}
	places->at[i] = true;
}

static bool
takes(const struct walk *walk, const struct element *e, const char *word)
{
	const struct rule *rule = walk->rule;
	size_t skip = strlen(e->text);

	if (e->kind == ELEMENT_LITERAL)
		return strcmp(e->text, word) == 0;
	if (strncmp(e->text, word, skip) != 0)
		return false;
	for (size_t i = 0; i < rule->nargs; i++)
		if (strcmp(rule->args[i].name, e->name) == 0)
			return type_accepts(rule->args[i].type, word + skip,
			    strlen(word + skip));
	return false;
}

static void
step(const struct walk *walk, const char *word, struct places *next)
{
	const struct elements *list = &walk->elements;

	*next = (struct places) {0};
	for (size_t i = 0; i < list->n; i++) {
		if (!walk->may.at[i] || !takes(walk, &list->v[i], word))
			continue;
		add_places(next, list, i + 1);
		if (list->v[i].kind == ELEMENT_MANY)
			next->at[i] = true;
	}
}

static void
run(struct walk *walk, const struct list *words)
{
	struct places next;

	add_places(&walk->may, &walk->elements, 0);
	for (; walk->taken < words->n; walk->taken++) {
		step(walk, words->v[walk->taken], &next);
		if (!next.any)
			return;
		walk->may = next;
	}
}

static void
say_place(FILE *f, const struct walk *walk, size_t i)
{
	const struct element *e = &walk->elements.v[i];

	if (i == walk->elements.n) {
		fputs("the end of the command", f);
		return;
	}
	fprintf(f, "`%s`", e->written);
	if (e->name == NULL)
		return;
	fprintf(f, ", {%s} being ", e->name);
	phrase_type(f,
	    phrase_type_of(walk->rule, &walk->file->source, e->name));
}

static char *
say_places(const struct walk *walk)
{
	char *text = NULL;
	size_t size;
	FILE *f = show_need(open_memstream(&text, &size));
	const char *joint = "";

	for (size_t i = 0; i <= walk->elements.n; i++) {
		if (!walk->may.at[i])
			continue;
		fputs(joint, f);
		say_place(f, walk, i);
		joint = "; or ";
	}
	fclose(f);
	return show_need(text);
}

void
nearest_rule_free(struct nearest_rule *nearest)
{
	free(nearest->expected);
	*nearest = (struct nearest_rule) {0};
}

static void
offer(struct nearest_rule *nearest, const struct keyfile *file,
    const struct rule *rule, size_t i, const struct list *words)
{
	struct walk walk = {.file = file, .rule = rule};
	struct fault fault;
	char *expected;

	if (element_parse(&walk.elements, rule->commands.v[i], &fault) == -1)
		return;
	run(&walk, words);
	if (walk.taken > nearest->taken) {
		expected = say_places(&walk);
		free(nearest->expected);
		nearest->rule = rule;
		nearest->command = i;
		nearest->taken = walk.taken;
		nearest->expected = expected;
	}
	element_free(&walk.elements);
}

/* Not one word was right: perhaps the first is misspelt. */
static void
guess(struct nearest_rule *nearest, const struct keyfile *file,
    const struct list *words)
{
	struct nearest near = {.word = words->v[0]};
	const struct policy *policy = &file->policy;

	for (size_t i = 0; i < policy->nrules; i++) {
		const struct rule *rule = &policy->rules[i];

		for (size_t j = 0; j < rule->commands.n; j++) {
			const char *best = near.best;
			const char *first = pattern_program(rule->patterns[j]);

			if (first != NULL)
				nearest_offer(&near, first);
			if (near.best == best)
				continue;
			nearest->rule = rule;
			nearest->command = j;
		}
	}
	if (near.best != NULL)
		nearest->expected = show_format("`%s`", near.best);
}

void
nearest_rule_find(struct nearest_rule *nearest, const struct keyfile *file,
    const struct list *words)
{
	*nearest = (struct nearest_rule) {0};
	for (size_t i = 0; i < file->policy.nrules; i++) {
		const struct rule *rule = &file->policy.rules[i];

		for (size_t j = 0; j < rule->commands.n; j++)
			offer(nearest, file, rule, j, words);
	}
	if (nearest->rule == NULL && words->n > 0)
		guess(nearest, file, words);
}
