/* The proof that a pattern reads every command in one way only. Were there
 * two, a client could choose which value reaches which argument. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ambiguous.h"
#include "position.h"
#include "why.h"

/* For each position the set of those that stand in some relation to it. */
struct relation {
	uint64_t v[PATTERN_ELEMENTS_MAX];
};

/* Whether one word may be taken by both captures, a having the shorter text
 * in front. */
static bool
captures_overlap(const struct position *a, const struct position *b)
{
	const char *text = b->element->text;

	return strncmp(a->element->text, text, a->skip) == 0 &&
	    type_overlaps_prefixed(a->arg->type, text + a->skip, b->arg->type);
}

static bool
overlap(const struct position *a, const struct position *b)
{
	const char *one = a->element->text, *two = b->element->text;

	if (a->arg == NULL)
		return position_takes(b, one, strlen(one));
	if (b->arg == NULL)
		return position_takes(a, two, strlen(two));
	return a->skip <= b->skip ? captures_overlap(a, b) :
				    captures_overlap(b, a);
}

static void
relate_words(const struct automaton *a, struct relation *shared)
{
	for (size_t i = 0; i < a->n; i++) {
		shared->v[i] = 0;
		for (size_t j = 0; j < a->n; j++)
			if (overlap(&a->v[i], &a->v[j]))
				shared->v[i] |= POSITION_BIT(j);
	}
}

/* Whether readings that stand at i and j may take one more word and then
 * end together. */
static bool
step_meets(const struct automaton *a, const struct relation *shared,
    const struct relation *meets, size_t i, size_t j)
{
	uint64_t next = a->follow[i];
	size_t k;

	for (; next != 0; next &= next - 1) {
		k = position_lowest(next);
		if ((a->follow[j] & shared->v[k] & meets->v[k]) != 0)
			return true;
	}
	return false;
}

/*
 * Pairs of positions from which the rest of some command can be read to its
 * end on both sides. Equal positions always can: each element takes some
 * word. Steps lead upwards, or back to the same pair, which adds nothing;
 * so one pass downwards finds all.
 */
static void
relate_ends(const struct automaton *a, const struct relation *shared,
    struct relation *meets)
{
	memset(meets, 0, sizeof(*meets));
	for (size_t i = a->n; i-- > 0;)
		for (size_t j = a->n; j-- > 0;)
			if (i == j ||
			    (a->last & POSITION_BIT(i) &&
				a->last & POSITION_BIT(j)) ||
			    step_meets(a, shared, meets, i, j))
				meets->v[i] |= POSITION_BIT(j);
}

static int
refuse(const struct position *a, const struct position *b, struct fault *fault)
{
	const char *one = a->element->written, *two = b->element->written;

	if (a->arg == NULL && b->arg == NULL)
		return fault_set(fault, WHY_POLICY,
		    "a command could be read in two ways: the same word may "
		    "be the first or the second `%.80s`; write a pattern for "
		    "each form instead",
		    one);
	return fault_set(fault, WHY_POLICY,
	    "a command could be read in two ways: the same word may be "
	    "`%.80s` or `%.80s`; give them types that share no word, or put "
	    "a literal word before one, such as `-x %.80s`",
	    one, two, b->arg != NULL ? two : one);
}

/* Whether readings part here: two of the set take the same word, and both
 * get to the end. */
static int
check_set(const struct automaton *a, const struct relation *shared,
    const struct relation *meets, uint64_t set, struct fault *fault)
{
	uint64_t rivals;
	size_t i;

	for (; set != 0; set &= set - 1) {
		i = position_lowest(set);
		rivals = set & shared->v[i] & meets->v[i] & ~POSITION_BIT(i);
		if (rivals != 0)
			return refuse(&a->v[i], &a->v[position_lowest(rivals)],
			    fault);
	}
	return 0;
}

/* Two readings agree up to a first difference, and each position can be
 * reached: so it is enough to look at what may follow each one. */
int
ambiguous_check(const struct automaton *a, struct fault *fault)
{
	struct relation shared, meets;

	relate_words(a, &shared);
	relate_ends(a, &shared, &meets);
	if (check_set(a, &shared, &meets, a->first, fault) == -1)
		return -1;
	for (size_t i = 0; i < a->n; i++)
		if (check_set(a, &shared, &meets, a->follow[i], fault) == -1)
			return -1;
	return 0;
}
