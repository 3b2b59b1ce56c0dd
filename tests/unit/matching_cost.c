/*
 * The cost of a decision, in steps and not in time: linear in the rules, in
 * the bytes of the command and in the size of a pattern. Doubled three
 * times, what is linear grows by twice as much each time, what is quadratic
 * by four times as much; a fixed cost has no part in that.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../bench/grid.h"
#include "../bench/steps.h"
#include "list.h"
#include "type.h"

/* Room for units that do not divide the bytes. */
#define TWICE 2.4
#define RULES 4
#define BYTES ((size_t)2 * 1024)

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* The text is head, unit n times, tail; the word is its bytes over and over. */
struct growth {
	const char *head, *unit, *tail;
	const char *word;
	size_t n;
};

static const struct growth patterns[] = {
    {"glob *", "a", "b", "a", 32},
    {"glob ", "*a", "b", "a", 32},
    {"glob ", "*a", "bb", "ab", 32},
    {"glob ", "*?", "/b", "a", 32},
    {"glob *", "[a-z]", "0", "a", 32},
    {"regex ", "a*", "b", "a", 32},
    {"regex ", "(a|aa)*", "b", "a", 16},
    {"regex .*a", ".", "b", "a", 32},
    {"regex (b|", "a|", "a)*b", "a", 32},
    {"regex (", "(a?)", ")*b", "a", 32},
    {"regex (", "(a*)*", ")*b", "a", 16},
};

/* What the last doubling added, by what the one before it added. */
static void
check_growth(const char *name, const char *what, const uint64_t at[3])
{
	double before = (double)at[1] - (double)at[0];
	double after = (double)at[2] - (double)at[1];

	if (after > TWICE * before + 1000)
		fail_msg("%s: %s doubled: %llu, %llu, %llu steps", name, what,
		    (unsigned long long)at[0], (unsigned long long)at[1],
		    (unsigned long long)at[2]);
}

static uint64_t
count(const struct row *row, size_t rules, size_t bytes)
{
	char *command = grid_command(row, bytes);
	struct policy policy;
	uint64_t taken;
	bool refuses;

	grid_parse(&policy, row, "/nonexistent", rules);
	steps = 0;
	refuses = grid_refuses(&policy, command);
	taken = steps;
	assert_true(refuses);
	/* Else nothing was counted, and all that follows is idle. */
	assert_true(taken > bytes);
	policy_free(&policy);
	free(command);
	return taken;
}

/* What paths cost is the file system's. */
static bool
is_pure(const struct row *row)
{
	return strstr(row->rule, "DIR") == NULL &&
	    strstr(row->last, "DIR") == NULL;
}

static void
test_rules(void **state)
{
	uint64_t at[3];

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		if (!is_pure(&rows[i]))
			continue;
		for (size_t j = 0; j < NELEM(at); j++)
			at[j] = count(&rows[i], (size_t)RULES << j, BYTES);
		check_growth(rows[i].name, "rules", at);
	}
}

static void
test_bytes(void **state)
{
	uint64_t at[3];

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		if (!is_pure(&rows[i]))
			continue;
		for (size_t j = 0; j < NELEM(at); j++)
			at[j] = count(&rows[i], RULES, BYTES << j);
		check_growth(rows[i].name, "bytes", at);
	}
}

static char *
grow(const struct growth *growth, size_t n)
{
	char *text;
	size_t size;
	FILE *f = grid_open(&text, &size);

	fputs(growth->head, f);
	for (size_t i = 0; i < n; i++)
		fputs(growth->unit, f);
	fputs(growth->tail, f);
	fclose(f);
	return text;
}

static uint64_t
count_type(const struct growth *growth, size_t n, size_t bytes)
{
	char *text = grow(growth, n), *word = malloc(bytes + 1);
	struct fault fault = {0};
	struct type *type = type_parse(text, &fault);
	uint64_t taken;
	bool accepts;

	if (type == NULL)
		fail_msg("%s: %s", text, fault.text);
	assert_non_null(word);
	for (size_t i = 0; i < bytes; i++)
		word[i] = growth->word[i % strlen(growth->word)];
	word[bytes] = '\0';
	steps = 0;
	accepts = type_accepts(type, word, bytes);
	taken = steps;
	if (accepts)
		fail_msg("%s: accepted", text);
	assert_true(taken > n);
	free(word);
	type_free(type);
	free(text);
	return taken;
}

static void
test_patterns(void **state)
{
	uint64_t at[3];

	(void)state;
	for (size_t i = 0; i < NELEM(patterns); i++) {
		const struct growth *g = &patterns[i];

		for (size_t j = 0; j < NELEM(at); j++)
			at[j] = count_type(g, g->n << j, 1000);
		check_growth(g->unit, "the pattern", at);
		for (size_t j = 0; j < NELEM(at); j++)
			at[j] = count_type(g, g->n, (size_t)1000 << j);
		check_growth(g->unit, "the word", at);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
