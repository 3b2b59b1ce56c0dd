/*
 * Types, patterns and templates on any bytes. The input is lines:
 *     a pattern
 *     a run value
 *     NAME=TYPE      any number of these
 *                    an empty line
 *     WORD           any number of these
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "element.h"
#include "list.h"
#include "pattern.h"
#include "template.h"
#include "type.h"
#include "why.h"

#define LINES 64
#define NARGS 8
/* More words than these are matched, but not counted by the slow reader. */
#define SLOW_WORDS 12

struct input {
	char *text;
	char *lines[LINES];
	size_t n;
	struct arg args[NARGS];
	size_t nargs;
	char **words;
	size_t nwords;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A refusal always has its reason and something to say. */
static void
check_fault(const struct fault *fault)
{
	assert(fault->why == WHY_POLICY);
	assert(fault->text[0] != '\0');
}

static void
add_arg(struct input *in, char *line)
{
	struct fault fault = {0};
	char *equals = strchr(line, '=');
	struct type *type;

	if (equals == NULL || in->nargs == NARGS)
		return;
	*equals = '\0';
	type = type_parse(equals + 1, &fault);
	if (type == NULL) {
		check_fault(&fault);
		return;
	}
	in->args[in->nargs++] = (struct arg) {line, type, 1};
}

static void
read_input(struct input *in, const uint8_t *data, size_t size)
{
	size_t i;
	char *rest;

	in->text = strndup((const char *)data, size);
	assert(in->text != NULL);
	for (rest = in->text; rest != NULL && in->n < LINES;)
		in->lines[in->n++] = strsep(&rest, "\n");
	for (i = 2; i < in->n && in->lines[i][0] != '\0'; i++)
		add_arg(in, in->lines[i]);
	if (i < in->n) {
		in->words = &in->lines[i + 1];
		in->nwords = in->n - i - 1;
	}
}

static const struct arg *
find_arg(const struct input *in, const char *name)
{
	for (size_t i = 0; i < in->nargs; i++)
		if (strcmp(in->args[i].name, name) == 0)
			return &in->args[i];
	return NULL;
}

static int
takes(const struct input *in, const struct element *e, const char *word)
{
	size_t skip = strlen(e->text);

	if (e->kind == ELEMENT_LITERAL)
		return strcmp(e->text, word) == 0;
	return strncmp(e->text, word, skip) == 0 &&
	    type_accepts(find_arg(in, e->name)->type, word + skip,
		strlen(word + skip));
}

/* How many readings the words from `at` have, two meaning more than one. */
static unsigned
count(const struct input *in, const struct elements *list, size_t i, size_t at)
{
	unsigned n = 0, group;
	size_t next = i;

	if (i == list->n)
		return at == in->nwords;
	group = list->v[i].group;
	if (group != 0 && (i == 0 || list->v[i - 1].group != group)) {
		while (next < list->n && list->v[next].group == group)
			next++;
		n = count(in, list, next, at);
	}
	while (
	    n < 2 && at < in->nwords && takes(in, &list->v[i], in->words[at])) {
		n += count(in, list, i + 1, ++at);
		if (list->v[i].kind != ELEMENT_MANY)
			break;
	}
	return n > 2 ? 2 : n;
}

static void
check_readings(const struct input *in, const char *text, bool matched)
{
	struct elements list = {0};
	struct fault fault = {0};

	assert(element_parse(&list, text, &fault) == 0);
	if (list.n <= SLOW_WORDS && in->nwords <= SLOW_WORDS)
		assert(count(in, &list, 0, 0) == matched);
	element_free(&list);
}

static void
check_match(const struct input *in, const struct pattern *pattern,
    const struct match *match)
{
	size_t end = 0;

	for (size_t i = 0; i < match->n; i++) {
		const struct capture *c = &match->v[i];

		assert(c->count > 0 && c->first >= end);
		assert(pattern_captures(pattern, c->arg->name) != CAPTURE_NONE);
		end = c->first + c->count;
		assert(end <= in->nwords);
		for (size_t j = c->first; j < end; j++)
			assert(
			    type_accepts(c->arg->type, in->words[j] + c->skip,
				strlen(in->words[j]) - c->skip));
	}
}

static size_t
make_values(const struct input *in, const struct match *match,
    struct value *values)
{
	for (size_t i = 0; i < match->n; i++) {
		const struct capture *c = &match->v[i];

		values[i] = (struct value) {.name = c->arg->name};
		for (size_t j = 0; j < c->count; j++)
			assert(list_add(&values[i].words,
				   in->words[c->first + j] + c->skip) == 0);
	}
	return match->n;
}

static void
check_run(const struct input *in, const struct pattern *pattern,
    const struct match *match)
{
	struct fault fault = {0};
	struct run_template *template = template_parse(in->lines[1], &fault);
	struct value values[PATTERN_ELEMENTS_MAX];
	struct list list = {0};
	size_t n;

	if (template == NULL) {
		check_fault(&fault);
		return;
	}
	if (template_check(template, pattern, &fault) == -1) {
		check_fault(&fault);
	} else {
		n = make_values(in, match, values);
		assert(template_expand(template, values, n, &list) == 0);
		assert(list.n > 0 && list.v[0][0] == '/');
		assert(strcmp(list.v[0], template_program(template)) == 0);
		for (size_t i = 0; i < n; i++)
			list_free(&values[i].words);
		list_free(&list);
	}
	template_free(template);
}

static void
check_pattern(const struct input *in, const char *text)
{
	struct fault fault = {0};
	struct pattern *pattern;
	struct match match = {0};
	bool matched;

	pattern = pattern_parse(text, in->args, in->nargs, &fault);
	if (pattern == NULL) {
		check_fault(&fault);
		return;
	}
	assert(!pattern_match(pattern, in->words, 0, &match));
	matched = pattern_match(pattern, in->words, in->nwords, &match);
	check_readings(in, text, matched);
	if (matched) {
		check_match(in, pattern, &match);
		if (in->n > 1)
			check_run(in, pattern, &match);
	}
	pattern_free(pattern);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {0};

	read_input(&in, data, size);
	check_pattern(&in, in.lines[0]);
	for (size_t i = 0; i < in.nargs; i++)
		type_free(in.args[i].type);
	free(in.text);
	return 0;
}
