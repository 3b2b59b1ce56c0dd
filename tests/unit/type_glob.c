/* The glob matcher against fnmatch(3): every small pattern, every short
 * word. Rows of the type itself are in type.c. */

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "every.h"
#include "type_glob.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct type_glob *
parse(const char *text)
{
	struct fault fault = {0};
	struct type_glob *glob = type_glob_parse(text, &fault);

	if (glob == NULL)
		fail_msg("`%s`: %s", text, fault.text);
	return glob;
}

/* Alphabets of patterns and of words, with the longest of each. */
static const struct {
	const char *patterns;
	size_t pattern;
	const char *words;
	size_t word;
} spaces[] = {
    {"ab*?/", 5, "ab/", 6},
    {"a*", 9, "ab", 8},
    {"ab*?[]!-\\/", 4, "ab/]-", 4},
    {"a[]^-\\c:", 5, "abc]^-\\:", 1},
    {"*[a]/", 6, "a/b", 5},
};

static size_t
compare_words(const char *pattern, const char *alphabet, size_t max)
{
	struct fault fault = {0};
	struct type_glob *glob = type_glob_parse(pattern, &fault);
	char word[16] = "";
	size_t pairs = 0;

	if (glob == NULL)
		return 0;
	/* glibc finds no escaped slash behind a star; POSIX does. */
	if (strstr(pattern, "\\/") != NULL) {
		type_glob_free(glob);
		return 0;
	}
	do {
		bool got = type_glob_accepts(glob, word, strlen(word));

		if (got != (fnmatch(pattern, word, FNM_PATHNAME) == 0))
			fail_msg("`%s` on `%s`: %d", pattern, word, got);
		pairs++;
	} while (every_string(word, alphabet, max));
	type_glob_free(glob);
	return pairs;
}

static void
test_same_as_fnmatch(void **state)
{
	size_t pairs = 0;

	(void)state;
	for (size_t i = 0; i < NELEM(spaces); i++) {
		char pattern[16] = "";

		do
			pairs += compare_words(pattern, spaces[i].words,
			    spaces[i].word);
		while (every_string(pattern, spaces[i].patterns,
		    spaces[i].pattern));
	}
	print_message("%zu pairs\n", pairs);
	assert_true(pairs > 5000000);
}

static void
test_escaped_slash(void **state)
{
	struct type_glob *glob = parse("*\\/b");

	(void)state;
	assert_true(type_glob_accepts(glob, "aa/b", 4));
	assert_false(type_glob_accepts(glob, "a/a/b", 5));
	type_glob_free(glob);
}

/* Brackets, with each byte that there is. */
static void
test_brackets(void **state)
{
	static const char *const brackets[] = {"[a]", "[!a]", "[^a]", "[a-c]",
	    "[!a-c]", "[]]", "[!]]", "[]-a]", "[a-]", "[-a]", "[!-a]", "[--0]",
	    "[+--]", "[*?]", "[[]", "[a[]", "[a^]", "[a!]", "[\\]]", "[\\!a]",
	    "[a\\-c]", "[\\a-\\c]", "[\\\\]", "[ -~]", "[!!]", "[^^]",
	    "[[:alnum:]]", "[[:alpha:]]", "[[:blank:]]", "[[:cntrl:]]",
	    "[[:digit:]]", "[[:graph:]]", "[[:lower:]]", "[[:print:]]",
	    "[[:punct:]]", "[[:space:]]", "[[:upper:]]", "[[:xdigit:]]",
	    "[![:alpha:]]", "[[:digit:]a-c_]", "[[:digit:]-]", "[_[:upper:]]",
	    "[:a]", "[a:]", "[[:digit:][:upper:]]", "?", "\\*", "\\a", "]", "!",
	    "^", "{", "\xc3"};

	(void)state;
	for (size_t i = 0; i < NELEM(brackets); i++) {
		struct type_glob *glob = parse(brackets[i]);

		for (int c = 1; c < 256; c++) {
			char word[] = {(char)c, '\0'};

			if (type_glob_accepts(glob, word, 1) !=
			    (fnmatch(brackets[i], word, FNM_PATHNAME) == 0))
				fail_msg("`%s` on byte %d", brackets[i], c);
		}
		assert_false(type_glob_accepts(glob, "", 0));
		type_glob_free(glob);
	}
}

/* The helpers of overlap, against all short words. */
static void
check_meets(const struct type_glob *a, const struct type_glob *b,
    const char *one, const char *two)
{
	char word[8] = "";
	bool meets = type_glob_meets(a, b);

	assert_int_equal(meets, type_glob_meets(b, a));
	if (meets)
		return;
	do
		if (type_glob_accepts(a, word, strlen(word)) &&
		    type_glob_accepts(b, word, strlen(word)))
			fail_msg("`%s` and `%s` both take `%s`", one, two,
			    word);
	while (every_string(word, "ab/", 4));
}

static void
test_meets(void **state)
{
	char one[8] = "";

	(void)state;
	do {
		struct type_glob *a = parse(one);
		char two[8] = "";

		do {
			struct type_glob *b = parse(two);

			check_meets(a, b, one, two);
			type_glob_free(b);
		} while (every_string(two, "ab*?", 3));
		type_glob_free(a);
	} while (every_string(one, "ab*?", 3));
}

static void
test_starts(void **state)
{
	char pattern[8] = "";

	(void)state;
	do {
		struct type_glob *glob = parse(pattern);
		char word[8] = "";

		do
			for (size_t n = 0; n <= strlen(word); n++)
				if (type_glob_accepts(glob, word,
					strlen(word)) &&
				    !type_glob_starts(glob, word, n))
					fail_msg("`%s`, `%s`, %zu", pattern,
					    word, n);
		while (every_string(word, "ab/", 4));
		type_glob_free(glob);
	} while (every_string(pattern, "ab*?/", 3));
}

static void
test_starts_not(void **state)
{
	struct type_glob *glob = parse("a[bc]?*z");

	(void)state;
	assert_true(type_glob_starts(glob, "abxyz", 5));
	assert_true(type_glob_starts(glob, "", 0));
	assert_false(type_glob_starts(glob, "b", 1));
	assert_false(type_glob_starts(glob, "ad", 2));
	assert_false(type_glob_starts(glob, "ab/", 3));
	type_glob_free(glob);
	glob = parse("ab");
	assert_true(type_glob_starts(glob, "ab", 2));
	assert_false(type_glob_starts(glob, "abc", 3));
	type_glob_free(glob);
}

static char *
repeated(const char *part, size_t n, const char *after)
{
	size_t len = strlen(part);
	char *text = malloc(n * len + strlen(after) + 1);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, part, len);
	memcpy(text + n * len, after, strlen(after) + 1);
	return text;
}

/* Patterns that cost a matcher which goes back an exponential time. */
static void
test_finishes(void **state)
{
	static const struct {
		const char *part;
		size_t n;
		const char *after;
	} patterns[] = {
	    {"*a", 511, "b"},
	    {"a*", 511, "b"},
	    {"*?", 511, "b"},
	    {"*[!b]", 170, "b"},
	    {"*[ab]", 200, "c"},
	    {"*/", 511, "b"},
	};
	char *as = repeated("a", 130000, ""),
	     *slashes = repeated("a/", 600, "");

	(void)state;
	alarm(60);
	for (size_t i = 0; i < NELEM(patterns); i++) {
		char *text = repeated(patterns[i].part, patterns[i].n,
		    patterns[i].after);
		struct type_glob *glob = parse(text);

		assert_false(type_glob_accepts(glob, as, strlen(as)));
		assert_false(type_glob_accepts(glob, slashes, strlen(slashes)));
		type_glob_free(glob);
		free(text);
	}
	alarm(0);
	free(as);
	free(slashes);
}

static void
test_length(void **state)
{
	struct fault fault = {0};
	char *text = repeated("a", TYPE_GLOB_MAX, "");
	struct type_glob *glob = parse(text);

	(void)state;
	assert_true(type_glob_accepts(glob, text, TYPE_GLOB_MAX));
	assert_false(type_glob_accepts(glob, text, TYPE_GLOB_MAX - 1));
	type_glob_free(glob);
	free(text);
	text = repeated("a", TYPE_GLOB_MAX + 1, "");
	assert_null(type_glob_parse(text, &fault));
	assert_int_equal(fault.why, WHY_POLICY);
	assert_non_null(strstr(fault.text, "1025 bytes; write at most 1024"));
	free(text);
	type_glob_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_as_fnmatch),
	    cmocka_unit_test(test_escaped_slash),
	    cmocka_unit_test(test_brackets),
	    cmocka_unit_test(test_meets),
	    cmocka_unit_test(test_starts),
	    cmocka_unit_test(test_starts_not),
	    cmocka_unit_test(test_finishes),
	    cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
