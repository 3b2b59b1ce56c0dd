/* borg.c: what the client's options can do to the policy's, which is little. */

#include "access.h"
#include "choices.h"
#include "path.h"
#include "protocol/borg_hold.h"
#include "protocol/protocol.h"
#include "scratch.h"
#include "settings.h"
#include "why.h"
#include "words.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define BOTH (ACCESS_READ | ACCESS_WRITE)

static char program[] = "/usr/bin/borg", one[] = "/srv/a", two[] = "/srv/b c";
static char *programs[PROGRAM_MAX] = {[PROGRAM_BORG] = program};
static struct list argv, env;
static struct fault fault;

/* borg's own row needs no directory to exist. */
struct row {
	const char *command;
	unsigned access[3]; /* of /srv/a, /srv/a and /srv/b c; 0: not there */
	size_t quota;
	int umask; /* -1: not said */
	const char *expected; /* behind `borg|serve`; NULL: refused */
};

static int
ask(const struct row *row)
{
	const struct choices choices = {.quota = row->quota};
	struct area areas[3] = {{0}};
	struct words words = {0};
	struct protocol_call call = {.words = &words,
	    .areas = areas,
	    .programs = programs,
	    .choices = &choices,
	    .has_umask = row->umask != -1,
	    .umask = (mode_t)row->umask};
	int ret;

	list_free(&argv);
	list_free(&env);
	fault = (struct fault) {0};
	for (size_t i = 0; i < NELEM(areas) && row->access[i] != 0; i++)
		areas[call.nareas++] = (struct area) {.path = i < 2 ? one : two,
		    .fd = -1,
		    .access = row->access[i]};
	assert_int_equal(words_split(&words, row->command, &fault), 0);
	ret = protocol_borg.argv(&call, &argv, &env, &fault);
	words_free(&words);
	return ret;
}

static const char *
joined(const struct list *list, size_t from)
{
	static char text[4096];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = from; i < list->n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s%s", i > from ? "|" : "", list->v[i]);
	return text;
}

#define A "--restrict-to-path=/srv/a"
#define AB A "|--restrict-to-path=/srv/b c"
#define ONE \
	{ \
		BOTH, 0, 0 \
	}
#define APPEND \
	{ \
		ACCESS_APPEND, 0, 0 \
	}
#define MEGA ((size_t)1000 * 1000)

static const struct row rows[] = {
    {"borg serve", ONE, 0, -1, A},
    {"borg serve", {ACCESS_READ, ACCESS_WRITE, 0}, 0, -1, A},
    {"borg serve", {ACCESS_READ, ACCESS_WRITE, BOTH}, 0, -1, AB},
    {"borg serve", APPEND, 0, -1, A "|--append-only"},
    {"borg serve", {BOTH, BOTH, ACCESS_APPEND}, 0, -1, AB "|--append-only"},
    {"borg serve --append-only", ONE, 0, -1, A "|--append-only"},
    {"borg serve", ONE, 0, 027, A "|--umask=0027"},
    {"borg serve --umask=000", ONE, 0, -1, A},
    {"borg serve --umask=000", ONE, 0, 077, A "|--umask=0077"},

    {"borg serve --critical", ONE, 0, -1, "--critical|" A},
    {"borg serve --error", ONE, 0, -1, "--error|" A},
    {"borg serve --warning", ONE, 0, -1, "--warning|" A},
    {"borg serve --info", ONE, 0, -1, "--info|" A},
    {"borg serve --debug", ONE, 0, -1, "--debug|" A},
    {"borg serve --info --debug", ONE, 0, -1, "--debug|" A},
    {"borg serve --debug --debug-topic=borg.debug.x", ONE, 0, -1, "--debug|" A},
    {"borg serve --lock-wait=5", ONE, 0, -1, A},

    /* The smaller of the two. */
    {"borg serve --storage-quota=50000000", ONE, 0, -1,
	A "|--storage-quota=50000000"},
    {"borg serve", ONE, 90 * MEGA, -1,
	"--restrict-to-repository=/srv/a|--storage-quota=90000000"},
    {"borg serve --storage-quota=50000000", ONE, 90 * MEGA, -1,
	"--restrict-to-repository=/srv/a|--storage-quota=50000000"},
    {"borg serve --storage-quota=90000001", ONE, 90 * MEGA, -1,
	"--restrict-to-repository=/srv/a|--storage-quota=90000000"},
    {"borg serve --storage-quota=18446744073709551615", ONE, 90 * MEGA, -1,
	"--restrict-to-repository=/srv/a|--storage-quota=90000000"},
    {"borg serve --storage-quota=18446744073709551616", ONE, 0, -1, NULL},
    {"borg serve --storage-quota=0", ONE, 90 * MEGA, -1, NULL},
    {"borg serve --storage-quota=-1", ONE, 90 * MEGA, -1, NULL},
    {"borg serve --storage-quota=' 1'", ONE, 0, -1, NULL},
    {"borg serve --storage-quota=+1", ONE, 0, -1, NULL},
    {"borg serve --storage-quota=1e9", ONE, 0, -1, NULL},
    {"borg serve --storage-quota=5G", ONE, 0, -1, NULL},
    {"borg serve --storage-quota=", ONE, 0, -1, NULL},
    {"borg serve --storage-quota", ONE, 0, -1, NULL},
    {"borg serve --storage-quota 50000000", ONE, 0, -1, NULL},

    {"borg", ONE, 0, -1, NULL},
    {"borg init", ONE, 0, -1, NULL},
    {"borg serve serve", ONE, 0, -1, NULL},
    {"borg --debug serve", ONE, 0, -1, NULL},
    {"borg serve --restrict-to-path=/", ONE, 0, -1, NULL},
    {"borg serve --restrict-to-path=/srv/a", ONE, 0, -1, NULL},
    {"borg serve --restrict-to-repository=/srv/a", ONE, 0, -1, NULL},
    {"borg serve --restrict-to=/", ONE, 0, -1, NULL},
    {"borg serve --append-onl", ONE, 0, -1, NULL},
    {"borg serve --append-only=no", ONE, 0, -1, NULL},
    {"borg serve --no-append-only", APPEND, 0, -1, NULL},
    {"borg serve --debug-profile=/srv/a/x", ONE, 0, -1, NULL},
    {"borg serve --debug=x", ONE, 0, -1, NULL},
    {"borg serve --rsh=id", ONE, 0, -1, NULL},
    {"borg serve --", ONE, 0, -1, NULL},
    {"borg serve ''", ONE, 0, -1, NULL},
    {"borg serve --umask=*", ONE, 0, -1, NULL},
};

/* A script of borg, as the rule will find it. */
static void
script(const char *text)
{
	static char path[PATH_MAX];

	unlink(scratch_text("ROOT/borg"));
	scratch_file("ROOT/borg", 0755, text);
	snprintf(path, sizeof(path), "%s", scratch_text("ROOT/borg"));
	programs[PROGRAM_BORG] = path;
}

/* borg itself, or what holds it, in its Python: where `serve` stands. */
static size_t
check_program(const struct row *row)
{
	bool held = false;

	for (size_t i = 0; i < NELEM(row->access); i++)
		held |= (row->access[i] & ACCESS_APPEND) != 0;
	if (!held) {
		assert_string_equal(argv.v[0], programs[PROGRAM_BORG]);
		return 1;
	}
	assert_string_equal(argv.v[0], "/usr/bin/python3");
	assert_string_equal(argv.v[1], "-I");
	assert_string_equal(argv.v[2], "-c");
	assert_string_equal(argv.v[3], borg_hold);
	return 4;
}

static void
test_rows(void **state)
{
	size_t from;

	(void)state;
	scratch_make();
	script("#!/usr/bin/python3 -s\n");
	for (size_t i = 0; i < NELEM(rows); i++) {
		if (ask(&rows[i]) == -1) {
			if (rows[i].expected != NULL)
				fail_msg("%s: %s", rows[i].command, fault.text);
			assert_int_equal(fault.why, WHY_OPTION);
			continue;
		}
		if (rows[i].expected == NULL)
			fail_msg("%s: %s", rows[i].command, joined(&argv, 0));
		from = check_program(&rows[i]);
		assert_string_equal(argv.v[from], "serve");
		assert_string_equal(joined(&argv, from + 1), rows[i].expected);
	}
	list_free(&argv);
	list_free(&env);
}

/* What can not be held is not served; without `append`, anything is. */
static void
test_held(void **state)
{
	static const struct {
		const char *text;
		enum why why; /* WHY_UNDECIDED: served */
	} scripts[] = {
	    {"#!/usr/bin/python3\n", WHY_UNDECIDED},
	    {"#! /usr/local/bin/python3.11 -I\n", WHY_UNDECIDED},
	    {"#!/usr/bin/env python3\n", WHY_EXEC},
	    {"#!python3\n", WHY_EXEC},
	    {"#!/usr/bin/python3", WHY_EXEC},
	    {"\x7f"
	     "ELF",
		WHY_EXEC},
	    {"", WHY_EXEC},
	};
	static const struct row held = {"borg serve", APPEND, 0, -1, ""};
	static const struct row free_row = {"borg serve", ONE, 0, -1, ""};

	(void)state;
	scratch_make();
	for (size_t i = 0; i < NELEM(scripts); i++) {
		script(scripts[i].text);
		if ((ask(&held) == 0) != (scripts[i].why == WHY_UNDECIDED))
			fail_msg("%s: %s", scripts[i].text, fault.text);
		assert_int_equal(fault.why, scripts[i].why);
		assert_int_equal(ask(&free_row), 0);
	}
	unlink(scratch_text("ROOT/borg"));
	assert_int_equal(ask(&held), -1);
	assert_int_equal(fault.why, WHY_PROGRAM);
	list_free(&argv);
	list_free(&env);
}

static void
test_environment(void **state)
{
	(void)state;
	assert_int_equal(ask(&rows[0]), 0);
	assert_string_equal(joined(&env, 0),
	    "HOME=/srv/a|TMPDIR=/srv/a|PYTHONNOUSERSITE=1|PYTHONSAFEPATH=1|"
	    "BORG_SELFTEST=disabled");
	list_free(&argv);
	list_free(&env);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    scratch_test(test_rows),
	    scratch_test(test_held),
	    cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
