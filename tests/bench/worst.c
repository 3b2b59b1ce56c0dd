/*
 * Looks for the pattern and the word that cost the most steps for their
 * bytes: worst [ROUNDS [SEED]]. Both are mutated at random, and what costs
 * more is kept. What it finds belongs into grid.h.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "steps.h"
#include "type.h"
#include "why.h"

#define PATTERN_MAX 40
#define WORD_MAX 400

struct
try {
	char pattern[PATTERN_MAX + 1];
	char word[WORD_MAX + 1];
	double cost;
};

static unsigned long seed = 1;

static size_t
random_below(size_t n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (seed >> 33) % n;
}

/* Steps for each byte of the pattern and of the word, with what is fixed for
 * each call made small; 0: does not load. */
static double
cost_of(const char *kind, const struct try *try)
{
	char text[PATTERN_MAX + 16];
	struct fault fault = {0};
	struct type *type;
	size_t len = strlen(try->word);

	snprintf(text, sizeof(text), "%s %s", kind, try->pattern);
	type = type_parse(text, &fault);
	if (type == NULL)
		return 0;
	steps = 0;
	type_accepts(type, try->word, len);
	type_free(type);
	return (double)steps /
	    (double)((strlen(try->pattern) + 8) * (len + 80));
}

/* Changes, removes, inserts or doubles some bytes. */
static void
mutate(char *text, size_t max, const char *alphabet)
{
	size_t len = strlen(text), at = random_below(len + 1), n;
	char c = alphabet[random_below(strlen(alphabet))];

	switch (random_below(4)) {
	case 0:
		if (at < len)
			text[at] = c;
		return;
	case 1:
		if (at < len && len > 1)
			memmove(text + at, text + at + 1, len - at);
		return;
	case 2:
		if (len == max)
			return;
		memmove(text + at + 1, text + at, len - at + 1);
		text[at] = c;
		return;
	default:
		n = len - at < max - len ? len - at : max - len;
		memmove(text + at + n, text + at, len - at + 1);
	}
}

/* One start, from a pattern that a search by small steps would not find. */
static void
search(const char *kind, const char *first, const char *alphabet, long rounds)
{
	struct try best = {.word = "a"}, next;

	snprintf(best.pattern, sizeof(best.pattern), "%s", first);
	for (long i = 0; i < rounds; i++) {
		next = best;
		do
			mutate(next.pattern, PATTERN_MAX, alphabet);
		while (random_below(2) == 0);
		do
			mutate(next.word, WORD_MAX, "aab/");
		while (random_below(2) == 0);
		next.cost = cost_of(kind, &next);
		if (next.cost >= best.cost)
			best = next;
	}
	printf("%7.2f  %s %s\n         %.60s%s\n", best.cost, kind,
	    best.pattern, best.word, strlen(best.word) > 60 ? "..." : "");
	fflush(stdout);
}

int
main(int argc, char *argv[])
{
	static const char *const globs[] = {"a", "*a*b", "*[!b]a"};
	static const char *const regexes[] = {"a", "(a|b)*", "((a?){9}){9}"};
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 20000;

	if (argc > 3 || rounds < 1)
		errx(2, "usage: worst [ROUNDS [SEED]]");
	if (argc > 2)
		seed = strtoul(argv[2], NULL, 10);
	puts("steps for each byte of the pattern and of the word");
	for (size_t i = 0; i < sizeof(globs) / sizeof(globs[0]); i++)
		search("glob", globs[i], "aab*?/[]!-\\", rounds);
	for (size_t i = 0; i < sizeof(regexes) / sizeof(regexes[0]); i++)
		search("regex", regexes[i], "aab.*+?(){}|[]^$,129", rounds);
	return 0;
}
