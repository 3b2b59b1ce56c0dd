/* The types: what each takes, what the policy may not say, and that no pair
 * of types is called apart while a word belongs to both. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "type.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define L63 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-123456789"
#define L61 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-1234567"
#define HOST_253 L63 "." L63 "." L63 "." L61

static struct type *
parse(const char *text)
{
	struct fault fault = {0};
	struct type *type = type_parse(text, &fault);

	if (type == NULL)
		fail_msg("type `%s`: %s", text, fault.text);
	return type;
}

static const struct {
	const char *type;
	const char *word;
	bool accepted;
} rows[] = {
    {"integer 1..10", "1", true},
    {"integer 1..10", "10", true},
    {"integer 1..10", "0", false},
    {"integer 1..10", "11", false},
    {"integer 1..10", "", false},
    {"integer 1..10", "01", false},
    {"integer 1..10", "+1", false},
    {"integer 1..10", "-1", false},
    {"integer 1..10", " 1", false},
    {"integer 1..10", "1 ", false},
    {"integer 1..10", "1\n", false},
    {"integer 1..10", "1.0", false},
    {"integer 1..10", "0x1", false},
    {"integer 1..10", "18446744073709551617", false},
    {"integer 0..0", "0", true},
    {"integer 0..0", "-0", false},
    {"integer 0..0", "00", false},
    {"integer 0..18446744073709551615", "18446744073709551615", true},
    {"integer 0..18446744073709551615", "18446744073709551616", false},
    {"integer 0..18446744073709551615", "99999999999999999999", false},
    {"integer 0..18446744073709551615", "184467440737095516150", false},
    {"  integer\t7..7  ", "7", true},

    {"hostname", "web1", true},
    {"hostname", "a", true},
    {"hostname", "3com.example", true},
    {"hostname", "Web-1.example.org", true},
    {"hostname", "example.org.", true},
    {"hostname", "example.org..", false},
    {"hostname", ".", false},
    {"hostname", "..", false},
    {"hostname", "", false},
    {"hostname", ".example", false},
    {"hostname", "a..b", false},
    {"hostname", "-a", false},
    {"hostname", "a-", false},
    {"hostname", "a.-b", false},
    {"hostname", "a-.b", false},
    {"hostname", "a-.", false},
    {"hostname", "a_b", false},
    {"hostname", "a/b", false},
    {"hostname", "a b", false},
    {"hostname", "a\n", false},
    {"hostname", "\xc3\xa4.example", false},
    {"hostname", "1.2.3.4", false},
    {"hostname", "1.2.3.4.", false},
    {"hostname", "127.1", false},
    {"hostname", "123", false},
    {"hostname", "a.123", false},
    {"hostname", "0x7f000001", false},
    {"hostname", "0X7F.0x1", false},
    {"hostname", "0x", false},
    {"hostname", "0xg", true},
    {"hostname", "1.2.3.a", true},
    {"hostname", L63, true},
    {"hostname", L63 "a", false},
    {"hostname", HOST_253, true},
    {"hostname", HOST_253 ".", true},
    {"hostname", HOST_253 "a", false},

    {"ip", "192.0.2.7", true},
    {"ip", "0.0.0.0", true},
    {"ip", "::", true},
    {"ip", "2001:db8::1", true},
    {"ip", "::ffff:192.0.2.7", true},
    {"ip", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", true},
    {"ip", "192.0.2.256", false},
    {"ip", "192.0.2", false},
    {"ip", "192.0.2.7.", false},
    {"ip", "192.0.2.07", false},
    {"ip", "192.0.2.7/24", false},
    {"ip", "0x7f.0.0.1", false},
    {"ip", "fe80::1%eth0", false},
    {"ip", "[::1]", false},
    {"ip", "2001:db8::1::2", false},
    {"ip", " ::1", false},
    {"ip", "", false},
    {"ip", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", false},

    {"name", "web-1_a.b", true},
    {"name", "7", true},
    {"name", "a..", true},
    {"name", ".", false},
    {"name", "..", false},
    {"name", ".hidden", false},
    {"name", "-a", false},
    {"name", "a/b", false},
    {"name", "a b", false},
    {"name", "", false},
    {"name", "\xc3\xa4", false},

    {"word", "a!\"#$%&'()*+,/:;<=>?@[\\]^_`{|}~", true},
    {"word", "+x", true},
    {"word", "-x", false},
    {"word", "-", false},
    {"word", "--", false},
    {"word", "", false},
    {"word", "a b", false},
    {"word", "a\tb", false},
    {"word", "a\x7f", false},
    {"word", "\x1b[0m", false},
    {"word", "\xc3\xa4", false},

    {"date", "2026-11-20", true},
    {"date", "2024-02-29", true},
    {"date", "2000-02-29", true},
    {"date", "1900-02-29", false},
    {"date", "2023-02-29", false},
    {"date", "2026-04-31", false},
    {"date", "2026-12-31", true},
    {"date", "2026-13-01", false},
    {"date", "2026-00-01", false},
    {"date", "2026-01-00", false},
    {"date", "2026-01-32", false},
    {"date", "0000-01-01", false},
    {"date", "0001-01-01", true},
    {"date", "2026-1-01", false},
    {"date", "2026-01-1", false},
    {"date", "20260101", false},
    {"date", "2026-01-011", false},
    {"date", "2026--1-01", false},
    {"date", "-026-01-01", false},
    {"date", "2026/01/01", false},

    {"hex 2..4", "ab", true},
    {"hex 2..4", "00FF", true},
    {"hex 2..4", "a", false},
    {"hex 2..4", "abcde", false},
    {"hex 2..4", "0x1", false},
    {"hex 2..4", "ag", false},
    {"hex 2..4", "-ab", false},
    {"hex 1..1", "", false},

    {"one-of start stop", "start", true},
    {"one-of start stop", "stop", true},
    {"one-of start stop", "sto", false},
    {"one-of start stop", "stops", false},
    {"one-of start stop", "", false},
    {"one-of start stop", "start stop", false},
    {"one-of -v 'two words' '*' ''", "-v", true},
    {"one-of -v 'two words' '*' ''", "two words", true},
    {"one-of -v 'two words' '*' ''", "*", true},
    {"one-of -v 'two words' '*' ''", "", true},
    {"one-of -v 'two words' '*' ''", "x", false},

    {"path /srv", "a/b", true},
    {"path /srv", "/etc/passwd", true}, /* path.c judges where it leads */
    {"path /srv", "../x", true},
    {"path /srv", "two words", true},
    {"path /srv", "\xc3\xa4", true},
    {"path /srv", "./-x", true},
    {"path /srv", "-x", false},
    {"path /srv", "", false},
    {"path /srv", "a\nb", false},
    {"path /srv", "a\tb", false},
    {"path /srv", "a\x7f", false},
    {"path '/srv/my files'", "x", true},

    {"glob *.tar.gz", "a.tar.gz", true},
    {"glob *.tar.gz", ".tar.gz", true},
    {"glob *.tar.gz", "a b.tar.gz", true},
    {"glob *.tar.gz", "a.tar.gz.x", false},
    {"glob *.tar.gz", "a/b.tar.gz", false},
    {"glob *.tar.gz", "a.tar.gz\n", false},
    {"glob *.tar.gz", "-a.tar.gz", false},
    {"glob *.tar.gz", "--x=.tar.gz", false},
    {"glob *.tar.gz", "-", false},
    {"glob *.tar.gz", "", false},
    {"glob *.tar.gz", "aXtarXgz", false},

    {"glob '*.tar.gz'", "a.tar.gz", true},
    {"glob '*.tar.gz'", "'a.tar.gz'", false},

    {"glob\t *.gz \t", "a.gz", true},

    {"glob 'a b*'", "a bc", true},
    {"glob 'a b*'", "a", false},

    {"glob *", "a", true},
    {"glob *", ".hidden", true},
    {"glob *", "...", true},
    {"glob *", "a..", true},
    {"glob *", ".", false},
    {"glob *", "..", false},
    {"glob *", "a/b", false},
    {"glob *", "\xc3\xa4", true},
    {"glob *", "a\x7f", false},
    {"glob *", "a\tb", false},
    {"glob *", "*", true},

    {"glob /srv/*/x*", "/srv/a/x", true},
    {"glob /srv/*/x*", "/srv/a/xyz", true},
    {"glob /srv/*/x*", "/srv//x", true},
    {"glob /srv/*/x*", "/srv/../x", false},
    {"glob /srv/*/x*", "/srv/./x", false},
    {"glob /srv/*/x*", "/srv/a/b/x", false},
    {"glob /srv/*/x*", "/srv/a/x/..", false},
    {"glob /srv/*/x*", "/srv/a/x/", false},
    {"glob /srv/*/x*", "srv/a/x", false},

    {"glob */*", "a/..", false},
    {"glob */*", "../a", false},
    {"glob */*", "a/b", true},
    {"glob */*", "a/..b", true},
    {"glob */*", "/", true},

    {"glob .*", ".a", true},
    {"glob .*", "..", false},
    {"glob .*", "..a", true},
    {"glob .*", "a", false},

    {"glob ?", "a", true},
    {"glob ?", "/", false},
    {"glob ?", "\xc3\xa4", false},
    {"glob ?", "\xc3", true},

    {"glob ??", "\xc3\xa4", true},
    {"glob ??", "..", false},
    {"glob ??", "-a", false},

    {"glob [a-c]?[!0-9]", "bxy", true},
    {"glob [a-c]?[!0-9]", "bx1", false},
    {"glob [a-c]?[!0-9]", "dxy", false},
    {"glob [a-c]?[!0-9]", "bx", false},
    {"glob [a-c]?[!0-9]", "b/y", false},
    {"glob [a-c]?[!0-9]", "bx/", false},

    {"glob [[:alpha:]_]*[^-]", "a1", true},
    {"glob [[:alpha:]_]*[^-]", "_-x", true},
    {"glob [[:alpha:]_]*[^-]", "1a", false},
    {"glob [[:alpha:]_]*[^-]", "a-", false},
    {"glob [[:alpha:]_]*[^-]",
	"\xc3\xa4"
	"a",
	false},

    {"glob \\*\\?\\[\\\\x", "*?[\\x", true},
    {"glob \\*\\?\\[\\\\x", "ab[\\x", false},

    {"glob it's{a,b}|$;", "it's{a,b}|$;", true},
    {"glob it's{a,b}|$;", "it'sa|$;", false},

    {"glob [-]x", "-x", false},

    {"regex [a-z]+", "abc", true},
    {"regex [a-z]+", "", false},
    {"regex [a-z]+", "a1", false},
    {"regex [a-z]+", "1a", false},
    {"regex [a-z]+", "abc\n", false},
    {"regex [a-z]+", "ABC", false},
    {"regex [a-z]+", "a b", false},

    {"regex '[a-z]+'", "abc", true},
    {"regex '[a-z]+'", "'abc'", false},

    {"regex a|b", "a", true},
    {"regex a|b", "b", true},
    {"regex a|b", "ax", false},
    {"regex a|b", "xb", false},
    {"regex a|b", "a|b", false},

    {"regex a|bc*|d", "bcc", true},
    {"regex a|bc*|d", "xd", false},
    {"regex a|bc*|d", "ad", false},

    {"regex ^(start|stop)$", "start", true},
    {"regex ^(start|stop)$", "starts", false},
    {"regex ^(start|stop)$", "start\n", false},
    {"regex ^(start|stop)$", "stop", true},

    {"regex -v|--level=[1-9]", "-v", true},
    {"regex -v|--level=[1-9]", "--level=3", true},
    {"regex -v|--level=[1-9]", "--level=0", false},
    {"regex -v|--level=[1-9]", "-vv", false},
    {"regex -v|--level=[1-9]", "-", false},

    {"regex .*", "-anything at all/../x", true},
    {"regex .*", "", false},
    {"regex .*", "a\nb", false},
    {"regex .*", "\n", false},
    {"regex .*", "a\tb", false},
    {"regex .*", "\x7f", false},
    {"regex .*", "\x1b[0m", false},
    {"regex .*", "\xc3\xa4", true},

    {"regex (a*)*", "aaa", true},
    {"regex (a*)*", "", false},
    {"regex (a*)*", "b", false},

    {"regex .", "a", true},
    {"regex .", "\xc3\xa4", false},
    {"regex .", "\xc3", true},

    {"regex (\xc3\xa4)+", "\xc3\xa4\xc3\xa4", true},
    {"regex (\xc3\xa4)+", "\xc3\xa4\xa4", false},

    {"regex \xc3\xa4"
     "b?",
	"\xc3\xa4", true},
    {"regex \xc3\xa4"
     "b?",
	"\xc3\xa4"
	"b",
	true},

    {"regex v[0-9]{1,3}\\.[0-9]{1,3}(\\.[0-9]{1,3})?", "v1.22", true},
    {"regex v[0-9]{1,3}\\.[0-9]{1,3}(\\.[0-9]{1,3})?", "v1.22.333", true},
    {"regex v[0-9]{1,3}\\.[0-9]{1,3}(\\.[0-9]{1,3})?", "v1x22", false},
    {"regex v[0-9]{1,3}\\.[0-9]{1,3}(\\.[0-9]{1,3})?", "v1.2222", false},
    {"regex v[0-9]{1,3}\\.[0-9]{1,3}(\\.[0-9]{1,3})?", "v1.", false},

    {"regex [[:upper:]]{2}[_-][^[:space:]/]{3,}", "AB-xyz", true},
    {"regex [[:upper:]]{2}[_-][^[:space:]/]{3,}", "AB_x.y", true},
    {"regex [[:upper:]]{2}[_-][^[:space:]/]{3,}", "AB-x/yz", false},
    {"regex [[:upper:]]{2}[_-][^[:space:]/]{3,}", "Ab-xyz", false},
    {"regex [[:upper:]]{2}[_-][^[:space:]/]{3,}", "AB-xy", false},

    {"regex 'two words'", "two words", true},
    {"regex 'two words'", "two", false},

    {"regex a{2,}b{0,1}c{2}", "aacc", true},
    {"regex a{2,}b{0,1}c{2}", "aaabcc", true},
    {"regex a{2,}b{0,1}c{2}", "acc", false},
    {"regex a{2,}b{0,1}c{2}", "aabbcc", false},
    {"regex a{2,}b{0,1}c{2}", "aac", false},
};

static void
test_accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct type *type = parse(rows[i].type);
		bool got =
		    type_accepts(type, rows[i].word, strlen(rows[i].word));

		if (got != rows[i].accepted)
			fail_msg("%s: `%s` should %sbe accepted", rows[i].type,
			    rows[i].word, rows[i].accepted ? "" : "not ");
		type_free(type);
	}
}

static const struct {
	const char *text;
	const char *says;
} broken[] = {
    {"",
	"integer, hostname, ip, name, word, date, hex, one-of, "
	"glob, regex, path"},
    {"number",
	"integer, hostname, ip, name, word, date, hex, one-of, "
	"glob, regex, path"},
    {"Integer 1..2", "there is no type `Integer`"},
    {"integer", "integer MIN..MAX"},
    {"integer 1", "integer MIN..MAX"},
    {"integer 1...2", "integer MIN..MAX"},
    {"integer 1..", "integer MIN..MAX"},
    {"integer ..1", "integer MIN..MAX"},
    {"integer 1 .. 2", "integer MIN..MAX"},
    {"integer 1..2 3", "integer MIN..MAX"},
    {"integer -1..2", "integer MIN..MAX"},
    {"integer +1..2", "integer MIN..MAX"},
    {"integer 01..2", "integer MIN..MAX"},
    {"integer 1..0x2", "integer MIN..MAX"},
    {"integer 1..18446744073709551616", "at most 18446744073709551615"},
    {"integer 1..36893488147419103233", "at most 18446744073709551615"},
    {"integer 2..1", "smaller number comes first"},
    {"hostname x", "is written `hostname`"},
    {"ip 4", "is written `ip`"},
    {"name x", "is written `name`"},
    {"word x", "is written `word`"},
    {"date x", "is written `date`"},
    {"hex", "hex MIN..MAX"},
    {"hex 4", "hex MIN..MAX"},
    {"hex 0..4", "at least one digit"},
    {"hex 4..2", "smaller number comes first"},
    {"one-of", "one-of A B C"},
    {"one-of a b a", "`a` stands twice"},
    {"one-of a 'a'", "`a` stands twice"},
    {"one-of *", "quote it: '*'"},
    {"one-of a|b", "quote it: 'a|b'"},
    {"one-of {a}", "needs quotes"},
    {"one-of [a] b", "needs quotes"},
    {"one-of 'a", "not closed"},
    {"one-of 'a\nb'", "control byte"},
    {"one-of a\x7f", "control byte"},
    {"glob", "`glob` is written `glob PATTERN`"},
    {"glob  \t", "glob PATTERN"},
    {"globs *", "there is no type `globs`"},
    {"'glob' *", "there is no type `'glob'`"},
    {"regexp a*", "there is no type `regexp`"},
    {"glob ''", "an empty pattern"},
    {"glob '", "quotes go around the whole pattern"},
    {"glob 'a", "quotes go around the whole pattern"},
    {"glob 'a'b", "quotes go around the whole pattern"},
    {"glob 'a' 'b'", "quotes go around the whole pattern"},
    {"glob 'a''b'", "quotes go around the whole pattern"},
    {"glob \"*.gz\"", "quotes are '…'"},
    {"glob *.gz *.xz", "one pattern follows"},
    {"glob a\tb", "one pattern follows"},
    {"glob 'a\tb'", "control byte"},
    {"glob a\nb", "control byte"},
    {"glob a\x7f", "control byte"},
    {"glob ${key}*", "${...} is not available"},
    {"glob -*", "no word that starts with -"},
    {"glob ../*", "`.` or `..` between slashes"},
    {"glob a/./*", "`.` or `..` between slashes"},
    {"glob .", "`.` or `..` between slashes"},
    {"glob [a", "`[a`: the [ is not closed"},
    {"glob x[", "the [ is not closed"},
    {"glob []", "the [ is not closed"},
    {"glob [!]", "the [ is not closed"},
    {"glob [a-", "the [ is not closed"},
    {"glob [a\\]", "the [ is not closed"},
    {"glob [a\\", "the [ is not closed"},
    {"glob [z-a]", "`[z-a]`: the range is reversed"},
    {"glob [a--]", "the range is reversed"},
    {"glob [a-c-e]", "neither between two ends nor the last"},
    {"glob [[:digit:]-z]", "neither between two ends nor the last"},
    {"glob [a-[:digit:]]", "no end of a range"},
    {"glob [[.a.]]", "[. .] and [= =] are not available"},
    {"glob [[=a=]]", "[. .] and [= =] are not available"},
    {"glob [[:alfa:]]", "the classes are [:alnum:]"},
    {"glob [[:alpha]]", "the classes are [:alnum:]"},
    {"glob [[:alpha:", "the classes are"},
    {"glob [a/b]", "matches no /"},
    {"glob [\\/]", "matches no /"},
    {"glob [\xc3\xa4]", "ASCII characters only"},
    {"glob a\\", "the \\ at the end escapes nothing"},
    {"regex", "`regex` is written `regex ERE`"},
    {"regex ''", "an empty pattern"},
    {"regex a b", "one pattern follows"},
    {"regex a\nb", "control byte"},
    {"regex ()", "nothing stands"},
    {"regex a|", "nothing stands"},
    {"regex |a", "nothing stands"},
    {"regex a||b", "nothing stands"},
    {"regex (|a)", "nothing stands"},
    {"regex (a|)", "nothing stands"},
    {"regex (a", "a ( is not closed"},
    {"regex ((a)", "a ( is not closed"},
    {"regex a)", "there is a ) without its ("},
    {"regex a)|(b", "there is a ) without its ("},
    {"regex a\\", "the \\ at the end"},
    {"regex (a\\)", "a ( is not closed"},
    {"regex (a)\\1", "back-references are not available"},
    {"regex (a)\\9", "back-references are not available"},
    {"regex \\0", "back-references are not available"},
    {"regex \\d+", "write [[:digit:]]"},
    {"regex \\w", "write [[:digit:]]"},
    {"regex \\<a\\>", "only takes the meaning"},
    {"regex \\`a", "only takes the meaning"},
    {"regex a\\'", "only takes the meaning"},
    {"regex \xc3\\\xa4", "only takes the meaning"},
    {"regex [\\d]", "in the [ ] of a regex a \\ escapes nothing"},
    {"regex [\\]]", "in the [ ] of a regex a \\ escapes nothing"},
    {"regex [a", "`[a`: the [ is not closed"},
    {"regex (a[)]", "a ( is not closed"},
    {"regex [z-a]", "the range is reversed"},
    {"regex [[:word:]]", "the classes are [:alnum:]"},
    {"regex [\xc3\xa4]", "ASCII characters only"},
    {"regex *a", "nothing to repeat"},
    {"regex +", "nothing to repeat"},
    {"regex a|*b", "nothing to repeat"},
    {"regex (?:a)", "nothing to repeat"},
    {"regex {2}", "nothing to repeat"},
    {"regex a**", "a repetition of a repetition"},
    {"regex a+?", "there are no lazy ones"},
    {"regex a{2}{3}", "a repetition of a repetition"},
    {"regex ^*a", "a ^ or $ cannot be repeated"},
    {"regex a$+", "a ^ or $ cannot be repeated"},
    {"regex \xc3\xa4*", "put ( ) around it"},
    {"regex a{", "a repetition is {N}"},
    {"regex a{}", "a repetition is {N}"},
    {"regex a{b}", "a repetition is {N}"},
    {"regex a{,3}", "a repetition is {N}"},
    {"regex a{1", "a repetition is {N}"},
    {"regex a{1,", "a repetition is {N}"},
    {"regex a{1,2", "a repetition is {N}"},
    {"regex a{1 ,2}", "one pattern follows"},
    {"regex a{2,1}", "the smaller number first"},
    {"regex a{-1}", "a repetition is {N}"},
    {"regex a{0}", "not only 0"},
    {"regex a{0,0}", "not only 0"},
    {"regex a{256}", "at most 255"},
    {"regex a{1,256}", "at most 255"},
    {"regex a{99999999999999999999}", "at most 255"},
    {"regex (a{255}){255}", "more than 1000 characters and operators"},
    {"path", "path DIR"},
    {"path srv", "absolute directory"},
    {"path /srv /home", "path DIR"},
    {"path /srv/../etc", "without `.` and `..`"},
    {"path /srv/..", "without `.` and `..`"},
    {"path /./srv", "without `.` and `..`"},
    {"path /srv/.", "without `.` and `..`"},
    {"path ''", "absolute directory"},
    {"path /srv/${key}", "${...} is not available"},
    {"path '/srv/${key}'", "${...} is not available"},
};

static void
test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(broken); i++) {
		struct fault fault = {0};

		if (type_parse(broken[i].text, &fault) != NULL)
			fail_msg("`%s` was accepted", broken[i].text);
		assert_int_equal(fault.why, WHY_POLICY);
		if (strstr(fault.text, broken[i].says) == NULL)
			fail_msg("`%s` says: %s", broken[i].text, fault.text);
	}
}

static void
test_directory(void **state)
{
	struct type *path = parse("path '/srv/.a/..b/c d'");
	struct type *word = parse("one-of /srv");

	(void)state;
	assert_string_equal(type_directory(path), "/srv/.a/..b/c d");
	assert_null(type_directory(word));
	type_free(path);
	type_free(word);
	type_free(NULL);
}

/* A NUL inside the bytes hides nothing. */
static void
test_nul(void **state)
{
	static const char *const types[] = {"integer 1..9", "hostname", "ip",
	    "name", "word", "date", "hex 1..9", "one-of 1", "glob *",
	    "regex .*", "path /"};

	(void)state;
	for (size_t i = 0; i < NELEM(types); i++) {
		struct type *type = parse(types[i]);

		assert_false(type_accepts(type, "1\0", 2));
		assert_false(type_accepts(type, "1\0-x", 4));
		type_free(type);
	}
}

/* Pairs whose answer is known; `prefix` goes before the words of b. */
static const struct {
	const char *a, *prefix, *b;
	bool overlap;
} pairs[] = {
    {"integer 1..5", "", "integer 5..9", true},
    {"integer 1..5", "", "integer 6..9", false},
    {"integer 10..99", "", "hex 2..2", true},
    {"integer 10..99", "", "hex 3..4", false},
    {"integer 5..1000", "", "hex 3..4", true},
    {"hex 1..2", "", "hex 3..4", false},
    {"hex 1..3", "", "hex 3..4", true},
    {"integer 0..9", "", "hostname", false},
    {"integer 0..9", "", "ip", false},
    {"integer 0..9", "", "date", false},
    {"hostname", "", "ip", false},
    {"ip", "", "date", false},
    {"ip", "", "hex 1..9", false},
    {"date", "", "hex 1..99", false},
    {"hostname", "", "hex 1..9", true},
    {"hostname", "", "date", true},
    {"word", "", "word", true},
    {"one-of a b", "", "one-of b c", true},
    {"one-of a b", "", "one-of c d", false},
    {"one-of -v start", "", "word", true},
    {"one-of -v", "", "word", false},
    {"one-of 'a b'", "", "word", false},
    {"one-of 'a b'", "", "path /", true},
    {"one-of 1.2.3.4", "", "hostname", false},
    {"word", "--x=", "word", false},
    {"path /", "--x=", "word", false},
    {"one-of --x=1 b", "--x=", "integer 1..9", true},
    {"one-of --x=0 b", "--x=", "integer 1..9", false},
    {"one-of --y=1 --x", "--x=", "integer 1..9", false},
    {"word", "x=", "word", true},
    {"name", "x=", "word", false},
    {"integer 1..99", "1", "integer 1..9", true},
    {"integer 1..99", "v", "integer 1..9", false},
    {"integer 10..19", "1", "one-of 0 x", true},
    {"integer 10..19", "2", "one-of 0 x", false},
    {"date", "2026-", "one-of 01-01", true},
    {"date", "2026-", "one-of 02-30", false},
    {"glob *.gz", "", "integer 0..9", false},
    {"glob *", "", "integer 0..9", true},
    {"glob ?[0-9]", "", "integer 0..99", true},
    {"glob a/*", "", "hostname", false},
    {"glob a/*", "", "path /", true},
    {"glob *.gz", "", "glob *.xz", false},
    {"glob a*", "", "glob b*", false},
    {"glob a*", "", "glob *b", true},
    {"glob ab", "", "glob abc", false},
    {"glob ab", "", "glob a?", true},
    {"glob ab", "", "glob a[!b]", false},
    {"glob *", "", "regex a", true},
    {"glob b*", "", "regex a|c", false},
    {"glob *", "", "regex -[a-z]", false},
    {"regex ab", "", "regex ac", true},
    {"regex a", "", "regex b?c", false},
    {"regex b?c", "", "regex c*", true},
    {"regex (x|^)$", "", "regex c*", false},
    {"regex a1", "", "integer 1..2", false},
    {"regex 12a", "", "integer 1..2", true},
    {"regex x=.*", "--x=", "word", false},
    {"word", "--x=", "glob *", false},
    {"glob *", "--x=", "word", false},
    {"glob x=*", "x=", "word", true},
    {"glob y=*", "x=", "word", false},
    {"glob x", "x=", "word", false},
    {"regex --x=.*", "--x=", "word", true},
    {"word", "--x=", "regex a", false},
    {"one-of a.xz b.gz", "", "glob *.gz", true},
    {"one-of a.xz b/c.gz", "", "glob *.gz", false},
    {"one-of --x=ab", "--x=", "regex a.", true},
    {"one-of --x=ba", "--x=", "regex a.", false},
    {"glob a*", "a", "one-of b", true},
    {"glob a*", "a", "one-of /", false},
};

static void
test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(pairs); i++) {
		struct type *a = parse(pairs[i].a), *b = parse(pairs[i].b);

		if (type_overlaps_prefixed(a, pairs[i].prefix, b) !=
		    pairs[i].overlap)
			fail_msg("%s, %s%s", pairs[i].a, pairs[i].prefix,
			    pairs[i].b);
		if (*pairs[i].prefix == '\0') {
			assert_int_equal(type_overlaps(a, b), pairs[i].overlap);
			assert_int_equal(type_overlaps(b, a), pairs[i].overlap);
		}
		type_free(a);
		type_free(b);
	}
}

/* Never `no` when a sample word, cut at any place, belongs to both. */
static void
check_overlap(const struct type *a, const struct type *b, const char *word)
{
	size_t len = strlen(word);
	char *prefix;

	if (!type_accepts(a, word, len))
		return;
	for (size_t cut = 0; cut <= len; cut++) {
		if (!type_accepts(b, word + cut, len - cut))
			continue;
		prefix = strndup(word, cut);
		assert_non_null(prefix);
		if (!type_overlaps_prefixed(a, prefix, b))
			fail_msg("`%s` with prefix `%s`", word, prefix);
		free(prefix);
	}
}

static void
test_overlap_sound(void **state)
{
	struct type *types[NELEM(rows)];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++)
		if (i == 0 || strcmp(rows[i].type, rows[i - 1].type) != 0)
			types[n++] = parse(rows[i].type);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			for (size_t k = 0; k < NELEM(rows); k++)
				check_overlap(types[i], types[j], rows[k].word);
	for (size_t i = 0; i < n; i++)
		type_free(types[i]);
}

/* No type but one-of and regex takes a word that could be an option, and
 * none a line. */
static void
test_no_option(void **state)
{
	static const char *const types[] = {"integer 0..9", "hostname", "ip",
	    "name", "word", "date", "hex 1..9", "glob *", "path /"};

	(void)state;
	for (size_t i = 0; i < NELEM(types); i++) {
		struct type *type = parse(types[i]);

		for (int c = 0; c < 256; c++) {
			char after[] = {'-', (char)c},
			     within[] = {'a', (char)c, 'a'};

			assert_false(type_accepts(type, after, 1));
			assert_false(type_accepts(type, after, 2));
			if (c < 0x20 || c == 0x7f)
				assert_false(type_accepts(type, within, 3));
		}
		type_free(type);
	}
}

/* Whatever a regex says, a control byte stays out, and so does nothing. */
static void
test_regex_bytes(void **state)
{
	struct type *type = parse("regex [[:cntrl:]a]*|.*|[^b]*");

	(void)state;
	for (int c = 0; c < 256; c++) {
		char word[] = {'a', (char)c};

		assert_int_equal(type_accepts(type, word, 2),
		    c >= 0x20 && c != 0x7f);
		assert_int_equal(type_accepts(type, word + 1, 1),
		    c >= 0x20 && c != 0x7f);
	}
	assert_false(type_accepts(type, "", 0));
	type_free(type);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepts),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_directory),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_pairs),
	    cmocka_unit_test(test_overlap_sound),
	    cmocka_unit_test(test_no_option),
	    cmocka_unit_test(test_regex_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
