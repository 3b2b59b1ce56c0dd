#ifndef GK_CTL_LEARN_GROUP_H
#define GK_CTL_LEARN_GROUP_H

#include <stdbool.h>
#include <stddef.h>

struct list;
struct seen;

/* One word of a shape: an option as it is, or a place for values. */
struct learn_column {
	char *lead; /* the whole word, or what stands before the value */
	bool fixed;
	unsigned group; /* 0: in every request; else which [ ], from 1 */
};

/* A request in it. A cell is what the request has in a column, behind the
 * lead; NULL: the column is absent. Cells are of the request's own words. */
struct learn_row {
	struct seen *seen;
	const char **cells;
};

/* Requests of one program with the same options in the same places. */
struct learn_shape {
	struct learn_column *v;
	size_t n;
	struct learn_row *rows;
	size_t nrows;
};

struct learn_shapes {
	struct learn_shape *v;
	size_t n;
};

#define LEARN_SHAPES_MAX 500

/* Puts a request, of these words, to those of its shape. false: there are
 * LEARN_SHAPES_MAX others. */
bool
learn_shapes_add(struct learn_shapes *, struct seen *, const struct list *);
/* Takes apart what words such as `start` and `stop` tell apart, where their
 * other words would otherwise be mixed. */
void learn_shapes_split(struct learn_shapes *);
/* Drops those that no request is left in. */
void learn_shapes_prune(struct learn_shapes *);
/* Makes one of two that differ in an option which one of them lacks, where
 * that is accepted. */
typedef bool learn_accepts(const struct learn_shape *, void *);
void learn_shapes_merge(struct learn_shapes *, learn_accepts *, void *);
void learn_shapes_free(struct learn_shapes *);

void learn_shape_free(struct learn_shape *);
/* The different values of a column, sorted. */
void
learn_shape_values(const struct learn_shape *, size_t column, struct list *);
/* In how many requests a column stands. */
unsigned long learn_shape_times(const struct learn_shape *, size_t column);

#endif
