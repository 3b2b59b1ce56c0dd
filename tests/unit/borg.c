/* borg.c: what the client's options can do to the policy's, which is little. */

#include "access.h"
#include "choices.h"
#include "path.h"
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

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		if (ask(&rows[i]) == -1) {
			if (rows[i].expected != NULL)
				fail_msg("%s: %s", rows[i].command, fault.text);
			assert_int_equal(fault.why, WHY_OPTION);
			continue;
		}
		if (rows[i].expected == NULL)
			fail_msg("%s: %s", rows[i].command, joined(&argv, 0));
		assert_string_equal(argv.v[0], program);
		assert_string_equal(argv.v[1], "serve");
		assert_string_equal(joined(&argv, 2), rows[i].expected);
	}
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
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
