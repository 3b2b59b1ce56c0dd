/*
 * words.c: what becomes of each kind of byte, where a refusal points, what
 * the marks say; and every short command held against a real shell.
 */

#include <sys/mman.h>

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "why.h"
#include "words.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static void
split(struct words *words, const char *text)
{
	struct fault fault = {0};

	if (words_split(words, text, &fault) == -1)
		fail_msg("`%s`: %s", text, fault.text);
	assert_int_equal(fault.why, WHY_UNDECIDED);
}

static const struct {
	const char *text;
	const char *words[5];
} rows[] = {
    {"", {NULL}},
    {" \t ", {NULL}},
    {"a", {"a"}},
    {" a  b\tc ", {"a", "b", "c"}},
    {"a\\ b", {"a b"}},
    {"''", {""}},
    {"'' \"\"", {"", ""}},
    {"a''b\"\"c", {"abc"}},
    {"a'b'\"c\"\\d", {"abcd"}},
    {"'a b'", {"a b"}},
    {"'\\'", {"\\"}},
    {"'a\"b'", {"a\"b"}},
    {"\"a'b\"", {"a'b"}},
    {"\"a\\\"b\"", {"a\"b"}},
    {"\"a\\\\b\"", {"a\\b"}},
    {"\"a\\$b\"", {"a$b"}},
    {"\"a\\`b\"", {"a`b"}},
    /* In double quotes a backslash stands before any other byte. */
    {"\"a\\bc\"", {"a\\bc"}},
    {"\"a\\'b\"", {"a\\'b"}},
    {"\"a\\ b\"", {"a\\ b"}},
    {"\\\\", {"\\"}},
    {"\\'", {"'"}},
    {"\\;\\&\\|\\<\\>", {";&|<>"}},
    {"';&|<>()$`#!{}*?[]~'", {";&|<>()$`#!{}*?[]~"}},
    {"\";&|<>()#!{}*?[]~\"", {";&|<>()#!{}*?[]~"}},
    {"a=b", {"a=b"}},
    {"^%@:,./_+-", {"^%@:,./_+-"}},
    {"\xc3\xa4 \xe2\x82\xac", {"\xc3\xa4", "\xe2\x82\xac"}},
    {"\\\xc3\xa4", {"\xc3\xa4"}},
    /* A no-break space is a letter like any other. */
    {"a\xc2\xa0ls", {"a\xc2\xa0ls"}},
};

static void
test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct words words;
		size_t n = 0;

		split(&words, rows[i].text);
		for (; rows[i].words[n] != NULL; n++) {
			assert_true(n < words.text.n);
			assert_string_equal(words.text.v[n], rows[i].words[n]);
			assert_int_equal(words.mark[n].special, 0);
			assert_int_equal(words.mark[n].at, 0);
			assert_null(words.mark[n].glob);
		}
		assert_int_equal(words.text.n, n);
		if (n > 0)
			assert_null(words.text.v[n]);
		words_free(&words);
		assert_null(words.text.v);
		assert_null(words.mark);
	}
}

static const struct {
	const char *text;
	enum why why;
	size_t at;
} refused[] = {
    {"a;b", WHY_SHELL_SYNTAX, 2},
    {"a b&", WHY_SHELL_SYNTAX, 4},
    {"|a", WHY_SHELL_SYNTAX, 1},
    {"a <b", WHY_SHELL_SYNTAX, 3},
    {"a >b", WHY_SHELL_SYNTAX, 3},
    {"(a", WHY_SHELL_SYNTAX, 1},
    {"a)", WHY_SHELL_SYNTAX, 2},
    {"a $b", WHY_SHELL_SYNTAX, 3},
    {"`a", WHY_SHELL_SYNTAX, 1},
    {"a#", WHY_SHELL_SYNTAX, 2},
    {"!a", WHY_SHELL_SYNTAX, 1},
    {"a{", WHY_SHELL_SYNTAX, 2},
    {"}", WHY_SHELL_SYNTAX, 1},
    {"a\nb", WHY_SHELL_SYNTAX, 2},
    /* Quoted or not: the record is one line, and argv goes on to others. */
    {"'a\nb'", WHY_SHELL_SYNTAX, 3},
    {"a\\\nb", WHY_SHELL_SYNTAX, 3},
    {"\"a$b\"", WHY_SHELL_SYNTAX, 3},
    {"\"a`b\"", WHY_SHELL_SYNTAX, 3},
    {"\"\\\\$b\"", WHY_SHELL_SYNTAX, 4},
    /* What is not closed is told where it opens. */
    {"ab 'c d", WHY_SHELL_SYNTAX, 4},
    {"ab \"c d", WHY_SHELL_SYNTAX, 4},
    {"a \"b\\\"", WHY_SHELL_SYNTAX, 3},
    {"'", WHY_SHELL_SYNTAX, 1},
    {"ab\\", WHY_SHELL_SYNTAX, 3},
    {"\"a\\", WHY_SHELL_SYNTAX, 1},
    {"a\x01", WHY_CONTROL_BYTE, 2},
    {"'a\x1b[0m'", WHY_CONTROL_BYTE, 3},
    {"\x7f", WHY_CONTROL_BYTE, 1},
    {"a\r", WHY_CONTROL_BYTE, 2},
    {"a \\\v", WHY_CONTROL_BYTE, 4},
    /* Bytes are judged first: syntax that comes later is not looked at. */
    {"a;b\x1f", WHY_CONTROL_BYTE, 4},
    {"a\xff", WHY_NOT_UTF8, 0},
    {"'\xc0\xaf'", WHY_NOT_UTF8, 0},
    {"\xed\xa0\x80", WHY_NOT_UTF8, 0},
    {"a\xc3", WHY_NOT_UTF8, 0},
};

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(refused); i++) {
		struct words words;
		struct fault fault = {0};

		memset(&words, 0xa5, sizeof(words));
		if (words_split(&words, refused[i].text, &fault) != -1)
			fail_msg("accepted: `%s`", refused[i].text);
		if (fault.why != refused[i].why || fault.at != refused[i].at)
			fail_msg("`%s`: %s at %zu", refused[i].text,
			    why_name(fault.why), fault.at);
		assert_string_not_equal(fault.text, "");
		assert_int_equal(words.text.n, 0);
		assert_null(words.text.v);
		assert_null(words.mark);
	}
}

static void
check_length(size_t len, char fill, int expected)
{
	char *text = malloc(len + 1);
	struct words words;
	struct fault fault = {0};

	assert_non_null(text);
	memset(text, fill, len);
	text[len] = '\0';
	assert_int_equal(words_split(&words, text, &fault), expected);
	if (expected == 0) {
		assert_int_equal(words.text.n, 1);
		assert_int_equal(strlen(words.text.v[0]), len);
	} else {
		assert_int_equal(fault.why, WHY_TOO_LONG);
		assert_int_equal(fault.at, 0);
		assert_int_equal(words.text.n, 0);
	}
	words_free(&words);
	free(text);
}

static void
test_length(void **state)
{
	(void)state;
	assert_int_equal(WORDS_BYTES_MAX, 131072);
	check_length(WORDS_BYTES_MAX, 'a', 0);
	check_length(WORDS_BYTES_MAX, '*', 0);
	check_length(WORDS_BYTES_MAX + 1, 'a', -1);
	/* The length comes first: nothing longer is read at all. */
	check_length(WORDS_BYTES_MAX + 1, ';', -1);
}

static const struct {
	const char *text; /* one word */
	unsigned special;
	size_t at;
	const char *word;
	const char *glob; /* NULL: none */
} marks[] = {
    {"*", WORD_GLOB, 1, "*", "*"},
    {"a?b", WORD_GLOB, 2, "a?b", "a?b"},
    {"ab[c]", WORD_GLOB, 3, "ab[c]", "ab[c]"},
    {"a]", WORD_GLOB, 2, "a]", "a]"},
    {"'*'*", WORD_GLOB, 4, "**", "\\**"},
    {"\\?*", WORD_GLOB, 3, "?*", "\\?*"},
    {"\"[x]\"*", WORD_GLOB, 6, "[x]*", "\\[x\\]*"},
    {"'\\'*", WORD_GLOB, 4, "\\*", "\\\\*"},
    {"\\\\*", WORD_GLOB, 3, "\\*", "\\\\*"},
    /* Inside brackets: a quoted - ! ^ : = has no meaning there. */
    {"[a'-'z]", WORD_GLOB, 1, "[a-z]", "[a\\-z]"},
    {"[a-z]", WORD_GLOB, 1, "[a-z]", "[a-z]"},
    {"['!'a]", WORD_GLOB, 1, "[!a]", "[\\!a]"},
    {"[\\^a]", WORD_GLOB, 1, "[^a]", "[\\^a]"},
    {"[\"]\"a]", WORD_GLOB, 1, "[]a]", "[\\]a]"},
    {"[[':'alpha:]]", WORD_GLOB, 1, "[[:alpha:]]", "[[\\:alpha:]]"},
    {"[['='a=]]", WORD_GLOB, 1, "[[=a=]]", "[[\\=a=]]"},
    {"~", WORD_HOME, 1, "~", NULL},
    {"~/a", WORD_HOME, 1, "~/a", NULL},
    {"~root", WORD_HOME, 1, "~root", NULL},
    {"a~", WORD_TILDE, 2, "a~", NULL},
    {"~~", WORD_HOME | WORD_TILDE, 1, "~~", NULL},
    {"a~*", WORD_TILDE | WORD_GLOB, 2, "a~*", "a~*"},
    {"~/*", WORD_HOME | WORD_GLOB, 1, "~/*", "~/*"},
    {"''~", WORD_TILDE, 3, "~", NULL},
    {"\"\"~/a", WORD_TILDE, 3, "~/a", NULL},
    {"'~'", 0, 0, "~", NULL},
    {"\\~/a", 0, 0, "~/a", NULL},
    {"'*'", 0, 0, "*", NULL},
};

static void
test_marks(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(marks); i++) {
		const struct word_mark *mark;
		struct words words;

		split(&words, marks[i].text);
		mark = words.mark;
		assert_int_equal(words.text.n, 1);
		assert_string_equal(words.text.v[0], marks[i].word);
		if (mark->special != marks[i].special ||
		    mark->at != marks[i].at)
			fail_msg("`%s`: %u at %zu", marks[i].text,
			    mark->special, mark->at);
		if (marks[i].glob == NULL)
			assert_null(mark->glob);
		else
			assert_string_equal(mark->glob, marks[i].glob);
		words_free(&words);
	}
}

/* The mark is of its own word, wherever that stands. */
static void
test_marks_apart(void **state)
{
	struct words words;

	(void)state;
	split(&words, "a 'b'* c ~ d");
	assert_int_equal(words.text.n, 5);
	assert_int_equal(words.mark[0].special, 0);
	assert_int_equal(words.mark[1].special, WORD_GLOB);
	assert_int_equal(words.mark[1].at, 6);
	assert_string_equal(words.mark[1].glob, "b*");
	assert_int_equal(words.mark[2].special, 0);
	assert_int_equal(words.mark[3].special, WORD_HOME);
	assert_int_equal(words.mark[3].at, 10);
	assert_int_equal(words.mark[4].special, 0);
	words_free(&words);
}

static const struct {
	const char *text;
	const char *name;
	int expected;
} globs[] = {
    {"'*'?", "*x", 0},
    {"'*'?", "xx", FNM_NOMATCH},
    {"['!'a]", "!", 0},
    {"['!'a]", "a", 0},
    {"['!'a]", "b", FNM_NOMATCH},
    {"['^'a]", "b", FNM_NOMATCH},
    {"[^a]", "b", 0},
    {"[a'-'c]", "b", FNM_NOMATCH},
    {"[a'-'c]", "-", 0},
    {"[a-c]", "b", 0},
    {"[[:alpha:]]", "b", 0},
    {"[[':'x:]]", ":]", 0},
};

/* A pattern means to fnmatch(3) what a shell would have made of it. */
static void
test_globs(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(globs); i++) {
		struct words words;

		split(&words, globs[i].text);
		if (fnmatch(words.mark[0].glob, globs[i].name, 0) !=
		    globs[i].expected)
			fail_msg("`%s` is %s: %s", globs[i].text,
			    words.mark[0].glob, globs[i].name);
		words_free(&words);
	}
}

static bool
has_mark(const struct words *words)
{
	for (size_t i = 0; i < words->text.n; i++)
		if (words->mark[i].special != 0)
			return true;
	return false;
}

/* A script that shows how a shell splits, and what it is to print. */
struct trial {
	FILE *script;
	FILE *expected;
	size_t n;
};

/* A ~ or * is expanded by a shell, and is the protocols' matter here. */
static void
try_command(struct trial *trial, const char *text)
{
	struct words words;
	struct fault fault;

	if (words_split(&words, text, &fault) == -1)
		return;
	if (!has_mark(&words)) {
		fprintf(trial->script, "show %s\n", text);
		for (size_t i = 0; i < words.text.n; i++)
			fprintf(trial->expected, "<%s>", words.text.v[i]);
		fputc('\n', trial->expected);
		trial->n++;
	}
	words_free(&words);
}

/* Every text of up to five of the bytes that quoting is made of. */
static void
try_all(struct trial *trial)
{
	static const char bytes[] = "a \t'\"\\$`;*~";
	const size_t base = sizeof(bytes) - 1;
	size_t total = 1;
	char text[6] = "";

	for (size_t len = 1; len < sizeof(text); len++) {
		total *= base;
		for (size_t n = 0; n < total; n++) {
			size_t rest = n;

			for (size_t i = 0; i < len; i++, rest /= base)
				text[i] = bytes[rest % base];
			text[len] = '\0';
			try_command(trial, text);
		}
	}
}

static int
run_script(const void *data)
{
	const int *fds = data;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	dup2(fds[1], STDOUT_FILENO);
	execl("/bin/sh", "sh", path, NULL);
	return 127;
}

/* A shell must take each accepted command for the same words, and run
 * nothing: that would show in its output. */
static void
test_every_short_command(void **state)
{
	const int fds[] = {memfd_create("script", 0), memfd_create("out", 0)};
	struct trial trial = {.script = fdopen(fds[0], "w")};
	FILE *out = fdopen(fds[1], "r");
	char *expected, got[64], *line;
	struct child child;
	size_t size;

	(void)state;
	trial.expected = open_memstream(&expected, &size);
	assert_true(trial.script != NULL && trial.expected != NULL && out);
	fputs("show() { for w; do printf '<%s>' \"$w\"; done; echo; }\n",
	    trial.script);
	try_all(&trial);
	fclose(trial.expected);
	assert_true(trial.n > 5000);
	assert_int_equal(fflush(trial.script), 0);
	child_run(&child, run_script, fds);
	assert_string_equal(child.err, "");
	assert_int_equal(child.status, 0);
	rewind(out);
	for (char *rest = expected; trial.n > 0; trial.n--) {
		line = strsep(&rest, "\n");
		assert_non_null(fgets(got, sizeof(got), out));
		got[strcspn(got, "\n")] = '\0';
		assert_string_equal(line, got);
	}
	assert_null(fgets(got, sizeof(got), out));
	fclose(trial.script);
	fclose(out);
	free(expected);
}

static const struct {
	const char *text;
	const char *words[5];
} items[] = {
    {"", {NULL}},
    {" \t", {NULL}},
    {"a", {"a"}},
    {" a\tb  c ", {"a", "b", "c"}},
    {"'a b' c", {"a b", "c"}},
    {"a'b c'd", {"ab cd"}},
    {"''", {""}},
    {"a''b", {"ab"}},
    /* Policies are trusted, and no other character is special. */
    {"a\\ \"b c\" $d;*~#{x}", {"a\\", "\"b", "c\"", "$d;*~#{x}"}},
};

static void
test_list(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(items); i++) {
		struct list list = {0};
		struct fault fault;
		size_t n = 0;

		assert_int_equal(words_list(&list, items[i].text, &fault), 0);
		for (; items[i].words[n] != NULL; n++) {
			assert_true(n < list.n);
			assert_string_equal(list.v[n], items[i].words[n]);
		}
		assert_int_equal(list.n, n);
		list_free(&list);
	}
}

static void
test_list_refused(void **state)
{
	static const char *const texts[] = {"'", "a 'b", "'a' 'b c", "a''' b"};

	(void)state;
	for (size_t i = 0; i < NELEM(texts); i++) {
		struct list list = {0};
		struct fault fault = {0};

		assert_int_equal(words_list(&list, texts[i], &fault), -1);
		assert_int_equal(fault.why, WHY_POLICY);
		assert_non_null(strstr(fault.text, "not closed"));
		list_free(&list);
	}
}

/* It adds to what is there: `account` and the like are lists. */
static void
test_list_adds(void **state)
{
	struct list list = {0};
	struct fault fault;

	(void)state;
	assert_int_equal(words_list(&list, "a b", &fault), 0);
	assert_int_equal(words_list(&list, "c", &fault), 0);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.v[2], "c");
	list_free(&list);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_length),
	    cmocka_unit_test(test_marks),
	    cmocka_unit_test(test_marks_apart),
	    cmocka_unit_test(test_globs),
	    cmocka_unit_test(test_every_short_command),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_list_refused),
	    cmocka_unit_test(test_list_adds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
