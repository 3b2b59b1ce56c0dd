#ifndef GK_CTL_COLUMNS_H
#define GK_CTL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

/* A table that fits: columns leave until it does, those of the highest rank
 * first, and then the first one is cut. Where room is left, a bar. */
struct column {
	const char *title;
	bool left; /* aligned so */
	unsigned rank; /* 0: stays */
};

struct columns;

struct columns *columns_new(const struct column *, size_t n);
/* Takes over the cells, which are safe. Of the bar, `done` is `#` and `other`
 * is `x`. */
void columns_add(struct columns *, char *const *cells, unsigned long long done,
    unsigned long long other);
/* Width 0: no limit. */
void columns_print(const struct columns *, unsigned width);
void columns_free(struct columns *);

#endif
