/*
 * rsync_path.c and rsync_source.c, where a verdict table does not reach: what
 * all directories of a rule have in common, links between them, and the
 * bounds of a pattern.
 */

#include "protocol/rsync_path.h"
#include "access.h"
#include "choices.h"
#include "list.h"
#include "path.h"
#include "protocol/protocol.h"
#include "protocol/rsync_source.h"
#include "scratch.h"
#include "settings.h"
#include "why.h"
#include "words.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *paths[3];
	const char *want; /* NULL: / alone */
} rows[] = {
    {{"/srv/a"}, "/srv/a"},
    {{"/srv/a", "/srv/a"}, "/srv/a"},
    {{"/srv/a", "/srv/b"}, "/srv"},
    {{"/srv/a", "/srv/ab"}, "/srv"},
    {{"/srv/ab", "/srv/a"}, "/srv"},
    {{"/srv/a/b", "/srv/a"}, "/srv/a"},
    {{"/srv/a", "/srv/a/b"}, "/srv/a"},
    {{"/srv/a/b", "/srv/a/c", "/srv/d"}, "/srv"},
    {{"/srv/a/b", "/srv/a/c", "/srv/a"}, "/srv/a"},
    {{"/srv/a", "/home"}, NULL},
    {{"/srv", "/srva"}, NULL},
    {{"/"}, NULL},
    {{"/srv", "/"}, NULL},
};

static void
test_common(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct area areas[3] = {{0}};
		char *got;
		size_t n = 0;

		for (; n < 3 && rows[i].paths[n] != NULL; n++)
			areas[n].path = strdup(rows[i].paths[n]);
		got = rsync_path_common(areas, n);
		if ((got == NULL) != (rows[i].want == NULL) ||
		    (got != NULL && strcmp(got, rows[i].want) != 0))
			fail_msg("%s: %s", rows[i].paths[0],
			    got == NULL ? "none" : got);
		free(got);
		while (n > 0)
			free(areas[--n].path);
	}
}

/* --- two directories, and links between them ------------------------------ */

static struct area areas[2];

/* a-long-name/ is read and written, b/ is read. */
static void
fill(void)
{
	static const char *const paths[] = {"ROOT/a-long-name", "ROOT/b"};

	scratch_make();
	for (size_t i = 0; i < NELEM(paths); i++) {
		scratch_folder(paths[i], 0755);
		areas[i].path = strdup(scratch_text(paths[i]));
		areas[i].fd = open(areas[i].path, O_PATH | O_CLOEXEC);
		areas[i].access = ACCESS_READ;
		assert_true(areas[i].fd != -1);
	}
	areas[0].access |= ACCESS_WRITE;
	scratch_folder("ROOT/a-long-name/sub", 0755);
	scratch_file("ROOT/a-long-name/sub/f", 0644, "");
	scratch_link("ROOT/a-long-name/itself", ".");
	scratch_link("ROOT/a-long-name/other", "../b");
	scratch_link("ROOT/a-long-name/inner", "sub");
	scratch_link("ROOT/a-long-name/out", "/etc");
	scratch_folder("ROOT/b/in", 0755);
	scratch_file("ROOT/b/in/g", 0644, "");
}

static int
empty(void **state)
{
	for (size_t i = 0; i < NELEM(areas); i++) {
		close(areas[i].fd);
		free(areas[i].path);
	}
	return scratch_remove(state);
}

/* What a client fetches; the pattern is one. The number of paths. */
static size_t
fetch(const char *pattern, bool relative, struct list *out, struct fault *fault)
{
	char *glob = strdup(scratch_text(pattern));
	const struct word_mark mark = {.special = WORD_GLOB, .glob = glob};
	struct rsync_paths paths = {.areas = areas,
	    .nareas = NELEM(areas),
	    .entries = PATH_ENTRIES_MAX,
	    .relative = relative};

	*fault = (struct fault) {0};
	if (rsync_source_add(&paths, glob, &mark, out, fault) == -1)
		list_free(out);
	free(glob);
	return out->n;
}

#define A "ROOT/a-long-name/"

/* A match goes by its own name, however long that of its target is. */
static void
test_matches(void **state)
{
	static const struct {
		const char *pattern;
		bool relative;
		const char *want[5];
	} tests[] = {
	    {"i*", false, {A "inner", A "itself"}},
	    {"i*", true, {A "./inner", A "./itself"}},
	    {"it*", true, {A "./itself"}},
	    {"ot*", true, {A "./other"}},
	    {"[io]*", true, {A "./inner", A "./itself", A "./other"}},
	    {"[is]*/", true, {A "./inner/", A "./itself/", A "./sub/"}},
	    {"s*/f", true, {A "./sub/f"}},
	    {"inner/*", true, {A "./sub/f"}},
	    {"itself/s*", true, {A "./sub"}},
	    {"other/*", true, {"ROOT/b/in"}},
	    {"o*/in/g", true, {"ROOT/b/in/g"}},
	    {"ROOT/b/*", true, {"ROOT/b/in"}},
	    {"out/*", true, {0}},
	    {"ou*", true, {0}},
	    {"s/./*", true, {0}},
	};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(tests); i++) {
		struct list out = {0};
		struct fault fault;
		size_t n =
		    fetch(tests[i].pattern, tests[i].relative, &out, &fault);

		for (size_t j = 0; j < n && tests[i].want[j] != NULL; j++)
			if (strcmp(out.v[j], scratch_text(tests[i].want[j])) !=
			    0)
				fail_msg("%s: %s", tests[i].pattern, out.v[j]);
		if (tests[i].want[n] != NULL ||
		    (n > 0 && tests[i].want[n - 1] == NULL))
			fail_msg("%s: %zu", tests[i].pattern, n);
		list_free(&out);
	}
}

/* More than may be named at once refuses: half a backup would look whole. */
static void
test_too_many(void **state)
{
	enum { HALF = PATH_RESULTS_MAX / 2 + 1 };

	(void)state;
	fill();
	for (int i = 0; i < 2 * HALF; i++) {
		char name[64];

		snprintf(name, sizeof(name), "ROOT/%s/%d",
		    i < HALF ? "a-long-name/sub" : "b/in", i);
		scratch_file(name, 0644, "");
	}
	for (int relative = 0; relative < 2; relative++) {
		struct list out = {0};
		struct fault fault;

		assert_true(fetch("sub/*", relative, &out, &fault) > HALF);
		list_free(&out);
		assert_int_equal(fetch("[so]*/*", relative, &out, &fault),
		    HALF + 2);
		list_free(&out);
		scratch_link("ROOT/a-long-name/sub2", "../b/in");
		assert_int_equal(fetch("s*/*", relative, &out, &fault), 0);
		assert_int_equal(fault.why, WHY_TOO_LONG);
		assert_int_equal(unlink(scratch_text("ROOT/a-long-name/sub2")),
		    0);
	}
}

/* A long bracket costs its length at each byte of each name. */
static void
test_cost(void **state)
{
	enum { NAMES = 1000, BRACKET = 100000 };
	char *pattern = malloc(BRACKET + 3);
	struct list out = {0};
	struct fault fault;

	(void)state;
	fill();
	for (int i = 0; i < NAMES; i++) {
		char name[300];

		snprintf(name, sizeof(name), "ROOT/b/in/%0200d", i);
		scratch_file(name, 0644, "");
	}
	memset(pattern, 'a', BRACKET + 2);
	pattern[0] = '[';
	pattern[BRACKET] = ']';
	memcpy(pattern + BRACKET + 1, "*", 2);
	assert_non_null(pattern);
	for (int relative = 0; relative < 2; relative++) {
		char *whole = NULL;

		assert_true(asprintf(&whole, "ROOT/b/in/%s", pattern) > 0);
		assert_int_equal(fetch(whole, relative, &out, &fault), 0);
		assert_int_equal(fault.why, WHY_TOO_LONG);
		free(whole);
	}
	free(pattern);
}

/* ~ is the first directory, for a value as for a path. */
static void
test_value_home(void **state)
{
	static const struct word_mark home = {.special = WORD_HOME};
	static const struct word_mark none = {0};
	struct rsync_paths paths = {.areas = areas, .nareas = NELEM(areas)};
	static const struct {
		const char *text;
		const struct word_mark *mark;
		const char *want;
	} tests[] = {
	    {".p", &none, ".p"},
	    {"~/.p", &home, A ".p"},
	    {"~/sub", &home, A "sub"},
	};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(tests); i++) {
		struct fault fault;
		char *got;

		assert_int_equal(rsync_path_value(&paths, RSYNC_PARTIAL,
				     scratch_text(A "sub/"), tests[i].text,
				     tests[i].mark, &got, &fault),
		    0);
		assert_string_equal(got, scratch_text(tests[i].want));
		free(got);
	}
}

/* What the kernel grants follows from this. */
static void
test_does(void **state)
{
	static const struct {
		const char *command;
		unsigned does;
	} tests[] = {
	    {"rsync --server --sender -r . sub/f", DOES_FETCH},
	    {"rsync --server --sender -r --files-from=- . .", DOES_FETCH},
	    {"rsync --server --sender -r --remove-source-files . sub/f",
		DOES_FETCH | DOES_REMOVE},
	    {"rsync --server --sender -r --remove-sent-files . sub/f",
		DOES_FETCH | DOES_REMOVE},
	    {"rsync --server -r . sub", DOES_STORE},
	    {"rsync --server -r --remove-source-files . sub", DOES_STORE},
	};
	static char program[] = "/bin/true";
	static char *programs[PROGRAM_MAX] = {[PROGRAM_RSYNC] = program};
	static const struct choices choices = {.delete = true};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(tests); i++) {
		struct words words = {0};
		const struct protocol_call call = {.words = &words,
		    .areas = areas,
		    .nareas = NELEM(areas),
		    .programs = programs,
		    .choices = &choices,
		    .set_id = SET_ID_DENY};
		struct list argv = {0}, env = {0};
		struct fault fault = {0};

		assert_int_equal(words_split(&words, tests[i].command, &fault),
		    0);
		if (protocol_rsync.argv(&call, &argv, &env, &fault) == -1)
			fail_msg("%s: %s", tests[i].command, fault.text);
		if (protocol_rsync.does(&argv) != tests[i].does)
			fail_msg("%s", tests[i].command);
		list_free(&argv);
		words_free(&words);
	}
}

#define filled_test(f) cmocka_unit_test_teardown(f, empty)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_common),
	    filled_test(test_matches),
	    filled_test(test_too_many),
	    filled_test(test_cost),
	    filled_test(test_value_home),
	    filled_test(test_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
