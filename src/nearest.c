/* A guess at what a misspelt word means: the edit distance of short names. */

#include <string.h>

#include "nearest.h"

enum { EDITS_MAX = 2, LENGTH_MAX = 64 };

static size_t
least(size_t a, size_t b, size_t c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Levenshtein's distance, by rows. b is at most LENGTH_MAX long. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[LENGTH_MAX + 1], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a != '\0'; a++, i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = corner + (*a != b[j - 1]);

			corner = row[j];
			row[j] = least(change, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[n];
}

void
nearest_offer(struct nearest *nearest, const char *name)
{
	size_t edits;

	if (strlen(nearest->word) > LENGTH_MAX || strlen(name) > LENGTH_MAX)
		return;
	edits = distance(nearest->word, name);
	/* A word of which nothing is kept resembles nothing. */
	if (edits > EDITS_MAX || edits >= strlen(nearest->word))
		return;
	if (nearest->best != NULL && nearest->edits <= edits)
		return;
	nearest->best = name;
	nearest->edits = edits;
}
