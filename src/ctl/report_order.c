/* The order in which a report tells what it counted. */

#include <stdlib.h>
#include <string.h>

#include "ctl/report.h"

static int
by_text(const struct item *a, const struct item *b)
{
	int order = strcmp(a->text, b->text);

	if (order != 0)
		return order;
	/* What was cut may look the same; the hash differs by run. */
	return a->size < b->size ? -1 : a->size > b->size;
}

static int
by_count(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a;
	const struct item *y = *(struct item *const *)b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return by_text(x, y);
}

static unsigned long long
attempts(const struct item *item)
{
	const struct tally_key *key = item->data;

	return tally_sessions(&key->counts) + key->counts.refused;
}

static int
by_attempts(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a;
	const struct item *y = *(struct item *const *)b;
	unsigned long long m = attempts(x), n = attempts(y);

	if (m != n)
		return m > n ? -1 : 1;
	return by_text(x, y);
}

static int
by_refused(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a;
	const struct item *y = *(struct item *const *)b;
	const struct tally_key *k = x->data, *l = y->data;

	if (k->counts.refused != l->counts.refused)
		return k->counts.refused > l->counts.refused ? -1 : 1;
	return by_text(x, y);
}

struct item **
report_keys(const struct report *report)
{
	struct item **v = hashed_sort(&report->tally.keys,
	    report->refused ? by_refused : by_attempts);
	size_t n = 0;

	for (struct item **p = v; *p != NULL; p++) {
		const struct tally_key *key = (*p)->data;

		if (report->refused ? key->counts.refused > 0 : (*p)->n > 0)
			v[n++] = *p;
	}
	v[n] = NULL;
	return v;
}

struct item **
report_items(const struct hashed *set)
{
	struct item **v = hashed_sort(set, by_count);
	size_t n = 0;

	while (v[n] != NULL && v[n]->n > 0)
		n++;
	v[n] = NULL;
	return v;
}
