/* screen.c: which bytes of somebody else's terminal reach one's own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/screen.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define ESC "\033"
#define ST ESC "\\"
#define BAD "\xef\xbf\xbd"

/* What passes of it, in chunks of so many bytes; without what ends it. */
static char *
pass(struct screen *s, const char *data, size_t size, size_t step)
{
	char *text;
	size_t length;

	*s = (struct screen) {.out = open_memstream(&text, &length)};
	assert_non_null(s->out);
	for (size_t i = 0; i < size; i += step) {
		size_t n = size - i < step ? size - i : step;
		char *copy = malloc(n);

		assert_non_null(copy);
		memcpy(copy, data + i, n);
		screen_put(s, copy, n);
		free(copy);
	}
	assert_int_equal(fclose(s->out), 0);
	return text;
}

struct row {
	const char *data;
	const char *passes; /* NULL: as it is */
	size_t left_out;
};

static const struct row rows[] = {
    {"", NULL, 0},
    {"plain\r\n\ttext\b\a\v\f\x0e\x0f", NULL, 0},
    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", NULL, 0},
    /* What is no UTF-8, and C1 both ways. */
    {"a\xff"
     "b\xc3"
     "c\x9b"
     "31m",
	"a" BAD "b" BAD "c" BAD "31m", 0},
    {"\xed\xa0\x80", BAD, 0},
    {"\xc2\x9b"
     "5n\xc2\x85",
	"5n", 2},
    {"\xc3" ESC "[1m", BAD ESC "[1m", 0},
    /* Colours and moves. */
    {ESC "[m" ESC "[0;1;38;5;200m" ESC "[38:2::1:2:3m", NULL, 0},
    {ESC "[H" ESC "[2;3H" ESC "[2J" ESC "[K" ESC "[4A" ESC "[1;24r", NULL, 0},
    {ESC "7" ESC "8" ESC "M" ESC "D" ESC "E" ESC "[s" ESC "[u", NULL, 0},
    {ESC "(0qqq" ESC "(B" ESC ")0", NULL, 0},
    {ESC "[?25l" ESC "[?7l" ESC "[?1049h" ESC "[?25;7h" ESC "[4h", NULL, 0},
    /* Questions, which a terminal answers as if somebody typed. */
    {"\x05" ESC "Z" ESC "[c" ESC "[0c" ESC "[>c" ESC "[=c", "", 6},
    {ESC "[5n" ESC "[6n" ESC "[?6n" ESC "[?1$p" ESC "[x" ESC "[>q", "", 6},
    {ESC "[14t" ESC "[18t" ESC "[21t" ESC "[1;1;1;1;1;1*y", "", 4},
    {ESC "]10;?\a" ESC "]11;?" ST ESC "]52;c;?\a" ESC "P$qm" ST ESC
	 "P+q544e" ST,
	"", 5},
    /* Orders: titles, clipboards, files, keys, printers, windows. */
    {ESC "]0;title\a" ESC "]52;c;ZXZpbA==" ST ESC "]1337;File=x:eA==\a", "", 3},
    {ESC "_Gi=1;AAAA" ST ESC "^pm" ST ESC "Xsos" ST ESC "P1;1|17/" ST, "", 4},
    {ESC "[5i" ESC "[4i" ESC "[?5i" ESC "[8;1;1t" ESC "[2t", "", 5},
    {ESC "[?1000h" ESC "[?1003h" ESC "[?1004h" ESC "[?2004h" ESC "[?1h", "", 5},
    {ESC "[>4;2m" ESC "[>1u" ESC "[=1u" ESC "[1;2;3;4;5T" ESC "[1s", "", 5},
    {ESC "=" ESC ">" ESC "c" ESC "[!p" ESC "[3J" ESC "[20h" ESC "[?3h", "", 7},
    {ESC "[?25;1000h" ESC "[?1000;25h" ESC "[?h" ESC "[h", "", 4},
    {ESC " F" ESC "#8" ESC "%G" ESC "%@" ESC "*B" ESC "(A" ESC " [6n", "6n", 7},
    {ESC "[1 q" ESC "[0\"q" ESC "[1;1'z" ESC "[?J", "", 4},
    /* Numbers that are there to keep a terminal busy. */
    {"x" ESC "[9999b" ESC "[10000b", "x" ESC "[9999b", 1},
    {ESC "[1;2;3H" ESC "[;H" ESC "[1:2H" ESC "[-1A", ESC "[;H", 3},
    /* Broken off. */
    {ESC ESC "[1m", ESC "[1m", 1},
    {ESC "[1\n2m", "\n2m", 1},
    {ESC "[1" ESC "[5n", "", 2},
    {ESC "[1\xc3\xa9m", "\xc3\xa9m", 1},
    {ESC "]0;x\x18y" ESC "]0;x" ESC "[1mz", "y" ESC "[1mz", 2},
    {ESC "]0;x" ESC "]0;y\az", "z", 2},
    {ESC "(\n", "\n", 1},
    {ESC "[1111111111222222222233333333334444444444555555555566666666667777m!",
	"!", 1},
    {ESC "[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1m"
	 "!",
	"!", 1},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct row *row = &rows[i];
		const char *expected =
		    row->passes != NULL ? row->passes : row->data;

		for (size_t step = 1; step < 80; step += 39) {
			struct screen s;
			char *text =
			    pass(&s, row->data, strlen(row->data), step);

			if (strcmp(text, expected) != 0 ||
			    s.left_out != row->left_out)
				fail_msg("row %zu: %s: %zu", i, text + 0,
				    s.left_out);
			free(text);
		}
	}
}

static void
test_nul(void **state)
{
	struct screen s;
	char *text = pass(&s, "a\0b" ESC "\0c" ESC "[\0m" ESC "(\0", 13, 13);

	(void)state;
	assert_string_equal(text, "abcm");
	assert_int_equal(s.left_out, 7);
	free(text);
}

/* Every sequence of one byte, and of a prefix, a number and a byte: but for
 * the table nothing passes. */
static void
test_all_finals(void **state)
{
	static const char plain[] = "@ABCDEFGHIJKLMPSTXZ`abdefgmr";

	(void)state;
	for (const char *prefix = " ?>=<!$\"'*#"; *prefix != '\0'; prefix++)
		for (int final = 0x40; final < 0x7f; final++) {
			char data[8];
			struct screen s;
			char *text;
			int n = *prefix == ' ' ?
			    snprintf(data, sizeof(data), ESC "[1%c", final) :
			    snprintf(data, sizeof(data), ESC "[%c1%c", *prefix,
				final);

			text = pass(&s, data, (size_t)n, 1);
			if ((text[0] != '\0') !=
			    (*prefix == ' ' && strchr(plain, final) != NULL))
				fail_msg("%s", data + 1);
			free(text);
		}
}

static void
check_end(const char *data, const char *expected)
{
	struct screen s = {0};
	char *text;
	size_t length;

	s.out = open_memstream(&text, &length);
	assert_non_null(s.out);
	screen_put(&s, data, strlen(data));
	screen_end(&s);
	fclose(s.out);
	assert_string_equal(text, expected);
	free(text);
}

#define RESET \
	ESC "7" ESC "[r" ESC "8" ESC "[4l" ESC "[?7h" ESC "[?25h" ESC \
	    "[0m" ESC "(B\017"

/* The terminal as it was: only where something could have changed it. */
static void
test_end(void **state)
{
	(void)state;
	check_end("text\n", "text\n");
	check_end(ESC "]0;x", "");
	check_end(ESC "[1m", ESC "[1m" RESET);
	check_end(ESC "[?1049h", ESC "[?1049h" ESC "[?1049l" RESET);
	check_end(ESC "[?1049h" ESC "[?1049l",
	    ESC "[?1049h" ESC "[?1049l" RESET);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_all_finals),
	    cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
