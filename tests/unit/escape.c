/* Escapes, row by row; UTF-8 against the C library's reading of it. */

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "escape.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define BYTES(s) s, sizeof(s) - 1

struct row {
	const char *in;
	size_t size;
	const char *line;
	const char *json;
};

static const struct row rows[] = {
    {BYTES(""), "", ""},
    {BYTES("ls; id $(x) `y` 'z'"), "ls; id $(x) `y` 'z'",
	"ls; id $(x) `y` 'z'"},
    {BYTES("a\"b\\c"), "a\\\"b\\\\c", "a\\\"b\\\\c"},
    {BYTES("\\x41"), "\\\\x41", "\\\\x41"},
    {BYTES("\n\r\t"), "\\n\\r\\t", "\\n\\r\\t"},
    {BYTES("a\0b"), "a\\x00b", "a\\u0000b"},
    {BYTES("\x1b]0;p\a\b"), "\\x1b]0;p\\x07\\x08", "\\u001b]0;p\\u0007\\u0008"},
    {BYTES("\x1f ~\x7f"), "\\x1f ~\\x7f", "\\u001f ~\\u007f"},
    /* Printable UTF-8 of two, three and four bytes. */
    {BYTES("\u00e9\u20ac\U0001f600"), "\u00e9\u20ac\U0001f600",
	"\u00e9\u20ac\U0001f600"},
    {BYTES("\u00a0\u00ae"), "\u00a0\u00ae", "\u00a0\u00ae"},
    /* C1: 0x9b alone starts a terminal's control sequence. */
    {BYTES("\xc2\x80\xc2\x85\xc2\x9b\xc2\x9f"),
	"\\xc2\\x80\\xc2\\x85\\xc2\\x9b\\xc2\\x9f",
	"\\u0080\\u0085\\u009b\\u009f"},
    {BYTES("\xc2\xad"), "\\xc2\\xad", "\\u00ad"},
    {BYTES("\u2027\u2028\u2029\u202f"),
	"\u2027\\xe2\\x80\\xa8\\xe2\\x80\\xa9\u202f",
	"\u2027\\u2028\\u2029\u202f"},
    /* Bidi: marks, embeddings, overrides, isolates. */
    {BYTES("\u061c\u200e\u200f"), "\\xd8\\x9c\\xe2\\x80\\x8e\\xe2\\x80\\x8f",
	"\\u061c\\u200e\\u200f"},
    {BYTES("\u202a\u202e"), "\\xe2\\x80\\xaa\\xe2\\x80\\xae", "\\u202a\\u202e"},
    {BYTES("\u2066\u2069"), "\\xe2\\x81\\xa6\\xe2\\x81\\xa9", "\\u2066\\u2069"},
    {BYTES("\u200b\ufeff"), "\\xe2\\x80\\x8b\\xef\\xbb\\xbf", "\\u200b\\ufeff"},
    {BYTES("\xef\xbf\xbe"), "\\xef\\xbf\\xbe", "\\ufffe"},
    {BYTES("\ufdd0\ufdef\ufff9\u180e"),
	"\\xef\\xb7\\x90\\xef\\xb7\\xaf\\xef\\xbf\\xb9\\xe1\\xa0\\x8e",
	"\\ufdd0\\ufdef\\ufff9\\u180e"},
    /* Letters that are blank, and what chooses between pictures. */
    {BYTES("\u115f\u1160\u3164\uffa0"),
	"\\xe1\\x85\\x9f\\xe1\\x85\\xa0\\xe3\\x85\\xa4\\xef\\xbe\\xa0",
	"\\u115f\\u1160\\u3164\\uffa0"},
    {BYTES("a\u034f\u180b\ufe0f\u17b5"),
	"a\\xcd\\x8f\\xe1\\xa0\\x8b\\xef\\xb8\\x8f\\xe1\\x9e\\xb5",
	"a\\u034f\\u180b\\ufe0f\\u17b5"},
    {BYTES("\U0001bca0\U0001d173"), "\\xf0\\x9b\\xb2\\xa0\\xf0\\x9d\\x85\\xb3",
	"\\ud82f\\udca0\\ud834\\udd73"},
    {BYTES("\ufe10\u3163\u115e"), "\ufe10\u3163\u115e", "\ufe10\u3163\u115e"},
    /* Tags, a hidden copy of ASCII: a surrogate pair in JSON. */
    {BYTES("\U000e0041"), "\\xf3\\xa0\\x81\\x81", "\\udb40\\udc41"},
    {BYTES("\xf4\x8f\xbf\xbf"), "\\xf4\\x8f\\xbf\\xbf", "\\udbff\\udfff"},
    /* No UTF-8; escape_json() is not to get these, and stays valid. */
    {BYTES("\x80z"), "\\x80z", "\\ufffdz"},
    {BYTES("\xff\xfe"), "\\xff\\xfe", "\\ufffd\\ufffd"},
    {BYTES("\xc0\xaf"), "\\xc0\\xaf", "\\ufffd\\ufffd"},
    {BYTES("\xe2\x82"), "\\xe2\\x82", "\\ufffd\\ufffd"},
    {BYTES("\xe2\x82\""), "\\xe2\\x82\\\"", "\\ufffd\\ufffd\\\""},
    {BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd"},
};

/* RFC 4648, section 10, and two more. */
static const struct row base64_rows[] = {
    {BYTES(""), "", NULL},
    {BYTES("f"), "Zg==", NULL},
    {BYTES("fo"), "Zm8=", NULL},
    {BYTES("foo"), "Zm9v", NULL},
    {BYTES("foob"), "Zm9vYg==", NULL},
    {BYTES("fooba"), "Zm9vYmE=", NULL},
    {BYTES("foobar"), "Zm9vYmFy", NULL},
    {BYTES("\xfb\xff\xbf"), "+/+/", NULL},
    {BYTES("\0\0"), "AAA=", NULL},
};

/* A copy without a byte behind it, so that reading on is seen. */
static char *
exact(const char *s, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);

	assert_non_null(copy);
	memcpy(copy, s, size);
	return copy;
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *in = exact(rows[i].in, rows[i].size);
		char *line = escape_line(in, rows[i].size);
		char *json = escape_json(in, rows[i].size);

		assert_string_equal(line, rows[i].line);
		assert_string_equal(json, rows[i].json);
		free(in);
		free(line);
		free(json);
	}
}

static void
test_base64(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(base64_rows); i++) {
		const struct row *row = &base64_rows[i];
		char *in = exact(row->in, row->size);
		char *out = escape_base64(in, row->size);

		assert_string_equal(out, row->line);
		free(in);
		free(out);
	}
}

/* Whether the C library takes the bytes; NUL is a character here, and glibc
 * goes on beyond U+10FFFF. */
static bool
library_takes(const char *s, size_t size)
{
	mbstate_t state = {0};
	wchar_t wide;
	size_t n;

	for (size_t i = 0; i < size; i += n == 0 ? 1 : n) {
		n = mbrtowc(&wide, s + i, size - i, &state);
		if (n == (size_t)-1 || n == (size_t)-2 || wide > 0x10ffff)
			return false;
	}
	return true;
}

static void
compare(const unsigned char *bytes, size_t size)
{
	const char *s = (const char *)bytes;

	if (escape_is_utf8(s, size) != library_takes(s, size))
		fail_msg("%02x %02x %02x %02x, %zu bytes", bytes[0], bytes[1],
		    bytes[2], bytes[3], size);
}

/* Every string of up to three bytes, and of four those that start with what
 * could lead four and go on with the bytes at the edges. */
static void
test_utf8_exhaustive(void **state)
{
	static const unsigned char edges[] = {0x00, 0x41, 0x7f, 0x80, 0x8f,
	    0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
	unsigned char s[4] = {0};

	(void)state;
	assert_true(escape_is_utf8("", 0));
	for (uint32_t i = 0; i < 0x1000000; i++) {
		s[0] = (unsigned char)i;
		s[1] = (unsigned char)(i >> 8);
		s[2] = (unsigned char)(i >> 16);
		compare(s, i < 0x100 ? 1 : i < 0x10000 ? 2 : 3);
	}
	for (unsigned lead = 0xe0; lead < 0x100; lead++) {
		for (size_t i = 0; i < 11 * 11 * 11; i++) {
			s[0] = (unsigned char)lead;
			s[1] = edges[i % 11];
			s[2] = edges[i / 11 % 11];
			s[3] = edges[i / 121];
			compare(s, 4);
		}
	}
}

static const char *
read_back(const char *p, char *out)
{
	static const char from[] = "\"\\ntr", to[] = "\"\\\n\t\r";
	char hex[3] = {0};
	const char *found;

	if (*p != '\\') {
		*out = *p;
		return p + 1;
	}
	if (p[1] == 'x') {
		memcpy(hex, p + 2, 2);
		*out = (char)strtol(hex, NULL, 16);
		return p + 4;
	}
	found = strchr(from, p[1]);
	assert_true(p[1] != '\0' && found != NULL);
	*out = to[found - from];
	return p + 2;
}

/* What was recorded can be learned back, byte for byte. */
static void
test_line_is_reversible(void **state)
{
	char in[2], out[8], *line;
	const char *p;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 0x10000; i++) {
		in[0] = (char)i;
		in[1] = (char)(i >> 8);
		line = escape_line(in, 2);
		assert_non_null(line);
		for (p = line, n = 0; *p != '\0' && n < sizeof(out); n++) {
			assert_in_range((unsigned char)*p, 0x20, 0xff);
			p = read_back(p, &out[n]);
		}
		assert_int_equal(n, 2);
		assert_memory_equal(out, in, 2);
		free(line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_base64),
	    cmocka_unit_test(test_utf8_exhaustive),
	    cmocka_unit_test(test_line_is_reversible),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
