/* The regex matcher against regexec(3): every small expression, every short
 * word. Rows of the type itself are in type.c. */

#include <regex.h>
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
#include "type_regex.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct type_regex *
parse(const char *text)
{
	struct fault fault = {0};
	struct type_regex *regex = type_regex_parse(text, &fault);

	if (regex == NULL)
		fail_msg("`%s`: %s", text, fault.text);
	return regex;
}

/* The same expression in libc, anchored as gatekeeper means it. */
static void
compile(regex_t *libc, const char *text)
{
	char *anchored;

	assert_true(asprintf(&anchored, "^(%s)$", text) != -1);
	if (regcomp(libc, anchored, REG_EXTENDED | REG_NOSUB) != 0)
		fail_msg("`%s` is none to libc", text);
	free(anchored);
}

/* Alphabets of expressions and of words, with the longest of each. */
static const struct {
	const char *expressions;
	size_t expression;
	const char *words;
	size_t word;
} spaces[] = {
    {"ab|()*+?.^$", 4, "ab", 4},
    {"a|()*?b", 6, "ab", 4},
    {"a()+*", 6, "a", 6},
    {"ab(){}012,", 6, "ab", 5},
    {"a[]^-\\c", 5, "abc]^-\\", 2},
    {"a.$^|", 5, "a$^|", 3},
};

static size_t
compare_words(const char *text, const char *alphabet, size_t max)
{
	struct fault fault = {0};
	struct type_regex *regex = type_regex_parse(text, &fault);
	char word[16] = "";
	size_t pairs = 0;
	regex_t libc;

	if (regex == NULL)
		return 0;
	compile(&libc, text);
	do {
		bool got = type_regex_accepts(regex, word, strlen(word));

		if (got != (regexec(&libc, word, 0, NULL, 0) == 0))
			fail_msg("`%s` on `%s`: %d", text, word, got);
		pairs++;
	} while (every_string(word, alphabet, max));
	regfree(&libc);
	type_regex_free(regex);
	return pairs;
}

static void
test_same_as_libc(void **state)
{
	size_t pairs = 0;

	(void)state;
	for (size_t i = 0; i < NELEM(spaces); i++) {
		char text[16] = "";

		do
			pairs += compare_words(text, spaces[i].words,
			    spaces[i].word);
		while (every_string(text, spaces[i].expressions,
		    spaces[i].expression));
	}
	print_message("%zu pairs\n", pairs);
	assert_true(pairs > 1000000);
}

/* Larger ones than all can be tried of. */
static void
test_samples(void **state)
{
	static const char *const samples[] = {"(a|b)*a(a|b){3}",
	    "((a|b){2}){2}", "(a{2}|b{3}){2,4}", "(a?){4}", "(a?b?){2,3}",
	    "(a*){2,}b", "(a+){2}", "(a|ab)(b|ba)?", "(ab|a)(bab|b)*",
	    "((a|b)(a|b))*", "(a|b|ab|ba){2}", "a{1,3}b{0,2}", "(a{0,2}b){0,2}",
	    "a{3,}", "(ab){1,}", "(^a|b$)c?", "(^|a)b($|a)",
	    "(a|b|aa|bb){1,2}a*", "((a*)*|b)*", "(a*|b*)*", "(a|(b|(a|b)a)b)a?",
	    "[ab]{2,3}a|b"};

	(void)state;
	for (size_t i = 0; i < NELEM(samples); i++)
		assert_true(compare_words(samples[i], "ab", 9) == 1023);
}

/* glibc forgets an anchor that is repeated, and takes "aa" too. */
static void
test_anchors(void **state)
{
	struct type_regex *regex = parse("(^a|b$)+");

	(void)state;
	assert_true(type_regex_accepts(regex, "a", 1));
	assert_true(type_regex_accepts(regex, "ab", 2));
	assert_false(type_regex_accepts(regex, "aa", 2));
	assert_false(type_regex_accepts(regex, "bb", 2));
	type_regex_free(regex);
}

/* Sets and literals, with each byte that there is. */
static void
test_bytes(void **state)
{
	static const char *const texts[] = {"[a]", "[^a]", "[a-c]", "[^a-c]",
	    "[]]", "[^]]", "[]-a]", "[a-]", "[-a]", "[^-a]", "[--0]", "[+--]",
	    "[*?]", "[[]", "[a[]", "[a^]", "[!a]", "[\\\\]", "[^\\\\]", "[ -~]",
	    "[^^]", "[[:alnum:]]", "[[:alpha:]]", "[[:blank:]]", "[[:cntrl:]]",
	    "[[:digit:]]", "[[:graph:]]", "[[:lower:]]", "[[:print:]]",
	    "[[:punct:]]", "[[:space:]]", "[[:upper:]]", "[[:xdigit:]]",
	    "[^[:alpha:]]", "[[:digit:]a-c_]", "[[:digit:]-]", "[:a]", "[a:]",
	    "[/]", "[.]", "[a.]", "[=a]", ".", "\\.", "\\*", "\\[", "\\]",
	    "\\{", "\\}", "\\^", "\\$", "\\|", "\\(", "\\)", "\\+", "\\?",
	    "\\/", "\\-", "\\\\", "]", "}", "/", "-", "!", "\xc3", "a|\xff"};

	(void)state;
	for (size_t i = 0; i < NELEM(texts); i++) {
		struct type_regex *regex = parse(texts[i]);
		regex_t libc;

		compile(&libc, texts[i]);
		for (int c = 1; c < 256; c++) {
			char word[] = {(char)c, '\0'};

			if (type_regex_accepts(regex, word, 1) !=
			    (regexec(&libc, word, 0, NULL, 0) == 0))
				fail_msg("`%s` on byte %d", texts[i], c);
		}
		regfree(&libc);
		type_regex_free(regex);
	}
}

static char *
repeated(const char *before, const char *part, size_t n, const char *after)
{
	size_t len = strlen(part), at = strlen(before);
	char *text = malloc(at + n * len + strlen(after) + 1);

	assert_non_null(text);
	memcpy(text, before, at);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(text + at, part, len);
	memcpy(text + at, after, strlen(after) + 1);
	return text;
}

/*
 * What costs other matchers an exponential time or memory. `accepted` is for
 * 4096 times `a`; the mixed word makes states that never come again.
 */
static const struct {
	const char *before, *part;
	size_t n;
	const char *after;
	bool accepted;
} costly[] = {
    {"", "(a*)*b", 1, "", false},
    {"", "(a*)*", 1, "", true},
    {"", "(a+)+b", 1, "", false},
    {"", "(a|a)*b", 1, "", false},
    {"", "(a|aa)+b", 1, "", false},
    {"", "(a|a?)+b", 1, "", false},
    {"", "(.*)", 200, "b", false},
    {"", "(.*)", 200, "", true},
    {"", ".*a", 200, "b", false},
    {"", "a?", 300, "b", false},
    {"(", "a?", 300, ")*b", false},
    {"((((((((((((((((a", "+)", 16, "b", false},
    {"((((((((((((((((a", "*)", 16, "*b", false},
    {"(a", "|a", 300, ")*b", false},
    {"(.*a", "|.*a", 150, ")*b", false},
    {"(a", "|a", 300, ")*", true},
    {"", ".*a.{255}", 1, "", true},
    {"", "(a|b)*a(a|b){120}", 1, "", true},
    {"", "(.*a.{200}){2}", 1, "b", false},
    {"", "(a{1,20}){1,20}b", 1, "", false},
    {"", "((a{1,5}){1,5}){1,5}b", 1, "", false},
    {"", "(a{0,20}){0,20}b", 1, "", false},
};

static void
test_finishes(void **state)
{
	char *as = repeated("", "a", TYPE_REGEX_WORD_MAX, "");
	char *mixed = repeated("", "a", TYPE_REGEX_WORD_MAX, "");
	unsigned random = 1;

	(void)state;
	for (size_t i = 0; i < TYPE_REGEX_WORD_MAX; i++) {
		random = random * 1103515245 + 12345;
		mixed[i] = random >> 30 & 1 ? 'a' : 'c';
	}
	alarm(120);
	for (size_t i = 0; i < NELEM(costly); i++) {
		char *text = repeated(costly[i].before, costly[i].part,
		    costly[i].n, costly[i].after);
		struct type_regex *regex = parse(text);

		if (type_regex_accepts(regex, as, TYPE_REGEX_WORD_MAX) !=
		    costly[i].accepted)
			fail_msg("`%s`", text);
		type_regex_accepts(regex, mixed, TYPE_REGEX_WORD_MAX);
		type_regex_free(regex);
		free(text);
	}
	alarm(0);
	free(as);
	free(mixed);
}

static void
refuses(const char *text, const char *says)
{
	struct fault fault = {0};

	if (type_regex_parse(text, &fault) != NULL)
		fail_msg("`%.80s` was accepted", text);
	assert_int_equal(fault.why, WHY_POLICY);
	if (strstr(fault.text, says) == NULL)
		fail_msg("`%.80s` says: %s", text, fault.text);
}

/* The limits, on both sides of each. */
static void
test_limits(void **state)
{
	static const struct {
		const char *before, *part;
		size_t fits; /* one more does not */
		const char *after;
		const char *says;
	} limits[] = {
	    {"", "a", TYPE_REGEX_STEPS_MAX - 1, "", "more than 1000"},
	    {"[", "a", TYPE_REGEX_MAX - 2, "]", "1025 bytes"},
	    {"(((((((((((((((((((((((((((((((", "(", 1,
		"a))))))))))))))))))))))))))))))))", "nest 32 deep"},
	    {"", "a{250}", 3, "", "more than 1000"},
	    {"", "a{1,100}", 5, "", "more than 1000"},
	    {"", "a|", 332, "b", "more than 1000"},
	};
	struct type_regex *regex;
	char *text;

	(void)state;
	for (size_t i = 0; i < NELEM(limits); i++) {
		text = repeated(limits[i].before, limits[i].part,
		    limits[i].fits, limits[i].after);
		regex = parse(text);
		type_regex_free(regex);
		free(text);
		text = repeated(limits[i].before, limits[i].part,
		    limits[i].fits + 1, limits[i].after);
		refuses(text, limits[i].says);
		free(text);
	}
	refuses("((((a{255}){255}){255}){255}){255}", "more than 1000");
	refuses("((((((((((a{2}){2}){2}){2}){2}){2}){2}){2}){2}){2})",
	    "more than 1000");
	refuses("(a{1,255}){1,255}", "more than 1000");
	refuses("((^{255}){255}){255}", "cannot be repeated");
	refuses("(((^){255}){255}){255}", "more than 1000");
}

static void
test_word_length(void **state)
{
	struct type_regex *regex = parse("a*");
	char *word = repeated("", "a", TYPE_REGEX_WORD_MAX + 1, "");

	(void)state;
	assert_true(type_regex_accepts(regex, word, TYPE_REGEX_WORD_MAX));
	assert_false(type_regex_accepts(regex, word, TYPE_REGEX_WORD_MAX + 1));
	free(word);
	type_regex_free(regex);
	type_regex_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_as_libc),
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_anchors),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_finishes),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_word_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
