/* `run` values: what parses, what fits a pattern, and which words result. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "list.h"
#include "pattern.h"
#include "template.h"
#include "type.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct run_template *
parse(const char *text)
{
	struct fault fault = {0};
	struct run_template *template = template_parse(text, &fault);

	if (template == NULL)
		fail_msg("`%s`: %s", text, fault.text);
	return template;
}

static const struct {
	const char *run;
	const char *says;
} broken[] = {
    {"", "write the program"},
    {" \t", "write the program"},
    {"ls", "`ls`: the first word is the program"},
    {"{a}", "the first word is the program"},
    {"/bin/{a}", "the first word is the program"},
    {"{a...}", "the first word is the program"},
    {"[/bin/ls {a}]", "the first word is the program"},
    {"'' /bin/ls", "the first word is the program"},
    {"./ls", "the first word is the program"},
    {"/bin/ls [-l]", "`[-l ...]`: a [ ] drops out"},
    {"/bin/ls [{a}] ['{a}' x]", "a [ ] drops out"},
    {"/bin/ls [", "not closed"},
    {"/bin/ls ]", "without its ["},
    {"/bin/ls []", "is empty"},
    {"/bin/ls [[{a}]]", "cannot stand in another"},
    {"/bin/ls {a}{b}", "one {name} only"},
    {"/bin/ls x{a...}", "stands for whole words"},
    {"/bin/ls {a...}x", "stands for whole words"},
    {"/bin/ls {a", "a capture is {name}"},
    {"/bin/ls }", "without its {"},
    {"/bin/ls {1}", "a capture is {name}"},
    {"/bin/ls *", "quote it: '*'"},
    {"/bin/ls | wc", "quote it: '|'"},
    {"/bin/ls >{a}", "quote it"},
    {"/bin/ls {a}*", "quote it"},
    {"/bin/ls $HOME", "quote it: '$HOME'"},
    {"/bin/ls ~", "quote it"},
    {"/bin/ls \"x\"", "quotes are"},
    {"/bin/ls 'x", "not closed"},
    {"/bin/ls --a='x'", "around a whole word"},
    {"/bin/ls x\x01", "control byte"},
    {"/bin/ls 'x\x7f'", "control byte"},
    {"/bin/ls ${home}", "`${home}`: only ${key} and ${account} expand"},
    {"/bin/ls '${home}'", "only ${key} and ${account} expand"},
    {"/bin/${home}", "only ${key} and ${account} expand"},
};

static void
test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(broken); i++) {
		struct fault fault = {0};

		if (template_parse(broken[i].run, &fault) != NULL)
			fail_msg("`%s` was accepted", broken[i].run);
		assert_int_equal(fault.why, WHY_POLICY);
		if (strstr(fault.text, broken[i].says) == NULL)
			fail_msg("`%s` says: %s", broken[i].run, fault.text);
	}
}

static const struct {
	const char *run;
	const char *says; /* NULL: it fits */
} checks[] = {
    {"/bin/x", NULL},
    {"/bin/x {one} [{maybe}] {many...} [{perhaps...}]", NULL},
    {"/bin/x {one} {one} a{one}b [{one}] [{many...}]", NULL},
    {"/bin/x [{maybe} {one}]", NULL},
    {"/bin/x {two}", "`{two}`: the command pattern has no {two}"},
    {"/bin/x [{two}]", "the command pattern has no {two}"},
    {"/bin/x {two...}", "the command pattern has no {two}"},
    {"/bin/x {maybe}", "put it in brackets: [{maybe}]"},
    {"/bin/x --a={maybe}", "put it in brackets: [--a={maybe}]"},
    {"/bin/x {perhaps...}", "put it in brackets: [{perhaps...}]"},
    {"/bin/x {many}", "several words are captured; write {many...}"},
    {"/bin/x [{perhaps}]", "several words are captured"},
    {"/bin/x x{many}", "several words are captured"},
    {"/bin/x {one...}", "`{one...}`: one word is captured; write {one}"},
    {"/bin/x [{maybe...}]", "one word is captured; write {maybe}"},
};

static void
test_check(void **state)
{
	static char names[][8] = {"one", "maybe", "many", "perhaps"};
	struct arg args[NELEM(names)];
	struct fault fault = {0};
	struct pattern *pattern;

	(void)state;
	for (size_t i = 0; i < NELEM(names); i++)
		args[i] =
		    (struct arg) {names[i], type_parse("name", &fault), 1};
	pattern = pattern_parse("x {one} [-m {maybe}] {many...} "
				"[-p {perhaps...}]",
	    args, NELEM(args), &fault);
	assert_non_null(pattern);
	for (size_t i = 0; i < NELEM(checks); i++) {
		struct run_template *template = parse(checks[i].run);
		int ret = template_check(template, pattern, &fault);

		if ((ret == 0) != (checks[i].says == NULL))
			fail_msg("`%s`", checks[i].run);
		if (ret == -1 &&
		    (fault.why != WHY_POLICY ||
			strstr(fault.text, checks[i].says) == NULL))
			fail_msg("`%s` says: %s", checks[i].run, fault.text);
		template_free(template);
	}
	pattern_free(pattern);
	for (size_t i = 0; i < NELEM(names); i++)
		type_free(args[i].type);
}

/* What was captured: {bad} looks like everything that could be read again,
 * {none} is absent, {unknown} has no value at all. */
static char bad[] = "{zone} '$(id)' [x] ${key} -x *";
static char zone[] = "example.org", empty[] = "", f1[] = "f1", f2[] = "f 2";
static char *bad_v[] = {bad, NULL}, *zone_v[] = {zone, NULL};
static char *empty_v[] = {empty, NULL}, *files_v[] = {f1, f2, NULL};

static const struct value values[] = {
    {"bad", {bad_v, 1}},
    {"zone", {zone_v, 1}},
    {"empty", {empty_v, 1}},
    {"files", {files_v, 2}},
    {"none", {NULL, 0}},
};

static const struct {
	const char *run;
	const char *words; /* joined by | */
} rows[] = {
    {"/bin/x", "/bin/x"},
    {"/bin/x {zone}", "/bin/x|example.org"},
    {"/bin/x /z/{zone}.conf", "/bin/x|/z/example.org.conf"},
    {"/bin/x --a={zone} {zone}", "/bin/x|--a=example.org|example.org"},
    {"/bin/x {bad}", "/bin/x|{zone} '$(id)' [x] ${key} -x *"},
    {"/bin/x -{bad}-", "/bin/x|-{zone} '$(id)' [x] ${key} -x *-"},
    {"/bin/x {empty} end", "/bin/x||end"},
    {"/bin/x --a={empty}", "/bin/x|--a="},
    {"/bin/x -- {files...} end", "/bin/x|--|f1|f 2|end"},
    {"/bin/x [-s {zone} -t] end", "/bin/x|-s|example.org|-t|end"},
    {"/bin/x [-s {none} -t] end", "/bin/x|end"},
    {"/bin/x [-s {unknown} -t] end", "/bin/x|end"},
    {"/bin/x [{zone} {none}] end", "/bin/x|end"},
    {"/bin/x [{none}] [{zone}] [{none}]", "/bin/x|example.org"},
    {"/bin/x [{none...}] [{files...}] end", "/bin/x|f1|f 2|end"},
    {"/bin/x '{zone}' 'a b' '' '[' '$x'", "/bin/x|{zone}|a b||[|$x"},
    {"'/opt/my prog/x' [ {zone} ]", "/opt/my prog/x|example.org"},
};

static char *
join(const struct list *list)
{
	char *text = strdup(list->v[0]), *longer;

	for (size_t i = 1; i < list->n; i++) {
		assert_true(asprintf(&longer, "%s|%s", text, list->v[i]) != -1);
		free(text);
		text = longer;
	}
	return text;
}

static void
test_expand(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct run_template *template = parse(rows[i].run);
		struct list list = {0};
		char *got;

		assert_int_equal(template_expand(template, values,
				     NELEM(values), &list),
		    0);
		assert_null(list.v[list.n]);
		got = join(&list);
		assert_string_equal(got, rows[i].words);
		assert_string_equal(template_program(template), list.v[0]);
		free(got);
		list_free(&list);
		template_free(template);
	}
}

/* A value that is missing where it must be fails; no word is left out. */
static void
test_expand_missing(void **state)
{
	static const char *const runs[] = {"/bin/x a {none}",
	    "/bin/x a {unknown}", "/bin/x a {unknown...}", "/bin/x a {none...}",
	    "/bin/x a {files}", "/bin/x a [x{files}]"};
	struct list list = {0};

	(void)state;
	assert_int_equal(list_add(&list, "before"), 0);
	for (size_t i = 0; i < NELEM(runs); i++) {
		struct run_template *template = parse(runs[i]);

		errno = 0;
		assert_int_equal(template_expand(template, values,
				     NELEM(values), &list),
		    -1);
		assert_int_equal(errno, EINVAL);
		assert_int_equal(list.n, 1);
		assert_string_equal(list.v[0], "before");
		assert_null(list.v[1]);
		template_free(template);
	}
	list_free(&list);
	template_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_expand),
	    cmocka_unit_test(test_expand_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
