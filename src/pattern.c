/* One `command` pattern: compiled once from the policy, then held against
 * hostile words without allocating and in time that they cannot stretch. */

#include <stdlib.h>
#include <string.h>

#include "ambiguous.h"
#include "element.h"
#include "pattern.h"
#include "position.h"
#include "why.h"

struct pattern {
	struct elements elements;
	struct automaton automaton;
};

/* How a live state was reached. A position outside `many` took one word, so
 * the path and the starts of the {name...} tell all. */
struct trail {
	uint64_t path;
	size_t start[PATTERN_MANY_MAX];
};

/* Compiling. */

static const struct arg *
find_arg(const struct arg *args, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(args[i].name, name) == 0)
			return &args[i];
	return NULL;
}

static int
compile_capture(struct automaton *a, const struct element *e,
    const struct arg *args, size_t nargs, struct fault *fault)
{
	struct position *p = &a->v[a->n];

	if (*e->after != '\0')
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: a {name} is the end of its word; nothing may "
		    "follow the }",
		    e->written);
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].arg != NULL &&
		    strcmp(a->v[i].arg->name, e->name) == 0)
			return fault_set(fault, WHY_POLICY,
			    "{%s} stands twice; give each its own name",
			    e->name);
	p->arg = find_arg(args, nargs, e->name);
	if (p->arg == NULL)
		return fault_set(fault, WHY_POLICY,
		    "{%s} has no type; write one, such as `arg.%s = name`",
		    e->name, e->name);
	p->skip = strlen(e->text);
	return 0;
}

static int
compile_elements(struct pattern *pattern, const struct arg *args, size_t nargs,
    struct fault *fault)
{
	const struct elements *list = &pattern->elements;
	struct automaton *a = &pattern->automaton;
	size_t many = 0;

	if (list->n > PATTERN_ELEMENTS_MAX)
		return fault_set(fault, WHY_POLICY,
		    "a pattern may have %d words, not %zu",
		    PATTERN_ELEMENTS_MAX, list->n);
	for (; a->n < list->n; a->n++) {
		const struct element *e = &list->v[a->n];

		a->v[a->n].element = e;
		if (e->kind != ELEMENT_LITERAL &&
		    compile_capture(a, e, args, nargs, fault) == -1)
			return -1;
		if (e->kind == ELEMENT_MANY)
			a->v[a->n].many = many++;
	}
	if (many > PATTERN_MANY_MAX)
		return fault_set(fault, WHY_POLICY,
		    "a pattern may have %d {name...}, not %zu",
		    PATTERN_MANY_MAX, many);
	return 0;
}

/* Whether a position is the first of a group, hence may be left out. */
static bool
opens_group(const struct elements *list, size_t i)
{
	unsigned group = list->v[i].group;

	return group != 0 && (i == 0 || list->v[i - 1].group != group);
}

/* Who may take the next word when all before i is done; *end is set when
 * there may be no next word. */
static uint64_t
entries(const struct elements *list, size_t i, bool *end)
{
	uint64_t set = 0;
	unsigned group;

	while (i < list->n) {
		set |= POSITION_BIT(i);
		if (!opens_group(list, i))
			return set;
		group = list->v[i].group;
		while (i < list->n && list->v[i].group == group)
			i++;
	}
	*end = true;
	return set;
}

static int
compile_steps(struct pattern *pattern, struct fault *fault)
{
	const struct elements *list = &pattern->elements;
	struct automaton *a = &pattern->automaton;
	bool end = false;

	a->first = entries(list, 0, &end);
	if (end)
		return fault_set(fault, WHY_POLICY,
		    "a pattern needs a word "
		    "that is always there, outside of [ ]");
	for (size_t i = 0; i < a->n; i++) {
		end = false;
		a->follow[i] = entries(list, i + 1, &end);
		if (list->v[i].kind == ELEMENT_MANY)
			a->follow[i] |= POSITION_BIT(i);
		if (end)
			a->last |= POSITION_BIT(i);
	}
	return 0;
}

struct pattern *
pattern_parse(const char *text, const struct arg *args, size_t nargs,
    struct fault *fault)
{
	struct pattern *pattern = calloc(1, sizeof(*pattern));

	if (pattern == NULL) {
		fault_set(fault, WHY_MEMORY, "out of memory");
		return NULL;
	}
	if (element_parse(&pattern->elements, text, fault) == -1 ||
	    compile_elements(pattern, args, nargs, fault) == -1 ||
	    compile_steps(pattern, fault) == -1 ||
	    ambiguous_check(&pattern->automaton, fault) == -1) {
		pattern_free(pattern);
		return NULL;
	}
	return pattern;
}

void
pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	element_free(&pattern->elements);
	free(pattern);
}

/* Matching. */

/* Lets each position of the set that takes the word go on from a trail. */
static uint64_t
enter(const struct automaton *a, uint64_t set, const struct trail *from,
    struct trail *now, const char *word, size_t at)
{
	size_t i, len = strlen(word);
	uint64_t taken = 0;

	for (; set != 0; set &= set - 1) {
		i = position_lowest(set);
		if (!position_takes(&a->v[i], word, len))
			continue;
		now[i] = *from;
		if (a->v[i].element->kind == ELEMENT_MANY &&
		    (from->path & POSITION_BIT(i)) == 0)
			now[i].start[a->v[i].many] = at;
		now[i].path |= POSITION_BIT(i);
		taken |= POSITION_BIT(i);
	}
	return taken;
}

/*
 * One word, all live states. No position is asked twice: since the pattern
 * is unambiguous, only one live state leads to one that takes the word.
 */
static uint64_t
advance(const struct automaton *a, uint64_t live, const struct trail *was,
    struct trail *now, const char *word, size_t at)
{
	uint64_t asked = 0, taken = 0, set;
	size_t i;

	for (; live != 0; live &= live - 1) {
		i = position_lowest(live);
		set = a->follow[i] & ~asked;
		asked |= set;
		taken |= enter(a, set, &was[i], now, word, at);
	}
	return taken;
}

/* Reads a trail from its end: each position ends where the next began. */
static void
collect(const struct automaton *a, const struct trail *trail, size_t nwords,
    struct match *match)
{
	struct match found = {0};
	const struct position *p;
	size_t end = nwords, first;

	for (size_t i = 0; i < a->n; i++)
		found.n +=
		    (trail->path & POSITION_BIT(i)) != 0 && a->v[i].arg != NULL;
	*match = found;
	for (size_t i = a->n; i-- > 0;) {
		p = &a->v[i];
		if ((trail->path & POSITION_BIT(i)) == 0)
			continue;
		first = p->element->kind == ELEMENT_MANY ?
		    trail->start[p->many] :
		    end - 1;
		if (p->arg != NULL)
			match->v[--found.n] = (struct capture) {p->arg, first,
			    end - first, p->skip};
		end = first;
	}
}

bool
pattern_match(const struct pattern *pattern, char *const *words, size_t n,
    struct match *match)
{
	const struct automaton *a = &pattern->automaton;
	struct trail room[2][PATTERN_ELEMENTS_MAX];
	struct trail start = {0};
	uint64_t live = 0;

	for (size_t at = 0; at < n; at++) {
		struct trail *now = room[at % 2], *was = room[(at + 1) % 2];

		live = at == 0 ?
		    enter(a, a->first, &start, now, words[at], at) :
		    advance(a, live, was, now, words[at], at);
		if (live == 0)
			return false;
	}
	live &= a->last;
	if (live == 0)
		return false;
	collect(a, &room[(n - 1) % 2][position_lowest(live)], n, match);
	return true;
}

/* Facts. */

enum pattern_capture
pattern_captures(const struct pattern *pattern, const char *name)
{
	const struct elements *list = &pattern->elements;

	for (size_t i = 0; i < list->n; i++) {
		const struct element *e = &list->v[i];

		if (e->name == NULL || strcmp(e->name, name) != 0)
			continue;
		if (e->kind == ELEMENT_MANY)
			return e->group ? CAPTURE_MAYBE_MANY : CAPTURE_MANY;
		return e->group ? CAPTURE_MAYBE : CAPTURE_ALWAYS;
	}
	return CAPTURE_NONE;
}

const char *
pattern_program(const struct pattern *pattern)
{
	const struct element *e = &pattern->elements.v[0];

	return e->kind == ELEMENT_LITERAL && e->group == 0 ? e->text : NULL;
}
