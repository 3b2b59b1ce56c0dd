/* learn: what it makes of words; and that the rules for any set of commands
 * permit these, and nothing of a shape or with a value that was not seen. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/account.h"
#include "ctl/keyfile.h"
#include "ctl/learn.h"
#include "ctl/learn_type.h"
#include "ctl/traffic.h"
#include "decide.h"
#include "list.h"
#include "request.h"
#include "settings.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* --- types ---------------------------------------------------------------- */

struct type_row {
	const char *words; /* with blanks between */
	unsigned long times;
	const char *lead;
	const char *type; /* NULL: none is safe */
};

static const struct type_row type_rows[] = {
    {"7 12", 2, "", "integer 7..12"},
    {"0 18446744073709551615", 2, "", "integer 0..18446744073709551615"},
    {"2026-11-20 2026-11-21", 2, "", "date"},
    {"2026-02-28 2026-02-30", 2, "", "one-of 2026-02-28 2026-02-30"},
    {"web1 web2 web3", 3, "", "one-of web1 web2 web3"},
    {"web1 web2 web3 web4", 4, "", "name"},
    {"web1 web2 web3 web4", 11, "", "name"},
    {"web1 web2 web3 web4", 12, "", "one-of web1 web2 web3 web4"},
    {"a.example b.example c.example d.example", 4, "", "hostname"},
    {"a.example b.example c.example d_e", 4, "", "name"},
    {"192.0.2.1 192.0.2.2 192.0.2.3 ::1", 4, "", "ip"},
    {"0a1b2c3d4 1a1b2c3d4e 2a1b2c3d4 3a1b2c3d4", 4, "", "hex 9..10"},
    {"001 002 003 0004", 4, "", "hex 3..4"},
    {"cafe beef dead face", 4, "", "name"},
    {"deadbeef beefdead cafebabe facefeed", 4, "", "name"},
    {"job-1 job-2 job-3 job-11", 4, "job-", "integer 1..11"},
    {"d/2026-11-20 d/2026-11-21 d/2026-11-22 d/2026-11-23", 4, "d/", "date"},
    {"x=1 x=2 x=3 x=y", 4, "", "one-of x=1 x=2 x=3 x=y"},
    {"/usr/bin /usr/lib /usr/share /usr/include", 4, "", "path /usr"},
    {"/usr/a/b /usr/a/b/c /usr/a/bc /usr/a/d", 4, "", "path /usr"},
    {"/usr/../a /usr/b /usr/c /usr/d", 4, "",
	"one-of /usr/../a /usr/b /usr/c /usr/d"},
    {"/a /b /c /d", 4, "", "one-of /a /b /c /d"},
    {"a,b c,d e,f g,h", 4, "", "one-of a,b c,d e,f g,h"},
    {"a,0 a,1 a,2 a,3 a,4 a,5 a,6 a,7 a,8 a,9 a,a a,b a,c a,d a,e a,f a,g", 17,
	"", "word"},
    {"a;b a* c d", 4, "", "one-of 'a;b' 'a*' c d"},
    {"-a -b", 2, "", "one-of -a -b"},
    {"it's that's what's who's", 4, "", "word"},
    {"\xc3\xa9'1 \xc3\xa9'2", 2, "", NULL},
    {"a\tb c'd", 2, "", NULL},
};

static void
split(struct list *words, const char *text)
{
	char *copy = strdup(text), *save = NULL;

	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		assert_int_equal(list_add(words, w), 0);
	free(copy);
}

static void
test_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(type_rows); i++) {
		const struct type_row *row = &type_rows[i];
		struct learned_type type;
		struct list words = {0};
		bool found;

		split(&words, row->words);
		found = learn_type(&type, &words, row->times);
		if (found != (row->type != NULL) ||
		    (found &&
			(strcmp(type.text, row->type) != 0 ||
			    strcmp(type.lead, row->lead) != 0)))
			fail_msg("%s: got %s `%s`", row->words,
			    found ? type.lead : "-", found ? type.text : "-");
		learn_type_free(&type);
		list_free(&words);
	}
}

static void
check_quote(const char *word, const char *want)
{
	char *quoted = learn_quote(word);

	if (want == NULL)
		assert_null(quoted);
	else
		assert_string_equal(quoted, want);
	free(quoted);
}

static void
test_quotes(void **state)
{
	(void)state;
	check_quote("plain-1.2_3/x:y@z", "plain-1.2_3/x:y@z");
	check_quote("", "''");
	check_quote("two words", "'two words'");
	check_quote("{name}", "'{name}'");
	check_quote("[x]", "'[x]'");
	check_quote("\\x2d", "'\\x2d'");
	check_quote("\"", "'\"'");
	check_quote("\xc3\xa9", "'\xc3\xa9'");
	check_quote("it's", NULL);
	check_quote("a\tb", NULL);
	check_quote("\x7f", NULL);
	check_quote("\xe2\x80\xae", NULL); /* writes the rest backwards */
	check_quote("\xff", NULL);
}

/* --- rules ---------------------------------------------------------------- */

struct scene {
	struct account account;
	struct settings settings;
	struct keyfile file;
	struct traffic traffic;
	struct learn learn;
	struct learn_facts facts;
};

static void
scene_make(struct scene *s)
{
	struct fault fault;

	*s = (struct scene) {0};
	assert_int_equal(account_find(&s->account, "root"), 0);
	assert_int_equal(settings_parse(&s->settings, "", 0, &fault), 0);
	s->traffic.dir = "/nonexistent";
	s->traffic.key = "k";
	s->traffic.account = &s->account;
	s->learn = (struct learn) {.traffic = &s->traffic,
	    .settings = &s->settings,
	    .file = &s->file};
}

static void
scene_free(struct scene *s)
{
	learn_free(&s->learn);
	traffic_free(&s->traffic);
	settings_free(&s->settings);
	account_free(&s->account);
}

static bool
permits(const struct scene *s, const struct judge *judge, const char *command)
{
	struct traffic other = {.dir = s->traffic.dir,
	    .key = s->traffic.key,
	    .account = s->traffic.account};
	struct fault fault;
	bool permitted;

	traffic_add(&other, command, true);
	permitted = judge_permits(judge, &s->learn, other.v[0], &fault);
	traffic_free(&other);
	return permitted;
}

/* What stands in a command, as digits of a number: 0 ends it. */
static const char *const alphabet[] = {NULL, "-a", "-b", "x", "y"};
enum { SYMBOLS = 5, LENGTH = 3, COMMANDS = 125 };

/* false: there is a hole in it, and another number is that command. */
static bool
make_command(unsigned number, char *text, size_t size)
{
	bool ended = false;

	snprintf(text, size, "true");
	for (int i = 0; i < LENGTH; i++, number /= SYMBOLS) {
		const char *word = alphabet[number % SYMBOLS];

		if (word != NULL && ended)
			return false;
		ended = word == NULL;
		if (ended)
			continue;
		strcat(text, " ");
		strcat(text, word);
	}
	return true;
}

static bool
is_value(const char *word)
{
	return word != NULL && word[0] != '-';
}

/* Whether two commands have options in the same places, and values. */
static bool
same_shape(unsigned a, unsigned b)
{
	for (int i = 0; i < LENGTH; i++, a /= SYMBOLS, b /= SYMBOLS) {
		const char *one = alphabet[a % SYMBOLS];
		const char *two = alphabet[b % SYMBOLS];

		if (one != two && !(is_value(one) && is_value(two)))
			return false;
	}
	return true;
}

static bool
has_shape(const bool *seen, unsigned number)
{
	for (unsigned i = 0; i < COMMANDS; i++)
		if (seen[i] && same_shape(i, number))
			return true;
	return false;
}

static void
check_set(const bool *seen)
{
	struct scene s;
	struct judge judge;
	struct fault fault;
	char text[64];

	scene_make(&s);
	for (unsigned i = 0; i < COMMANDS; i++)
		if (seen[i] && make_command(i, text, sizeof(text)))
			traffic_add(&s.traffic, text, true);
	learn_all(&s.learn, &s.facts, 1);
	assert_int_equal(s.learn.nleft, 0);
	if (!judge_load(&judge, &s.learn, s.learn.rules, s.learn.nrules,
		&fault))
		fail_msg("%s", fault.text);
	for (unsigned i = 0; i < COMMANDS; i++) {
		bool may;

		if (!make_command(i, text, sizeof(text)))
			continue;
		may = permits(&s, &judge, text);
		if (seen[i] && !may)
			fail_msg("%s was seen, and is refused", text);
		if (may && !has_shape(seen, i))
			fail_msg(
			    "%s is permitted, and nothing like it was seen",
			    text);
	}
	judge_free(&judge);
	scene_free(&s);
}

/* Every set would be 2^85 of them. */
static void
test_sets(void **state)
{
	uint32_t random = 7;
	bool seen[COMMANDS];
	char text[64];

	(void)state;
	for (unsigned set = 0; set < 40; set++) {
		memset(seen, 0, sizeof(seen));
		for (unsigned i = 0; i <= set % 12; i++) {
			random = random * 1664525 + 1013904223;
			seen[(random >> 8) % COMMANDS] = true;
		}
		for (unsigned i = 0; i < COMMANDS; i++)
			seen[i] =
			    seen[i] && make_command(i, text, sizeof(text));
		check_set(seen);
	}
}

struct rule_row {
	const char *commands; /* with ; between */
	const char *rules; /* what is written for them, in any order */
};

static const struct rule_row rule_rows[] = {
    {"true", "[allow true]\ncommand = true\nrun = /usr/bin/true\n"},
    /* The second shape was seen as well, so that the group is exact. */
    {"/bin/true x;/bin/true -v x",
	"[allow true]\ncommand = /bin/true [-v] x\n"},
    {"true x;true --id=7 x;true --id=9 x",
	"[allow true]\ncommand = true [--id={id}] x\n"
	"run = /usr/bin/true [--id={id}] x\narg.id = integer 7..9\n"},
    {"true x;true -v x",
	"[allow true]\ncommand = true [{v}] x\n"
	"run = /usr/bin/true [{v}] x\narg.v = one-of -v\n"},
    /* Neither with both. */
    {"/bin/true -a x;/bin/true -b x;/bin/true x",
	"[allow true]\ncommand = /bin/true [-a] x\n"
	"[allow true-2]\ncommand = /bin/true -b x\n"},
    /* Not stop with the first, nor start with the second. */
    {"true start web1;true stop web2",
	"[allow true-stop]\ncommand = true stop web2\n"
	"run = /usr/bin/true stop web2\n"
	"[allow true-start]\ncommand = true start web1\n"
	"run = /usr/bin/true start web1\n"},
    {"true start web1;true stop web2;true stop web1;true start web2",
	"[allow true]\ncommand = true {choice} {choice2}\n"
	"run = /usr/bin/true {choice} {choice2}\n"
	"arg.choice = one-of start stop\narg.choice2 = one-of web1 web2\n"},
    {"true --zone a.example 7;true --zone b.example 8",
	"[allow true]\ncommand = true --zone {zone} {number}\n"
	"run = /usr/bin/true --zone {zone} {number}\n"
	"arg.zone = one-of a.example b.example\n"
	"arg.number = integer 7..8\n"},
    {"true \\x2d '$x' \"a b\"",
	"[allow true]\ncommand = true x2d '$x' 'a b'\n"
	"run = /usr/bin/true x2d '$x' 'a b'\n"},
    {"true '\\x2d'",
	"[allow true]\ncommand = true '\\x2d'\nrun = /usr/bin/true '\\x2d'\n"},
    /* Expanded in `run`, where it would be another word. */
    {"true '${key}'", ""},
    {"true 'a ;b'", ""},
    {"true \"it's\"", ""},
    {"true a*", ""},
    {"./true", ""},
    {"", ""},
};

static char *
write_active(const struct learn *learn)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	for (size_t i = 0; i < learn->nrules; i++)
		if (learn->rules[i].off == NULL)
			learned_write(&learn->rules[i], f, "");
	assert_int_equal(fclose(f), 0);
	return text;
}

static void
test_rules(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < NELEM(rule_rows); i++) {
		char *copy = strdup(rule_rows[i].commands), *rest = copy;
		char *command, *written;
		struct scene s;

		/* One row has a ; in a word. */
		scene_make(&s);
		if (strchr(copy, ';') != NULL && strchr(copy, '\'') != NULL)
			traffic_add(&s.traffic, copy, true);
		else
			while ((command = strsep(&rest, ";")) != NULL)
				traffic_add(&s.traffic, command, true);
		learn_all(&s.learn, &s.facts, 1);
		written = write_active(&s.learn);
		if (strcmp(written, rule_rows[i].rules) != 0) {
			print_error("%s: got\n%s", rule_rows[i].commands,
			    written);
			failed++;
		}
		free(written);
		free(copy);
		scene_free(&s);
	}
	assert_int_equal(failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_quotes),
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
