/* A table in as many columns of a terminal as there are. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/columns.h"
#include "ctl/fit.h"
#include "ctl/show.h"

#define COLUMNS_MAX 16
#define GAP 2
#define FIRST_MIN 8
#define BAR_MIN 6
#define BAR_MAX 30
#define LEGEND "# ran, x refused"

struct row {
	char *cells[COLUMNS_MAX];
	unsigned long long done;
	unsigned long long other;
};

struct columns {
	const struct column *v;
	size_t n;
	struct row *rows;
	size_t nrows;
};

/* What is shown, and how wide. */
struct layout {
	bool shown[COLUMNS_MAX];
	unsigned width[COLUMNS_MAX];
	unsigned bar; /* 0: none */
	unsigned long long max; /* of done and other */
};

struct columns *
columns_new(const struct column *v, size_t n)
{
	struct columns *columns = show_need(calloc(1, sizeof(*columns)));

	if (n > COLUMNS_MAX)
		abort();
	columns->v = v;
	columns->n = n;
	return columns;
}

void
columns_free(struct columns *columns)
{
	for (size_t i = 0; i < columns->nrows; i++)
		for (size_t j = 0; j < columns->n; j++)
			free(columns->rows[i].cells[j]);
	free(columns->rows);
	free(columns);
}

void
columns_add(struct columns *columns, char *const *cells,
    unsigned long long done, unsigned long long other)
{
	struct row *row;

	/* Doubled at each power of two. */
	if ((columns->nrows & (columns->nrows - 1)) == 0)
		columns->rows = show_need(reallocarray(columns->rows,
		    columns->nrows > 0 ? columns->nrows * 2 : 1,
		    sizeof(*columns->rows)));
	row = &columns->rows[columns->nrows++];
	*row = (struct row) {.done = done, .other = other};
	memcpy(row->cells, cells, columns->n * sizeof(*cells));
}

static bool
is_empty(const struct columns *columns, size_t column)
{
	for (size_t i = 0; i < columns->nrows; i++) {
		const char *cell = columns->rows[i].cells[column];

		if (strcmp(cell, "-") != 0 && strcmp(cell, "0") != 0)
			return false;
	}
	return true;
}

static unsigned
sum(const struct columns *columns, const struct layout *layout)
{
	unsigned width = 0;

	for (size_t i = 0; i < columns->n; i++)
		if (layout->shown[i])
			width += layout->width[i] + (i > 0 ? GAP : 0);
	return width;
}

static void
measure(const struct columns *columns, struct layout *layout)
{
	for (size_t i = 0; i < columns->n; i++) {
		layout->shown[i] =
		    columns->v[i].rank == 0 || !is_empty(columns, i);
		layout->width[i] = (unsigned)strlen(columns->v[i].title);
		for (size_t j = 0; j < columns->nrows; j++) {
			unsigned n = fit_columns(columns->rows[j].cells[i]);

			if (n > layout->width[i])
				layout->width[i] = n;
		}
	}
	for (size_t j = 0; j < columns->nrows; j++) {
		const struct row *row = &columns->rows[j];

		if (row->done + row->other > layout->max)
			layout->max = row->done + row->other;
	}
}

/* The column that leaves next: of the highest rank, the last; 0: none. */
static size_t
next_to_leave(const struct columns *columns, const struct layout *layout)
{
	size_t leaves = 0;

	for (size_t i = 1; i < columns->n; i++)
		if (layout->shown[i] && columns->v[i].rank > 0 &&
		    (leaves == 0 ||
			columns->v[i].rank >= columns->v[leaves].rank))
			leaves = i;
	return leaves;
}

static void
fit(const struct columns *columns, struct layout *layout, unsigned width)
{
	unsigned need = sum(columns, layout), first;
	size_t leaves;

	if (width == 0) {
		layout->bar = BAR_MAX;
		return;
	}
	/* A long name is cut before anything else leaves for it. */
	if (need > width && layout->width[0] > 3 * FIRST_MIN)
		layout->width[0] = 3 * FIRST_MIN;
	while ((need = sum(columns, layout)) > width &&
	    (leaves = next_to_leave(columns, layout)) != 0)
		layout->shown[leaves] = false;
	if (need > width) {
		first = need - width;
		layout->width[0] = layout->width[0] > FIRST_MIN + first ?
		    layout->width[0] - first :
		    FIRST_MIN;
	}
	if (width >= need + GAP + BAR_MIN)
		layout->bar = width - need - GAP;
	if (layout->bar > BAR_MAX)
		layout->bar = BAR_MAX;
}

static void
print_cell(const struct columns *columns, const struct layout *layout, size_t i,
    char *cell)
{
	const struct column *column = &columns->v[i];
	unsigned have;

	if (i == 0)
		cell = fit_cut(cell, layout->width[0]);
	have = fit_columns(cell);
	have = have < layout->width[i] ? layout->width[i] - have : 0;
	printf("%*s%*s%s%*s", i > 0 ? GAP : 0, "", column->left ? 0 : (int)have,
	    "", cell, column->left ? (int)have : 0, "");
	free(cell);
}

static void
print_marks(char mark, unsigned n)
{
	while (n-- > 0)
		putchar(mark);
}

static void
print_bar(const struct layout *layout, const struct row *row)
{
	unsigned done = fit_share(row->done, layout->max, layout->bar);
	unsigned other = fit_share(row->other, layout->max, layout->bar);

	/* Each was rounded, and each shows when there is any. */
	while (done + other > layout->bar) {
		if (done > other)
			done--;
		else
			other--;
	}
	print_marks(' ', GAP);
	print_marks('#', done);
	print_marks('x', other);
}

static void
print_line(const struct columns *columns, const struct layout *layout,
    char *const *cells)
{
	for (size_t i = 0; i < columns->n; i++)
		if (layout->shown[i])
			print_cell(columns, layout, i,
			    show_need(strdup(cells[i])));
}

static void
print_titles(const struct columns *columns, const struct layout *layout)
{
	for (size_t i = 0; i < columns->n; i++)
		if (layout->shown[i])
			print_cell(columns, layout, i,
			    show_need(strdup(columns->v[i].title)));
	if (layout->bar >= sizeof(LEGEND) - 1)
		printf("%*s" LEGEND, GAP, "");
	putchar('\n');
}

void
columns_print(const struct columns *columns, unsigned width)
{
	struct layout layout = {0};

	measure(columns, &layout);
	fit(columns, &layout, width);
	print_titles(columns, &layout);
	for (size_t i = 0; i < columns->nrows; i++) {
		print_line(columns, &layout, columns->rows[i].cells);
		if (layout.bar > 0)
			print_bar(&layout, &columns->rows[i]);
		putchar('\n');
	}
}
