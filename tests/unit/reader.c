/* reader.c: what passes whole, and what is refused with its line. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#define X8 "xxxxxxxx"
#define X48 X8 X8 X8 X8 X8 X8
#define X190 X48 X48 X48 X8 X8 X8 X8 X8 "xxxxxx"

/* What the reader said, one line for each call: `[section]@line` or
 * `name=<value>@line`. */
struct seen {
	char *text;
	size_t size;
	FILE *f;
};

static bool
known(const char *name)
{
	return strcmp(name, "read") == 0 || strncmp(name, "arg.", 4) == 0;
}

static int
take_section(void *context, const char *section, unsigned line,
    struct fault *fault)
{
	struct seen *seen = context;

	if (strcmp(section, "wrong") == 0)
		return fault_set(fault, WHY_POLICY, "wrong section");
	fprintf(seen->f, "[%s]@%u\n", section, line);
	return 0;
}

static int
take_entry(void *context, const char *name, const char *value, unsigned line,
    struct fault *fault)
{
	struct seen *seen = context;

	if (strcmp(value, "wrong") == 0)
		return fault_set(fault, WHY_POLICY, "wrong value");
	fprintf(seen->f, "%s=<%s>@%u\n", name, value, line);
	return 0;
}

/* Parses a copy of exactly that size, so that a byte read beyond is found. */
static int
parse(const char *text, size_t size, struct seen *seen, struct fault *fault)
{
	static const struct reader_calls calls = {known, take_section,
	    take_entry};
	char *copy = malloc(size);
	int ret;

	if (size > 0) {
		assert_non_null(copy);
		memcpy(copy, text, size);
	}
	seen->f = open_memstream(&seen->text, &seen->size);
	assert_non_null(seen->f);
	ret = reader_parse("x.ini", copy, size, &calls, seen, fault);
	fclose(seen->f);
	free(copy);
	return ret;
}

struct accepted {
	const char *text;
	const char *seen;
};

static const struct accepted accepted[] = {
    {"", ""},
    {"\n\n", ""},
    {"# only a comment", ""},
    {"[key]", "[key]@1\n"},
    {"[key]\n[allow up-load_1.x]\n", "[key]@1\n[allow up-load_1.x]@2\n"},
    {"[a]\nk = v\n", "[a]@1\nk=<v>@2\n"},
    {"[a]\nk=v", "[a]@1\nk=<v>@2\n"},
    {"[a]\nk\t=\tv w \t\n", "[a]@1\nk=<v w>@2\n"},
    {"[a]\nArg.Z_-9 = a = b\n", "[a]@1\nArg.Z_-9=<a = b>@2\n"},
    {"[a]\nhours = Mon-Fri 01:00-05:00\n",
	"[a]@1\nhours=<Mon-Fri 01:00-05:00>@2\n"},
    {"[a]\nk = a;b # c\n", "[a]@1\nk=<a;b # c>@2\n"},
    {"[a]\nk = \xc3\xa9\n", "[a]@1\nk=<\xc3\xa9>@2\n"},
    /* Empty values are the caller's to refuse. */
    {"[a]\nk =\n", "[a]@1\nk=<>@2\n"},
    {"[a]\nk = \n\n[b]\n", "[a]@1\nk=<>@2\n[b]@4\n"},
    /* Repeated keys too. */
    {"[a]\nk = 1\nk = 2\n", "[a]@1\nk=<1>@2\nk=<2>@3\n"},
    /* Comments and blank lines. */
    {"; a ; b\n  # c [x] = \n[a]\n\t; d\nk = v\n", "[a]@3\nk=<v>@5\n"},
    /* Continuation. */
    {"[a]\nk = v\n w\n\t \t x y\nl = z\n", "[a]@1\nk=<v w x y>@2\nl=<z>@5\n"},
    {"[a]\nk =\n  v\n  w", "[a]@1\nk=<v w>@2\n"},
    {"[a]\nk = v\n\n  \n  # c\n; d\n  w\n", "[a]@1\nk=<v w>@2\n"},
    {"[a]\nk = v\n  -unknown = 1\n", "[a]@1\nk=<v -unknown = 1>@2\n"},
    {"[a]\nk = v\n  --read=1\n", "[a]@1\nk=<v --read=1>@2\n"},
    {"[a]\nk = v\n  read 1\n", "[a]@1\nk=<v read 1>@2\n"},
    {"[a]\nk = v\n  read it = 1\n", "[a]@1\nk=<v read it = 1>@2\n"},
    {"[a]\nk = v\n  : w = =\n", "[a]@1\nk=<v : w = =>@2\n"},
    {"[a]\nk = v\n  [--all] [{x}]\n", "[a]@1\nk=<v [--all] [{x}]>@2\n"},
    {"[a]\nk = v\n  [--all]\n  [{x}]\n  [x] y\n  [x\n  []\n",
	"[a]@1\nk=<v [--all] [{x}] [x] y [x []>@2\n"},
    /* The longest of each: a line of 198 bytes, names of 48. */
    {"[" X48 "]\n" X48 " = v\n", "[" X48 "]@1\n" X48 "=<v>@2\n"},
    {"[a]\nkkkkkkk=" X190 "\n        " X190 "\nl = 1\n",
	"[a]@1\nkkkkkkk=<" X190 " " X190 ">@2\nl=<1>@4\n"},
};

static void
test_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(accepted); i++) {
		const struct accepted *row = &accepted[i];
		struct seen seen = {0};
		struct fault fault = {0};

		if (parse(row->text, strlen(row->text), &seen, &fault) == -1)
			fail_msg("%s\n%u: %s", row->text, fault.line,
			    fault.text);
		assert_string_equal(seen.text, row->seen);
		free(seen.text);
	}
}

struct refused {
	const char *text;
	unsigned line;
	const char *message; /* a part of it */
};

static const struct refused refused[] = {
    /* Bytes. */
    {"\xef\xbb\xbf[a]\n", 1, "without it"},
    {"[a]\r\nk = v\r\n", 1, "Unix line ends"},
    {"[a]\nk = v\r", 2, "Unix line ends"},
    {"[a]\n# \x1b[2J\n", 2, "0x1b"},
    {"[a]\nk = a\x0b\n", 2, "0x0b"},
    {"[a]\nk = \x7f\n", 2, "0x7f"},
    {"[a]\nk = \xff\n", 2, "UTF-8"},
    {"[a]\n# \xc3\n", 2, "UTF-8"},
    {"[a]\nk = \xc0\xaf\n", 2, "UTF-8"},
    /* Lines and names that libinih would cut. */
    {"[a]\nkkkkkkkk=" X190 "\n", 2, "break it and indent"},
    {"[a]\nk = v\n         " X190 "\n", 3, "break it and indent"},
    {"# 9xxxxxx" X190, 1, "break it and indent"},
    {"[x" X48 "]\n", 1, "at most 48"},
    {"[a]\nx" X48 " = v\n", 2, "at most 48"},
    /* Comments behind values. */
    {"[a]\nk = v ; c\n", 2, "line of its own"},
    {"[a]\nk = v\t; c\n", 2, "line of its own"},
    {"[a]\nk = v ;\n", 2, "line of its own"},
    {"[a]\nk = ;\n", 2, "line of its own"},
    {"[a]\nk =;c\n", 2, "line of its own"},
    {"[a]\nk = v\n  w ; c\n", 3, "line of its own"},
    /* Entries. */
    {"k = v\n", 1, "[section]"},
    {"# c\n\nk = v\n[a]\n", 3, "[section]"},
    {"[a]\njunk\n", 2, "there is no ="},
    {"[a]\nk: v\n", 2, "does not separate"},
    {"[a]\nk : v = w\n", 2, "does not separate"},
    {"[a]\n= v\n", 2, "there is no key"},
    {"[a]\nk l = v\n", 2, "letters"},
    {"[a]\nk ;l = v\n", 2, "letters"},
    {"[a]\nk[] = v\n", 2, "letters"},
    {"[a]\n\xc3\xa9 = v\n", 2, "letters"},
    {"[a]\n\xc2\xa0k = v\n", 2, "letters"},
    {"[a]\n]k = v\n", 2, "letters"},
    {"[a]\n\xef\xbb\xbfk = v\n", 2, "letters"},
    /* Sections. */
    {"[a] junk\n", 1, "nothing else"},
    {"[a] # c\n", 1, "nothing else"},
    {"[a] ; c\n", 1, "nothing else"},
    {"[a];c\n", 1, "nothing else"},
    {"[a] \n", 1, "nothing else"},
    {"[ a ]\n", 1, "nothing else"},
    {"[ a]\n", 1, "nothing else"},
    {"[a \n", 1, "nothing else"},
    {"[a\n", 1, "nothing else"},
    {"[\n", 1, "nothing else"},
    {"[]\n", 1, "nothing else"},
    {"[ ]\n", 1, "nothing else"},
    {"[a ]\n", 1, "nothing else"},
    {"[[a]]\n", 1, "nothing else"},
    {"[a[b]\n", 1, "nothing else"},
    {"[a]]\n", 1, "nothing else"},
    {"[a][b]\n", 1, "nothing else"},
    {"[a  b]\n", 1, "nothing else"},
    {"[a\tb]\n", 1, "nothing else"},
    {"[a b c]\n", 1, "nothing else"},
    {"[a ;b]\n", 1, "nothing else"},
    {"[a/b]\n", 1, "nothing else"},
    {"[a]\n[b]\n[a]\n", 3, "twice"},
    {"[a b]\nk = v\n[a b]\n", 3, "twice"},
    /* Indented lines. */
    {" k = v\n", 1, "there is none"},
    {" [a]\n", 1, "there is none"},
    {"[a]\n k = v\n", 2, "there is none"},
    {"[a]\nk = v\n[b]\n\n  w\n", 5, "there is none"},
    {"[a]\nk = v\n  read = w\n", 3, "looks like a key"},
    {"[a]\nk = v\n\tread=w\n", 3, "looks like a key"},
    {"[a]\nk = v\n w\n  arg.x =\n", 4, "looks like a key"},
    {"[a]\nk = v\n  [b]\n", 3, "looks like a section"},
    {"[a]\nk = v\n  [allow b]\n", 3, "looks like a section"},
    {"[a]\nk = v\n  [ allow\tb ] ; c\n", 3, "looks like a section"},
    {"[a]\nk = v\n  [allow b]# c\n", 3, "looks like a section"},
    /* The caller's own faults, under the line where the value starts. */
    {"[a]\n[wrong]\n", 2, "wrong section"},
    {"[a]\nk = wrong\n", 2, "wrong value"},
    {"[a]\nk =\n# c\n wrong\n\n[b]\n", 2, "wrong value"},
    /* Of two faults the upper one. */
    {"[a]\nk = wrong\njunk\n", 2, "wrong value"},
    {"[a]\njunk\nk = wrong\n", 2, "there is no ="},
};

static void
check_refused(const char *text, size_t size, unsigned line, const char *message)
{
	struct seen seen = {0};
	struct fault fault = {0};

	if (parse(text, size, &seen, &fault) != -1)
		fail_msg("accepted:\n%s", text);
	if (strstr(fault.text, message) == NULL || fault.line != line)
		fail_msg("%s\n%u: %s", text, fault.line, fault.text);
	assert_int_equal(fault.why, WHY_POLICY);
	assert_string_equal(fault.file, "x.ini");
	free(seen.text);
}

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(refused); i++)
		check_refused(refused[i].text, strlen(refused[i].text),
		    refused[i].line, refused[i].message);
}

static void
test_nul(void **state)
{
	static const char value[] = "[a]\nk = v\0w\n";
	static const char comment[] = "#\0";

	(void)state;
	check_refused(value, sizeof(value) - 1, 2, "NUL");
	check_refused(comment, sizeof(comment) - 1, 1, "NUL");
}

/* After a fault nothing more is handed on, whatever libinih would do. */
static void
test_stops(void **state)
{
	static const char text[] = "[a]\nk = 1\n[wrong]\n[b]\nl = 2\n";
	struct seen seen = {0};
	struct fault fault = {0};

	(void)state;
	assert_int_equal(parse(text, strlen(text), &seen, &fault), -1);
	assert_string_equal(seen.text, "[a]@1\nk=<1>@2\n");
	free(seen.text);
}

static void
test_large(void **state)
{
	char *text = malloc(READER_FILE_MAX + 1);
	struct seen seen = {0};
	struct fault fault = {0};

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i <= READER_FILE_MAX; i++)
		text[i] = i % 2 == 0 ? ' ' : '\n';
	check_refused(text, READER_FILE_MAX + 1, 0, "at most 1048576");
	/* One value that fills the whole file. */
	memcpy(text, "[a]\nk=\n", 7);
	for (size_t i = 7; i < READER_FILE_MAX; i++)
		text[i] = " v\n"[(i - 7) % 3];
	assert_int_equal(parse(text, READER_FILE_MAX, &seen, &fault), 0);
	assert_non_null(strstr(seen.text, "k=<v v v v"));
	free(seen.text);
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepted),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_stops),
	    cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
