/*
 * Commands that differ in values alone belong together. Names of programs
 * and options are never taken for values: what was not seen beside each
 * other is not put beside each other.
 */

#include <stdlib.h>
#include <string.h>

#include "ctl/learn_group.h"
#include "ctl/show.h"
#include "ctl/traffic.h"
#include "list.h"

#define NAME_BYTES \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz0123456789_"

/* More than this many words in one place are no names of subcommands. */
enum { KEYWORDS_MAX = 8 };

/* --- shapes --------------------------------------------------------------- */

/* How much of a word is no value: all of an option, `--name=`, `NAME=`. */
static size_t
lead_length(const char *word, bool *fixed)
{
	size_t dashes = strspn(word, "-");
	size_t name = strspn(word + dashes, NAME_BYTES "-");

	*fixed = false;
	if (word[dashes + name] == '=' && name > 0 &&
	    (dashes == 2 || (dashes == 0 && strspn(word, NAME_BYTES) == name)))
		return dashes + name + 1;
	*fixed = dashes > 0;
	return dashes > 0 ? strlen(word) : 0;
}

static void
make_columns(struct learn_shape *shape, const struct list *words)
{
	shape->v = show_need(calloc(words->n, sizeof(*shape->v)));
	shape->n = words->n;
	for (size_t i = 0; i < words->n; i++) {
		struct learn_column *c = &shape->v[i];
		size_t len = lead_length(words->v[i], &c->fixed);

		if (i == 0) {
			c->fixed = true;
			len = strlen(words->v[i]);
		}
		c->lead = show_need(strndup(words->v[i], len));
	}
}

static bool
same_columns(const struct learn_shape *a, const struct learn_shape *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].fixed != b->v[i].fixed ||
		    strcmp(a->v[i].lead, b->v[i].lead) != 0)
			return false;
	return true;
}

static void
add_row(struct learn_shape *shape, const struct learn_row *row)
{
	size_t n = shape->nrows;

	/* By powers of two, without a field for it. */
	if ((n & (n - 1)) == 0)
		shape->rows = show_need(reallocarray(shape->rows,
		    n == 0 ? 1 : 2 * n, sizeof(*shape->rows)));
	shape->rows[shape->nrows++] = *row;
}

static struct learn_shape *
add_shape(struct learn_shapes *shapes, const struct learn_shape *shape)
{
	shapes->v = show_need(
	    reallocarray(shapes->v, shapes->n + 1, sizeof(*shapes->v)));
	shapes->v[shapes->n] = *shape;
	return &shapes->v[shapes->n++];
}

bool
learn_shapes_add(struct learn_shapes *shapes, struct seen *seen,
    const struct list *words)
{
	struct learn_shape shape = {0}, *at = NULL;
	struct learn_row row = {.seen = seen};

	make_columns(&shape, words);
	for (size_t i = 0; at == NULL && i < shapes->n; i++)
		if (same_columns(&shapes->v[i], &shape))
			at = &shapes->v[i];
	if (at != NULL) {
		learn_shape_free(&shape);
	} else if (shapes->n < LEARN_SHAPES_MAX) {
		at = add_shape(shapes, &shape);
	} else {
		learn_shape_free(&shape);
		return false;
	}
	row.cells = show_need(calloc(words->n, sizeof(*row.cells)));
	for (size_t i = 0; i < words->n; i++)
		row.cells[i] = words->v[i] + strlen(at->v[i].lead);
	add_row(at, &row);
	return true;
}

void
learn_shape_free(struct learn_shape *shape)
{
	for (size_t i = 0; i < shape->n; i++)
		free(shape->v[i].lead);
	for (size_t i = 0; i < shape->nrows; i++)
		free(shape->rows[i].cells);
	free(shape->v);
	free(shape->rows);
	*shape = (struct learn_shape) {0};
}

void
learn_shapes_free(struct learn_shapes *shapes)
{
	for (size_t i = 0; i < shapes->n; i++)
		learn_shape_free(&shapes->v[i]);
	free(shapes->v);
	*shapes = (struct learn_shapes) {0};
}

void
learn_shapes_prune(struct learn_shapes *shapes)
{
	size_t n = 0;

	for (size_t i = 0; i < shapes->n; i++)
		if (shapes->v[i].nrows > 0)
			shapes->v[n++] = shapes->v[i];
		else
			learn_shape_free(&shapes->v[i]);
	shapes->n = n;
}

/* --- values --------------------------------------------------------------- */

static int
compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
learn_shape_values(const struct learn_shape *shape, size_t column,
    struct list *values)
{
	const char **v =
	    show_need(calloc(shape->nrows + 1, sizeof(const char *)));
	size_t n = 0;

	for (size_t i = 0; i < shape->nrows; i++)
		if (shape->rows[i].cells[column] != NULL)
			v[n++] = shape->rows[i].cells[column];
	qsort(v, n, sizeof(*v), compare_words);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(v[i], v[i - 1]) != 0)
			show_add(values, strdup(v[i]));
	free(v);
}

unsigned long
learn_shape_times(const struct learn_shape *shape, size_t column)
{
	unsigned long times = 0;

	for (size_t i = 0; i < shape->nrows; i++)
		if (shape->rows[i].cells[column] != NULL)
			times += shape->rows[i].seen->observed +
			    shape->rows[i].seen->refused;
	return times;
}

/* --- taking apart --------------------------------------------------------- */

static int
compare_rows(const void *one, const void *two, void *context)
{
	const struct learn_row *a = one, *b = two;
	const struct learn_shape *shape = context;
	int order = 0;

	for (size_t i = 0; order == 0 && i < shape->n; i++)
		order = strcmp(a->cells[i], b->cells[i]);
	return order;
}

/* How many different rows there are; they are sorted for that. */
static size_t
count_rows(struct learn_shape *shape)
{
	size_t n = 0;

	qsort_r(shape->rows, shape->nrows, sizeof(*shape->rows), compare_rows,
	    shape);
	for (size_t i = 0; i < shape->nrows; i++)
		if (i == 0 ||
		    compare_rows(&shape->rows[i - 1], &shape->rows[i], shape) !=
			0)
			n++;
	return n;
}

/* The values that look like subcommands. */
static void
find_keywords(const struct list *values, struct list *keywords)
{
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyz-";

	for (size_t i = 0; i < values->n; i++)
		if (values->v[i][0] != '\0' &&
		    values->v[i][strspn(values->v[i], bytes)] == '\0')
			show_add(keywords, strdup(values->v[i]));
}

/*
 * The column of subcommands, which stands before all other values, and what
 * they are; 0: there is none. Nothing is mixed where one column alone varies,
 * nor where all values were seen with all.
 */
static size_t
find_subcommands(struct learn_shape *shape, struct list *keywords)
{
	size_t first = 0, varying = 0;
	double mixed = 1;

	for (size_t i = 0; i < shape->n; i++) {
		struct list values = {0};

		learn_shape_values(shape, i, &values);
		mixed *= (double)values.n;
		if (values.n > 1 && varying++ == 0) {
			first = i;
			find_keywords(&values, keywords);
		}
		list_free(&values);
	}
	if (varying < 2 || keywords->n == 0 || keywords->n > KEYWORDS_MAX ||
	    (double)count_rows(shape) == mixed)
		return 0;
	return first;
}

/* A copy of the columns, for the rows that have this value; NULL: any. */
static void
take_part(struct learn_shapes *shapes, struct learn_shape *from, size_t column,
    const char *value)
{
	struct learn_shape part = {.n = from->n};

	part.v = show_need(calloc(from->n, sizeof(*part.v)));
	for (size_t i = 0; i < from->n; i++) {
		part.v[i] = from->v[i];
		part.v[i].lead = show_need(strdup(from->v[i].lead));
	}
	for (size_t i = 0; i < from->nrows; i++) {
		struct learn_row *row = &from->rows[i];

		if (row->cells == NULL ||
		    (value != NULL && strcmp(row->cells[column], value) != 0))
			continue;
		add_row(&part, row);
		row->cells = NULL;
	}
	if (part.nrows > 0)
		add_shape(shapes, &part);
	else
		learn_shape_free(&part);
}

void
learn_shapes_split(struct learn_shapes *shapes)
{
	/* What is added at the end is looked at in its turn. */
	for (size_t i = 0; i < shapes->n; i++) {
		struct learn_shape from = shapes->v[i];
		struct list keywords = {0};
		size_t column = find_subcommands(&from, &keywords);

		for (size_t j = 0; column != 0 && j < keywords.n; j++)
			take_part(shapes, &from, column, keywords.v[j]);
		list_free(&keywords);
		if (column == 0)
			continue;
		take_part(shapes, &from, column, NULL);
		learn_shape_free(&from);
		shapes->v[i] = shapes->v[--shapes->n];
		i--;
	}
}
