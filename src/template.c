/* One `run` value. Captured values are data: they drop in whole, and
 * nothing in them is looked at again. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "element.h"
#include "pattern.h"
#include "template.h"
#include "why.h"

struct run_template {
	struct elements elements;
};

static int
check_program(const struct elements *list, struct fault *fault)
{
	const struct element *e;

	if (list->n == 0)
		return fault_set(fault, WHY_POLICY,
		    "write the program, an absolute path, and its arguments");
	e = &list->v[0];
	if (e->kind != ELEMENT_LITERAL || e->group != 0 || e->text[0] != '/')
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: the first word is the program: an absolute path "
		    "without captures and [ ]",
		    e->written);
	return 0;
}

/* A group without a capture could never be left out. */
static int
check_groups(const struct elements *list, struct fault *fault)
{
	const struct element *e;
	bool captures;
	size_t i = 0;

	while (i < list->n) {
		e = &list->v[i];
		captures = false;
		for (; i < list->n && list->v[i].group == e->group; i++)
			captures |= list->v[i].name != NULL;
		if (e->group != 0 && !captures)
			return fault_set(fault, WHY_POLICY,
			    "`[%.80s ...]`: a [ ] drops out when its {name} "
			    "is absent, and this one has none",
			    e->written);
	}
	return 0;
}

static int
fill(struct run_template *run, const char *text, struct fault *fault)
{
	const char *expansion = strstr(text, "${");

	if (expansion != NULL)
		return fault_set(fault, WHY_POLICY,
		    "`%.40s`: only ${key} and ${account} expand; write the "
		    "value itself, or in `run` {name} for a captured one",
		    expansion);
	if (element_parse(&run->elements, text, fault) == -1 ||
	    check_program(&run->elements, fault) == -1)
		return -1;
	return check_groups(&run->elements, fault);
}

struct run_template *
template_parse(const char *text, struct fault *fault)
{
	struct run_template *run = calloc(1, sizeof(*run));

	if (run == NULL) {
		fault_set(fault, WHY_MEMORY, "out of memory");
		return NULL;
	}
	if (fill(run, text, fault) == -1) {
		template_free(run);
		return NULL;
	}
	return run;
}

void
template_free(struct run_template *run)
{
	if (run == NULL)
		return;
	element_free(&run->elements);
	free(run);
}

static int
check_capture(const struct element *e, enum pattern_capture capture,
    struct fault *fault)
{
	bool many = capture == CAPTURE_MANY || capture == CAPTURE_MAYBE_MANY;
	bool maybe = capture == CAPTURE_MAYBE || capture == CAPTURE_MAYBE_MANY;

	if (capture == CAPTURE_NONE)
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: the command pattern has no {%s}", e->written,
		    e->name);
	if (many && e->kind != ELEMENT_MANY)
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: several words are captured; write {%s...} as a "
		    "word of its own",
		    e->written, e->name);
	if (!many && e->kind == ELEMENT_MANY)
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: one word is captured; write {%s}", e->written,
		    e->name);
	if (maybe && e->group == 0)
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: the command may come without {%s}; put it in "
		    "brackets: [%.80s]",
		    e->written, e->name, e->written);
	return 0;
}

int
template_check(const struct run_template *run, const struct pattern *pattern,
    struct fault *fault)
{
	const struct elements *list = &run->elements;

	for (size_t i = 0; i < list->n; i++) {
		const struct element *e = &list->v[i];

		if (e->name == NULL)
			continue;
		if (pattern == NULL)
			return fault_set(fault, WHY_POLICY,
			    "`%.80s`: nothing of the client's drops in here; "
			    "write the word itself",
			    e->written);
		if (check_capture(e, pattern_captures(pattern, e->name),
			fault) == -1)
			return -1;
	}
	return 0;
}

/* The words of a name; NULL when it is absent. */
static const struct list *
find_value(const struct value *values, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(values[i].name, name) == 0)
			return values[i].words.n > 0 ? &values[i].words : NULL;
	return NULL;
}

/* Whether the group that starts at i has all its values. */
static bool
group_stands(const struct elements *list, size_t i, const struct value *values,
    size_t n)
{
	unsigned group = list->v[i].group;

	for (; i < list->n && list->v[i].group == group; i++)
		if (list->v[i].name != NULL &&
		    find_value(values, n, list->v[i].name) == NULL)
			return false;
	return true;
}

static int
add_words(struct list *out, const struct list *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (list_add(out, words->v[i]) == -1)
			return -1;
	return 0;
}

static int
add_element(struct list *out, const struct element *e,
    const struct value *values, size_t n)
{
	const struct list *words;

	if (e->kind == ELEMENT_LITERAL)
		return list_add(out, e->text);
	words = find_value(values, n, e->name);
	/* template_check() rules both out; an argument that went missing
	 * would hand its place to the next. */
	if (words == NULL || (e->kind == ELEMENT_ONE && words->n != 1)) {
		errno = EINVAL;
		return -1;
	}
	if (e->kind == ELEMENT_MANY)
		return add_words(out, words);
	return list_addf(out, "%s%s%s", e->text, words->v[0], e->after);
}

int
template_expand(const struct run_template *run, const struct value *values,
    size_t n, struct list *out)
{
	const struct elements *list = &run->elements;
	size_t before = out->n;
	unsigned dropped = 0, group = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct element *e = &list->v[i];

		if (e->group != group && e->group != 0 &&
		    !group_stands(list, i, values, n))
			dropped = e->group;
		group = e->group;
		if (group != 0 && group == dropped)
			continue;
		if (add_element(out, e, values, n) == -1)
			goto fail;
	}
	return 0;
fail:
	while (out->n > before) {
		free(out->v[--out->n]);
		out->v[out->n] = NULL;
	}
	return -1;
}

const char *
template_program(const struct run_template *run)
{
	return run->elements.v[0].text;
}
