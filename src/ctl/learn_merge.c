/*
 * Two shapes of which one has an option more become one with that option in
 * [ ]. Only such a pair: of three shapes, with neither, one and the other of
 * two options, the fourth was not seen and must not come of it.
 */

#include <stdlib.h>
#include <string.h>

#include "ctl/learn_group.h"
#include "ctl/learn_type.h"
#include "ctl/show.h"
#include "list.h"

/* An option and what belongs to it. */
enum { RUN_MAX = 2 };

static bool
same_column(const struct learn_column *a, const struct learn_column *b)
{
	return a->fixed == b->fixed && a->group == b->group &&
	    strcmp(a->lead, b->lead) == 0;
}

static bool
same_list(const struct list *a, const struct list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

/* The kind of a type that is open, and all of one that is a list. */
static bool
same_type(const struct learned_type *a, const struct learned_type *b)
{
	size_t len = strcspn(a->text, " ");

	if (strcmp(a->lead, b->lead) != 0)
		return false;
	if (strncmp(a->text, "one-of", len) == 0 || a->directory != NULL)
		return strcmp(a->text, b->text) == 0;
	return strncmp(a->text, b->text, len) == 0 &&
	    strcspn(b->text, " ") == len;
}

/* Whether both have the same value there, or values of the same type. */
static bool
same_values(const struct learn_shape *a, size_t i, const struct learn_shape *b,
    size_t j)
{
	struct list one = {0}, two = {0};
	struct learned_type first = {0}, second = {0};
	bool same;

	learn_shape_values(a, i, &one);
	learn_shape_values(b, j, &two);
	same = same_list(&one, &two);
	if (!same && one.n > 1 && two.n > 1)
		same = learn_type(&first, &one, learn_shape_times(a, i)) &&
		    learn_type(&second, &two, learn_shape_times(b, j)) &&
		    same_type(&first, &second);
	learn_type_free(&first);
	learn_type_free(&second);
	list_free(&one);
	list_free(&two);
	return same;
}

/* Which of two equal options is the one that may be absent, nobody knows. */
static bool
stands_twice(const struct learn_shape *shape, size_t column)
{
	for (size_t i = 0; i < shape->n; i++)
		if (i != column &&
		    strcmp(shape->v[i].lead, shape->v[column].lead) == 0)
			return true;
	return false;
}

/* Whether b is a with `run` columns more, put in at `at`. */
static bool
is_longer(const struct learn_shape *a, const struct learn_shape *b, size_t at,
    size_t run)
{
	if (b->v[at].lead[0] != '-' || stands_twice(b, at))
		return false;
	for (size_t i = at; i < at + run; i++)
		if (b->v[i].group != 0 ||
		    (i > at && (b->v[i].fixed || b->v[i].lead[0] == '-')))
			return false;
	for (size_t i = 0; i < a->n; i++)
		if (!same_column(&a->v[i], &b->v[i < at ? i : i + run]))
			return false;
	for (size_t i = 0; i < a->n; i++)
		if (!same_values(a, i, b, i < at ? i : i + run))
			return false;
	return true;
}

/* Groups are numbered from the left: the new one lies between others. */
static void
number_groups(struct learn_shape *shape, size_t at, size_t run)
{
	unsigned before = 0;

	for (size_t i = 0; i < at; i++)
		if (shape->v[i].group > before)
			before = shape->v[i].group;
	for (size_t i = at; i < shape->n; i++) {
		if (i < at + run)
			shape->v[i].group = before + 1;
		else if (shape->v[i].group != 0)
			shape->v[i].group++;
	}
}

/* Copies rows, without cells in `run` columns that they lack. */
static void
copy_rows(struct learn_shape *to, const struct learn_shape *from, size_t at,
    size_t run)
{
	for (size_t i = 0; i < from->nrows; i++) {
		struct learn_row row = {.seen = from->rows[i].seen};

		row.cells = show_need(calloc(to->n + 1, sizeof(*row.cells)));
		for (size_t j = 0; j < from->n; j++)
			row.cells[j < at ? j : j + run] =
			    from->rows[i].cells[j];
		to->rows[to->nrows++] = row;
	}
}

static void
make_merged(struct learn_shape *to, const struct learn_shape *a,
    const struct learn_shape *b, size_t at)
{
	*to = (struct learn_shape) {.n = b->n};
	to->v = show_need(calloc(b->n + 1, sizeof(*to->v)));
	to->rows =
	    show_need(calloc(a->nrows + b->nrows + 1, sizeof(*to->rows)));
	for (size_t i = 0; i < b->n; i++) {
		to->v[i] = b->v[i];
		to->v[i].lead = show_need(strdup(b->v[i].lead));
	}
	number_groups(to, at, b->n - a->n);
	copy_rows(to, a, at, b->n - a->n);
	copy_rows(to, b, b->n, 0);
}

/* Puts a into b. */
static bool
merge_pair(struct learn_shape *a, struct learn_shape *b, learn_accepts *accepts,
    void *context)
{
	struct learn_shape merged;

	if (b->n <= a->n || b->n - a->n > RUN_MAX)
		return false;
	for (size_t at = 1; at <= a->n; at++) {
		if (!is_longer(a, b, at, b->n - a->n))
			continue;
		make_merged(&merged, a, b, at);
		if (accepts(&merged, context)) {
			learn_shape_free(a);
			learn_shape_free(b);
			*b = merged;
			return true;
		}
		learn_shape_free(&merged);
	}
	return false;
}

/* The shape that took i over, or n. */
static size_t
find_pair(struct learn_shapes *shapes, size_t i, learn_accepts *accepts,
    void *context)
{
	for (size_t j = 0; j < shapes->n; j++)
		if (i != j &&
		    merge_pair(&shapes->v[i], &shapes->v[j], accepts, context))
			return j;
	return shapes->n;
}

void
learn_shapes_merge(struct learn_shapes *shapes, learn_accepts *accepts,
    void *context)
{
	size_t i = 0;

	while (i < shapes->n) {
		if (find_pair(shapes, i, accepts, context) == shapes->n) {
			i++;
			continue;
		}
		/* One has changed: all may fit it now. */
		shapes->v[i] = shapes->v[--shapes->n];
		i = 0;
	}
}
