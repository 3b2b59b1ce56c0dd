/* Patterns: rows first, then every small pattern and every short command
 * against a slow obvious reader. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "list.h"
#include "pattern.h"
#include "type.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define WORDS_MAX 65536

/* The args of all rows: name and type. */
static const char *const types[][2] = {
    {"zone", "hostname"},
    {"serial", "integer 1..4294967295"},
    {"count", "integer 1..99"},
    {"small", "integer 1..9"},
    {"files", "name"},
    {"a", "word"},
    {"b", "word"},
    {"c", "word"},
    {"mode", "one-of -v x '' 'two words'"},
    {"dir", "path /srv"},
    {"gz", "glob *.gz"},
    {"xz", "glob *.xz"},
    {"any", "glob '*'"},
    {"log", "glob '/var/log/*.log'"},
    {"flag", "regex -[a-z]|--all"},
    {"name-32_bytesABCDEFGHIJKLMNOPQRS", "word"},
};

struct args {
	struct arg *v;
	size_t n;
};

static void
add_arg(struct args *args, const char *name, const char *type)
{
	struct fault fault = {0};
	struct arg *arg;

	args->v = realloc(args->v, (args->n + 1) * sizeof(*args->v));
	assert_non_null(args->v);
	arg = &args->v[args->n++];
	*arg = (struct arg) {strdup(name), type_parse(type, &fault), 1};
	assert_non_null(arg->name);
	assert_non_null(arg->type);
}

static struct args
make_args(void)
{
	struct args args = {0};

	for (size_t i = 0; i < NELEM(types); i++)
		add_arg(&args, types[i][0], types[i][1]);
	return args;
}

static void
free_args(struct args *args)
{
	for (size_t i = 0; i < args->n; i++) {
		free(args->v[i].name);
		type_free(args->v[i].type);
	}
	free(args->v);
}

static struct pattern *
parse(const char *text, const struct args *args)
{
	struct fault fault = {0};
	struct pattern *pattern;

	pattern = pattern_parse(text, args->v, args->n, &fault);
	if (pattern == NULL)
		fail_msg("`%s`: %s", text, fault.text);
	return pattern;
}

/* Words of a row are separated by `|`, so that they may hold blanks. */
static struct list
split(const char *text)
{
	struct list list = {0};
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, "|");
		assert_int_equal(list_addf(&list, "%.*s", (int)len, text), 0);
		if (text[len] == '\0')
			return list;
	}
}

/* `name=` and the text taken, for each capture. */
static char *
describe(const struct match *match, char *const *words)
{
	char *text = strdup(""), *longer;

	for (size_t i = 0; i < match->n; i++) {
		const struct capture *c = &match->v[i];

		for (size_t j = 0; j < c->count; j++) {
			assert_true(
			    asprintf(&longer, "%s%s%s%s%s", text,
				*text != '\0' && j == 0 ? " " : "",
				j == 0 ? c->arg->name : "", j == 0 ? "=" : ",",
				words[c->first + j] + c->skip) != -1);
			free(text);
			text = longer;
		}
	}
	return text;
}

#define NO NULL

static const struct {
	const char *pattern;
	const char *words;
	const char *captures; /* NO: no match */
} rows[] = {
    {"dns-push {zone} [--serial={serial}]", "dns-push|example.org",
	"zone=example.org"},
    {"dns-push {zone} [--serial={serial}]", "dns-push|example.org|--serial=20",
	"zone=example.org serial=20"},
    {"dns-push {zone} [--serial={serial}]",
	"dns-push|example.org|--serial=", NO},
    {"dns-push {zone} [--serial={serial}]", "dns-push|example.org|--serial",
	NO},
    {"dns-push {zone} [--serial={serial}]", "dns-push|example.org|--serial=-1",
	NO},
    {"dns-push {zone} [--serial={serial}]", "dns-push|example.org|--serial=020",
	NO},
    {"dns-push {zone} [--serial={serial}]", "dns-push|--serial=20", NO},
    {"dns-push {zone} [--serial={serial}]", "dns-push|--serial=20|example.org",
	NO},
    {"dns-push {zone} [--serial={serial}]",
	"dns-push|example.org|--serial=20|--serial=20", NO},
    {"dns-push {zone} [--serial={serial}]", "dns-push", NO},
    {"dns-push {zone} [--serial={serial}]", "", NO},
    {"dns-push {zone} [--serial={serial}]", "DNS-PUSH|example.org", NO},
    {"dns-push {zone} [--serial={serial}]", "dns-push|--help", NO},
    {"dns-push {zone} [--serial={serial}]", "dns-push|example.org|x", NO},
    {"dns-push {zone} [--serial={serial}]", "x|dns-push|example.org", NO},
    {"dns-push {zone} [--serial={serial}]", "dns-push example.org", NO},

    {"tail [ -n {count} ] {files...}", "tail|a.log", "files=a.log"},
    {"tail [ -n {count} ] {files...}", "tail|-n|5|a|b", "count=5 files=a,b"},
    {"tail [-n {count}] {files...}", "tail|-n|5", NO},
    {"tail [-n {count}] {files...}", "tail|-n|a", NO},
    {"tail [-n {count}] {files...}", "tail|a|-n|5", NO},
    {"tail [-n {count}] {files...}", "tail|a|b|c|d|e", "files=a,b,c,d,e"},
    {"tail [-n {count}] {files...}", "tail|a||b", NO},

    {"cp {a...} {b}", "cp|1|2", "a=1 b=2"},
    {"cp {a...} {b}", "cp|1|2|3|4", "a=1,2,3 b=4"},
    {"cp {a...} {b}", "cp|1", NO},
    {"cp {a...} {b} [-v]", "cp|1|2|3|-v", "a=1,2 b=3"},
    {"{a} {b...} {c}", "1|2|3|4", "a=1 b=2,3 c=4"},
    {"{count...} to {a} {b...}", "1|2|to|to|x", "count=1,2 a=to b=x"},
    {"[{a}] {b}", "1", "b=1"},
    {"[{a}] {b}", "1|2", "a=1 b=2"},
    {"[{a} {b}] {c}", "1|2", NO},
    {"[-v] {a}", "-v|x", "a=x"},
    {"[-v] {a}", "-v", NO},
    {"[-a] [-b] x [-c]", "-a|x|-c", ""},
    {"[-a] [-b] x [-c]", "-b|-a|x", NO},
    {"x", "x", ""},
    {"x", "x|", NO},
    {"x", "x\n", NO},
    {"x", "X", NO},

    {"echo 'a b' '' '{a}' '[x]' '*|$'", "echo", NO},
    {"echo 'a b'", "echo|a b", ""},
    {"echo 'a b'", "echo|a|b", NO},
    {"echo ''", "echo|", ""},
    {"echo ''", "echo", NO},
    {"echo '{a}'", "echo|{a}", ""},
    {"echo '{a}'", "echo|x", NO},
    {"echo ['[x]']", "echo|[x]", ""},
    {"echo ['[x]']", "echo", ""},
    {"echo '*'", "echo|*", ""},
    {"echo '*'", "echo|x", NO},
    {"--x={mode} y", "--x=|y", "mode="},
    {"--x={mode} y", "--x=-v|y", "mode=-v"},
    {"{mode} y", "two words|y", "mode=two words"},
    {"a={a} b={b}", "a=b=|b=a=", "a=b= b=a="},
    {"  \t{a}\t ", "1", "a=1"},
    {"get {dir}", "get|../x y", "dir=../x y"},
    {"get {dir}", "get|-x", NO},
    {"\xc3\xa4 {a}", "\xc3\xa4|1", "a=1"},
    {"get [{flag}] {gz...}", "get|a.gz|b c.gz", "gz=a.gz,b c.gz"},
    {"get [{flag}] {gz...}", "get|-v|a.gz", "flag=-v gz=a.gz"},
    {"get [{flag}] {gz...}", "get|-v|a.gz|b.xz", NO},
    {"get [{flag}] {gz...}", "get|-vq|a.gz", NO},
    {"get [{gz}] [{xz}] x", "get|a.xz|x", "xz=a.xz"},
    {"get [{gz}] [{count}] x", "get|9|x", "count=9"},
    {"get --log={log}", "get|--log=/var/log/a.log", "log=/var/log/a.log"},
    {"get --log={log}", "get|--log=/var/log/../a.log", NO},
    {"get --log={log}", "get|--log=/var/log/a/b.log", NO},
    {"{name-32_bytesABCDEFGHIJKLMNOPQRS}", "1",
	"name-32_bytesABCDEFGHIJKLMNOPQRS=1"},
};

static void
check_row(size_t i, const struct args *args)
{
	struct pattern *pattern = parse(rows[i].pattern, args);
	struct list words = split(rows[i].words);
	struct match match;
	char *got = NULL;

	if (pattern_match(pattern, words.v, words.n, &match))
		got = describe(&match, words.v);
	if ((got == NULL) != (rows[i].captures == NULL) ||
	    (got != NULL && strcmp(got, rows[i].captures) != 0))
		fail_msg("`%s` on `%s`: %s", rows[i].pattern, rows[i].words,
		    got == NULL ? "no match" : got);
	free(got);
	list_free(&words);
	pattern_free(pattern);
}

static void
test_rows(void **state)
{
	struct args args = make_args();

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++)
		check_row(i, &args);
	free_args(&args);
}

static const struct {
	const char *pattern;
	const char *says;
} broken[] = {
    {"", "always there"},
    {"  \t ", "always there"},
    {"[x]", "always there"},
    {"[x] [{a}]", "always there"},
    {"x [", "not closed"},
    {"x [y", "not closed"},
    {"x y]", "`]`: there is a ] without its ["},
    {"x []", "is empty"},
    {"x [ ]", "is empty"},
    {"x [y [z]]", "`[z]]`: a [ ] cannot stand in another"},
    {"x [[y]]", "cannot stand in another"},
    {"x[y]", "`x[y]`: [ ] goes around whole words"},
    {"x --a[={a}]", "`--a[={a}]`: [ ] goes around whole words"},
    {"x [y]z", "put a blank after the ]"},
    {"x [y][z]", "put a blank after the ]"},
    {"x '", "not closed"},
    {"x 'y z", "`'y`: the quote is not closed"},
    {"x 'y'z", "quotes go around a whole word"},
    {"x 'y''z'", "quotes go around a whole word"},
    {"x y'z'", "`y'z'`: quotes go around a whole word"},
    {"x --a='y z'", "quotes go around a whole word"},
    {"x \"y\"", "`\"y\"`: quotes are"},
    {"x y\\ z", "`y\\`: quotes are"},
    {"x *", "`*`: `*` has no special meaning here; quote it: '*'"},
    {"x *.log", "quote it: '*.log'"},
    {"x a?", "quote it: 'a?'"},
    {"x | y", "quote it: '|'"},
    {"x; y", "quote it: 'x;'"},
    {"x && y", "quote it"},
    {"x >y", "quote it"},
    {"x <y", "quote it"},
    {"x $HOME", "quote it: '$HOME'"},
    {"x ${key}", "quote it"},
    {"x $(id)", "quote it"},
    {"x `id`", "quote it"},
    {"x ~/y", "quote it"},
    {"x #y", "quote it"},
    {"x !y", "quote it"},
    {"x *{a}", "quote it"},
    {"x y\x01", "control byte"},
    {"x y\nz", "control byte"},
    {"x 'y\nz'", "control byte"},
    {"x 'y\tz'", "control byte"},
    {"x \x7f", "control byte"},
    {"x {", "a capture is {name}"},
    {"x }", "`}`: there is a } without its {"},
    {"x y}", "there is a } without its {"},
    {"x {}", "a capture is {name}"},
    {"x { a }", "`{`: a capture is {name}"},
    {"x {a", "a capture is {name}"},
    {"x {a}}", "a } too many"},
    {"x {{a}", "a capture is {name}"},
    {"x {a}{b}", "one {name} only"},
    {"x {a,b}", "a capture is {name}"},
    {"x {1a}", "a capture is {name}"},
    {"x {_a}", "a capture is {name}"},
    {"x {-a}", "a capture is {name}"},
    {"x {a.b}", "a capture is {name}"},
    {"x {\xc3\xa4}", "a capture is {name}"},
    {"x {a..}", "a capture is {name}"},
    {"x {a....}", "a capture is {name}"},
    {"x {name-33_bytesABCDEFGHIJKLMNOPQRST}", "a capture is {name}"},
    {"x y{a...}", "{name...} stands for whole words"},
    {"x {a...}y", "{name...} stands for whole words"},
    {"x {a}y", "`{a}y`: a {name} is the end of its word"},
    {"x {zones}", "{zones} has no type; write one, such as `arg.zones ="},
    {"x {A}", "{A} has no type"},
    {"x {a} {a}", "{a} stands twice"},
    {"x {a} [{a...}]", "{a} stands twice"},

    {"x [{a}] [{b}]", "may be `{a}` or `{b}`"},
    {"x {a...} {b...}", "may be `{a...}` or `{b...}`"},
    {"x {a...} y {b...}", "may be `{a...}` or `y`"},
    {"x [{a} {b}] {c...}", "may be `{a}` or `{c...}`"},
    {"x {a...} [{b}]", "may be `{a...}` or `{b}`"},
    {"x [y] [y]", "the first or the second `y`"},
    {"x [y] {a...}", "may be `y` or `{a...}`"},
    {"[{mode}] [-v] x", "may be `{mode}` or `-v`"},
    {"[a={a}] {b...}", "may be `a={a}` or `{b...}`"},
    {"x [--a={a}] [--a=b={b}]", "may be `--a={a}` or `--a=b={b}`"},
    {"x [{serial}] [{count}]", "put a literal word before one"},
    {"x [{gz}] [{any}]", "may be `{gz}` or `{any}`"},
    {"x [{any}] [a.gz]", "may be `{any}` or `a.gz`"},
    {"x [{any}] [{a}]", "may be `{any}` or `{a}`"},
    {"x [{flag}] [-v]", "may be `{flag}` or `-v`"},
    {"x [{flag}] [--{any}]", "may be `{flag}` or `--{any}`"},
};

static void
test_broken(void **state)
{
	struct args args = make_args();

	(void)state;
	for (size_t i = 0; i < NELEM(broken); i++) {
		struct fault fault = {0};

		if (pattern_parse(broken[i].pattern, args.v, args.n, &fault) !=
		    NULL)
			fail_msg("`%s` was accepted", broken[i].pattern);
		assert_int_equal(fault.why, WHY_POLICY);
		if (strstr(fault.text, broken[i].says) == NULL)
			fail_msg("`%s` says: %s", broken[i].pattern,
			    fault.text);
	}
	free_args(&args);
}

/* Unambiguous for a reason that is easy to get wrong. */
static void
test_loads(void **state)
{
	static const char *const patterns[] = {"{a...} {b}", "{a} {b...}",
	    "{a} {b...} {c}", "[{a}] {b}", "[-v] {a}", "[-v] [-q] {a...}",
	    "[--x={a}] [--y={b}] {c...}", "{count...} {zone...}",
	    "[{serial}] {zone}", "{small...} x {count}", "[{a} {b}] {c}",
	    "{count...} x {small...}", "[x] x", "[--a={count}] [--a={zone}] z",
	    "x [{any}] [--a={a}]", "x [{gz}] [{xz}] [{log}]", "x [{any}] [-v]",
	    "x [{flag}] [-vv] [x]", "x [{gz}] [{count}]", "x [{flag}] [{any}]",
	    "x [a{xz}] [b{any}] y", "'' [{a}]", "[-v {a}] [-q {b}] x",
	    "{a...} [-v x] x"};
	struct args args = make_args();

	(void)state;
	for (size_t i = 0; i < NELEM(patterns); i++)
		pattern_free(parse(patterns[i], &args));
	free_args(&args);
}

/* Refused out of caution: no word is both, but telling so would need more
 * knowledge than type_overlaps_prefixed() has. */
static void
test_cautious(void **state)
{
	static const char *const patterns[] = {"x [{small}] [5{count}]",
	    "x [{zone}] [.{a}]", "x [{flag}] [-{gz}]",
	    "x [{log}] [/var/log/{gz}]"};
	struct args args = make_args();
	struct fault fault = {0};

	(void)state;
	for (size_t i = 0; i < NELEM(patterns); i++) {
		assert_null(pattern_parse(patterns[i], args.v, args.n, &fault));
		assert_non_null(strstr(fault.text, "in two ways"));
	}
	free_args(&args);
}

static void
test_facts(void **state)
{
	struct args args = make_args();
	struct pattern *p = parse("/bin/x {a} [-f {b}] [-l {c...} -e] -t "
				  "{files...}",
	    &args);
	struct pattern *q = parse("[-v] x", &args);
	struct pattern *r = parse("{a} x", &args);
	struct pattern *s = parse("'my prog' x", &args);

	(void)state;
	assert_string_equal(pattern_program(p), "/bin/x");
	assert_null(pattern_program(q));
	assert_null(pattern_program(r));
	assert_string_equal(pattern_program(s), "my prog");
	assert_int_equal(pattern_captures(p, "a"), CAPTURE_ALWAYS);
	assert_int_equal(pattern_captures(p, "b"), CAPTURE_MAYBE);
	assert_int_equal(pattern_captures(p, "c"), CAPTURE_MAYBE_MANY);
	assert_int_equal(pattern_captures(p, "files"), CAPTURE_MANY);
	assert_int_equal(pattern_captures(p, "zone"), CAPTURE_NONE);
	assert_int_equal(pattern_captures(p, ""), CAPTURE_NONE);
	assert_int_equal(pattern_captures(p, "-t"), CAPTURE_NONE);
	pattern_free(p);
	pattern_free(q);
	pattern_free(r);
	pattern_free(s);
	pattern_free(NULL);
	free_args(&args);
}

/* Size. */

/* `{w0...}` and n - 1 words {w1} {w2} …, or with `many` all of them many. */
static char *
long_pattern(size_t n, bool many, struct args *args)
{
	char *text = strdup(""), *longer, name[24];

	for (size_t i = 0; i < n; i++) {
		bool more = many || i == 0;

		assert_true(asprintf(&longer, "%s%s{w%zu%s} ", text,
				many ? (i % 2 ? "x " : "y ") : "", i,
				more ? "..." : "") != -1);
		free(text);
		text = longer;
		snprintf(name, sizeof(name), "w%zu", i);
		add_arg(args, name, many ? "integer 0..9" : "word");
	}
	return text;
}

static void
check_limit(size_t n, bool many, const char *says)
{
	struct args args = {0};
	struct fault fault = {0};
	char *text = long_pattern(n, many, &args);
	struct pattern *p = pattern_parse(text, args.v, args.n, &fault);

	if (says == NULL)
		assert_non_null(p);
	else
		assert_null(p);
	if (says != NULL)
		assert_non_null(strstr(fault.text, says));
	pattern_free(p);
	free(text);
	free_args(&args);
}

static void
test_limits(void **state)
{
	(void)state;
	check_limit(PATTERN_ELEMENTS_MAX, false, NULL);
	check_limit(PATTERN_ELEMENTS_MAX + 1, false, "64 words, not 65");
	check_limit(8, true, NULL);
	check_limit(9, true, "8 {name...}, not 9");
}

/* The most states over the most words a command can have. */
static void
test_many_words(void **state)
{
	static char *words[WORDS_MAX];
	static char word[] = "w";
	struct args args = {0};
	char *text = long_pattern(PATTERN_ELEMENTS_MAX, false, &args);
	struct pattern *p = parse(text, &args);
	struct match match;

	(void)state;
	for (size_t i = 0; i < WORDS_MAX; i++)
		words[i] = word;
	assert_true(pattern_match(p, words, WORDS_MAX, &match));
	assert_int_equal(match.n, PATTERN_ELEMENTS_MAX);
	assert_int_equal(match.v[0].first, 0);
	assert_int_equal(match.v[0].count, WORDS_MAX - 63);
	for (size_t i = 1; i < match.n; i++) {
		assert_int_equal(match.v[i].first, WORDS_MAX - 64 + i);
		assert_int_equal(match.v[i].count, 1);
	}
	assert_true(pattern_match(p, words, 64, &match));
	assert_false(pattern_match(p, words, 63, &match));
	pattern_free(p);
	free(text);
	free_args(&args);
}

static void
test_long_word(void **state)
{
	size_t len = (size_t)128 * 1024;
	struct args args = make_args();
	struct pattern *p = parse("x {a...} {b}", &args);
	char *big = malloc(len + 1), x[] = "x";
	char *words[] = {x, big, big};
	struct match match;

	(void)state;
	assert_non_null(big);
	memset(big, 'w', len);
	big[len] = '\0';
	assert_true(pattern_match(p, words, 3, &match));
	big[len - 1] = '\x01';
	match.n = 77;
	assert_false(pattern_match(p, words, 3, &match));
	assert_int_equal(match.n, 77); /* written only on success */
	assert_false(pattern_match(p, words, 0, &match));
	free(big);
	pattern_free(p);
	free_args(&args);
}

/*
 * The oracle: reads the text of a pattern again for each command, tries
 * everything, and counts the readings.
 */
struct taken {
	const char *name; /* two bytes in the pattern's text */
	size_t first, count, skip;
};

struct reading {
	struct taken v[4];
	size_t n;
};

struct oracle {
	char *const *words;
	size_t n;
	unsigned count;
	struct reading now, found;
};

static bool
is_of_type(char type, const char *word)
{
	switch (type) {
	case 'w':
		return word[0] != '-';
	case 'i':
		return strcmp(word, "1") == 0 || strcmp(word, "2") == 0;
	default:
		return strcmp(word, "x") == 0 || strcmp(word, "-v") == 0;
	}
}

static void read_on(struct oracle *, const char *, size_t);

static void
read_capture(struct oracle *o, const char *p, size_t len, size_t at)
{
	const char *name = strchr(p, '{') + 1, *word;
	size_t skip = (size_t)(name - 1 - p);
	struct taken *taken = &o->now.v[o->now.n++];
	bool many = p[len - 2] == '.';

	for (size_t end = at + 1; end <= o->n; end++) {
		word = o->words[end - 1];
		if (strncmp(word, p, skip) != 0 ||
		    !is_of_type(name[0], word + skip))
			break;
		*taken = (struct taken) {name, at, end - at, skip};
		read_on(o, p + len, end);
		if (!many)
			break;
	}
	o->now.n--;
}

static void
read_on(struct oracle *o, const char *p, size_t at)
{
	size_t len;

	p += strspn(p, " ]");
	len = strcspn(p, " ]");
	if (*p == '\0') {
		if (at == o->n && o->count++ == 0)
			o->found = o->now;
	} else if (*p == '[') {
		read_on(o, p + 1, at);
		read_on(o, strchr(p, ']'), at);
	} else if (at == o->n) {
		return;
	} else if (memchr(p, '{', len) != NULL) {
		read_capture(o, p, len, at);
	} else if (strlen(o->words[at]) == len &&
	    memcmp(o->words[at], p, len) == 0) {
		read_on(o, p + len, at + 1);
	}
}

static bool
same(const struct match *match, const struct reading *reading)
{
	if (match->n != reading->n)
		return false;
	for (size_t i = 0; i < match->n; i++) {
		const struct capture *c = &match->v[i];
		const struct taken *t = &reading->v[i];

		if (strncmp(c->arg->name, t->name, 2) != 0 ||
		    c->first != t->first || c->count != t->count ||
		    c->skip != t->skip)
			return false;
	}
	return true;
}

/* What one run of the comparison looks at: `#` becomes the position. */
struct world {
	const char *elements[10];
	const char *words[6];
	size_t length; /* of patterns */
	size_t depth; /* of commands */
};

struct tally {
	size_t loaded, nullable, ambiguous, pairs, matches;
};

static size_t
count_strings(const char *const *v)
{
	size_t n = 0;

	while (v[n] != NULL)
		n++;
	return n;
}

/* The command number `index` of n words; false when there are no more. */
static bool
nth_command(const struct world *w, size_t index, size_t n, char **words)
{
	size_t base = count_strings(w->words);

	for (size_t i = 0; i < n; i++) {
		/* Only read; a command has the type of an argv. */
		memcpy(&words[i], &w->words[index % base], sizeof(words[i]));
		index /= base;
	}
	return index == 0;
}

static void
compare(const struct pattern *p, const char *text, struct oracle *o,
    struct tally *tally)
{
	struct match match;
	bool got = pattern_match(p, o->words, o->n, &match);

	if (o->count > 1)
		fail_msg("`%s` loads with %u readings", text, o->count);
	if (got != (o->count == 1) || (got && !same(&match, &o->found)))
		fail_msg("`%s` on %zu words, `%s`…", text, o->n, o->words[0]);
	tally->matches += got;
}

/* All commands on one pattern; the most readings that a command has. */
static unsigned
try_commands(const struct world *w, const char *text, const struct pattern *p,
    struct tally *tally)
{
	char *words[8];
	unsigned most = 0;

	for (size_t n = 1; n <= w->depth; n++) {
		for (size_t i = 0; nth_command(w, i, n, words); i++) {
			struct oracle o = {.words = words, .n = n};

			read_on(&o, text, 0);
			tally->pairs++;
			if (o.count > most)
				most = o.count;
			if (p != NULL)
				compare(p, text, &o, tally);
			else if (most > 1)
				return most;
		}
	}
	return most;
}

static void
try_pattern(const struct world *w, const char *text, const struct args *args,
    struct tally *tally)
{
	struct fault fault = {0};
	struct pattern *p = pattern_parse(text, args->v, args->n, &fault);
	struct oracle none = {0};

	read_on(&none, text, 0);
	if (none.count > 0) {
		assert_null(p);
		assert_non_null(strstr(fault.text, "always there"));
		tally->nullable++;
		return;
	}
	if (p != NULL) {
		tally->loaded++;
		try_commands(w, text, p, tally);
		pattern_free(p);
		return;
	}
	if (strstr(fault.text, "in two ways") == NULL)
		fail_msg("`%s`: %s", text, fault.text);
	tally->ambiguous++;
	if (try_commands(w, text, NULL, tally) < 2)
		fail_msg("`%s` refused, but no command has two readings", text);
}

static void
put(char *text, const char *s, size_t index)
{
	size_t len = strlen(text);

	for (; *s != '\0'; s++)
		text[len++] = *s == '#' ? (char)('0' + index) : *s;
	text[len] = '\0';
}

/*
 * Every pattern that goes on from text: the next element stands alone, in a
 * group of its own or, when one is open, in the group before it.
 */
static void
try_patterns(const struct world *w, const char *text, size_t index,
    const struct args *args, struct tally *tally)
{
	static const char *const forms[] = {" ", " [", ""};
	size_t len = strlen(text);
	bool open = len > 0 && text[len - 1] == ']';
	char next[128];

	if (index > 0)
		try_pattern(w, text, args, tally);
	if (index == w->length)
		return;
	for (size_t e = 0; w->elements[e] != NULL; e++) {
		for (size_t f = 0; f < NELEM(forms) - !open; f++) {
			strcpy(next, text);
			if (f == 2)
				next[len - 1] = ' ';
			put(next, forms[f], index);
			put(next, w->elements[e], index);
			put(next, f == 0 ? "" : "]", index);
			try_patterns(w, next, index + 1, args, tally);
		}
	}
}

static void
explore(const struct world *w, struct tally *tally)
{
	static const char *const letters[][2] = {{"w", "word"},
	    {"i", "integer 1..2"}, {"o", "one-of x -v"}};
	struct args args = {0};
	char name[3];

	for (size_t i = 0; i < NELEM(letters); i++)
		for (size_t n = 0; n < w->length; n++) {
			snprintf(name, sizeof(name), "%c%c", letters[i][0][0],
			    (char)('0' + n));
			add_arg(&args, name, letters[i][1]);
		}
	try_patterns(w, "", 0, &args, tally);
	print_message("%zu loaded, %zu ambiguous, %zu may be empty; "
		      "%zu pairs, %zu matches\n",
	    tally->loaded, tally->ambiguous, tally->nullable, tally->pairs,
	    tally->matches);
	free_args(&args);
}

/* Many kinds of elements, three at a time. */
static void
test_oracle_wide(void **state)
{
	static const struct world world = {
	    .elements = {"x", "-v", "{w#}", "{w#...}", "{i#}", "{i#...}",
		"{o#}", "-o={i#}", "x{i#}"},
	    .words = {"x", "-v", "1", "-o=1", "x1"},
	    .length = 3,
	    .depth = 4,
	};
	struct tally tally = {0};

	(void)state;
	explore(&world, &tally);
	assert_true(tally.loaded > 1000 && tally.ambiguous > 1000);
	assert_true(tally.pairs > 1000000 && tally.matches > 10000);
}

/* Few kinds, four at a time, and longer commands. */
static void
test_oracle_deep(void **state)
{
	static const struct world world = {
	    .elements = {"x", "-v", "{w#}", "{w#...}", "{i#...}"},
	    .words = {"x", "-v", "1"},
	    .length = 4,
	    .depth = 6,
	};
	struct tally tally = {0};

	(void)state;
	explore(&world, &tally);
	assert_true(tally.loaded > 1000 && tally.ambiguous > 1000);
	assert_true(tally.pairs > 1000000 && tally.matches > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_loads),
	    cmocka_unit_test(test_cautious),
	    cmocka_unit_test(test_facts),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_many_words),
	    cmocka_unit_test(test_long_word),
	    cmocka_unit_test(test_oracle_wide),
	    cmocka_unit_test(test_oracle_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
