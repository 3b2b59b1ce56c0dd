/*
 * path.c: several areas with different access, what the names of files can
 * do to confinement, and the bounds of a pattern.
 */

#include <errno.h>

#include "access.h"
#include "path.h"
#include "scratch.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

enum { DEPTH_MAX = 32 }; /* as in path.c */

static struct area areas[4];
static size_t nareas;

/* One pattern as a whole request. */
static int
glob(const struct area *v, size_t n, unsigned access, const char *pattern,
    struct list *out, struct fault *fault)
{
	size_t entries = PATH_ENTRIES_MAX;

	return path_glob(v, n, access, pattern, &entries, out, fault);
}

static void
open_area(const char *path, unsigned access)
{
	struct area *area = &areas[nareas++];

	area->path = strdup(scratch_text(path));
	area->fd = open(area->path, O_PATH | O_CLOEXEC);
	area->access = access;
	assert_true(area->fd != -1);
}

static int
close_all(void **state)
{
	while (nareas > 0) {
		nareas--;
		close(areas[nareas].fd);
		free(areas[nareas].path);
	}
	return scratch_remove(state);
}

#define area_test(f) cmocka_unit_test_teardown(f, close_all)

/* in/ may be written, out/ read, both/ both; other/ is no area. */
static void
fill(void)
{
	scratch_make();
	scratch_folder("ROOT/in", 0755);
	scratch_folder("ROOT/in/sub", 0755);
	scratch_file("ROOT/in/f", 0644, "");
	scratch_file("ROOT/in/gone (deleted)", 0644, "");
	scratch_link("ROOT/in/to-out", "../out/f");
	scratch_link("ROOT/in/to-other", "../other");
	scratch_link("ROOT/in/to-sub", "sub");
	scratch_link("ROOT/in/to-new", "new");
	scratch_link("ROOT/in/magic", "/proc/self/cwd");
	scratch_folder("ROOT/out", 0755);
	scratch_file("ROOT/out/f", 0644, "");
	scratch_folder("ROOT/both", 0755);
	scratch_file("ROOT/both/f", 0644, "");
	scratch_folder("ROOT/inside", 0755);
	scratch_file("ROOT/inside/f", 0644, "");
	scratch_folder("ROOT/other", 0755);
	scratch_file("ROOT/other/f", 0644, "");
	open_area("ROOT/in", ACCESS_WRITE);
	open_area("ROOT/out", ACCESS_READ);
	open_area("ROOT/both", ACCESS_READ | ACCESS_WRITE);
}

struct row {
	const char *ask;
	unsigned access;
	const char *canonical; /* NULL: refused */
	const char *part; /* of the message */
};

static void
check_row(const struct row *row)
{
	const char *ask = scratch_text(row->ask);
	struct fault fault = {0};
	char *canonical = NULL;
	const int ret =
	    path_confine(areas, nareas, row->access, ask, &canonical, &fault);

	if (row->canonical == NULL) {
		assert_null(canonical);
		if (ret != -1 || fault.why != WHY_OUTSIDE)
			fail_msg("%s: %d %s", ask, ret, why_name(fault.why));
		if (strstr(fault.text, row->part) == NULL)
			fail_msg("%s: %s", ask, fault.text);
		return;
	}
	if (ret != 0)
		fail_msg("%s: %s", ask, fault.text);
	assert_string_equal(canonical, scratch_text(row->canonical));
	free(canonical);
}

#define NOT_INSIDE NULL, "not inside a directory of the rule"

static void
test_access(void **state)
{
	static const struct row rows[] = {
	    {"ROOT/in/f", ACCESS_WRITE, "ROOT/in/f", NULL},
	    {"ROOT/in/f", ACCESS_READ, NOT_INSIDE},
	    {"ROOT/in", ACCESS_READ, NOT_INSIDE},
	    {"ROOT/in/new", ACCESS_READ, NOT_INSIDE},
	    {"ROOT/out/f", ACCESS_READ, "ROOT/out/f", NULL},
	    {"ROOT/out/f", ACCESS_WRITE, NOT_INSIDE},
	    {"ROOT/out/new", ACCESS_WRITE, NOT_INSIDE},
	    {"ROOT/both/f", ACCESS_READ, "ROOT/both/f", NULL},
	    {"ROOT/both/f", ACCESS_WRITE, "ROOT/both/f", NULL},
	    {"ROOT/both/f", ACCESS_READ | ACCESS_WRITE, "ROOT/both/f", NULL},
	    {"ROOT/both/f", ACCESS_EXECUTE, NOT_INSIDE},
	    {"ROOT/both/f", 0, NOT_INSIDE},
	    {"ROOT/other/f", ACCESS_READ, NOT_INSIDE},
	    {"ROOT/inside/f", ACCESS_WRITE, NOT_INSIDE},
	    {"ROOT/inside/new", ACCESS_WRITE, NOT_INSIDE},
	    {"ROOT", ACCESS_READ, NOT_INSIDE},
	    {"/", ACCESS_READ, NOT_INSIDE},
	    /* A link counts where it ends. */
	    {"ROOT/in/to-out", ACCESS_READ, "ROOT/out/f", NULL},
	    {"ROOT/in/to-out", ACCESS_WRITE, NOT_INSIDE},
	    {"ROOT/in/to-other/f", ACCESS_WRITE, NOT_INSIDE},
	    {"ROOT/in/to-other/new", ACCESS_WRITE, NOT_INSIDE},
	};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(rows); i++)
		check_row(&rows[i]);
}

static void
test_names(void **state)
{
	static const struct row rows[] = {
	    /* Relative ones start at the first area, whatever they are for. */
	    {"f", ACCESS_WRITE, "ROOT/in/f", NULL},
	    {".", ACCESS_WRITE, "ROOT/in", NULL},
	    {"..", ACCESS_WRITE, NOT_INSIDE},
	    {"f", ACCESS_READ, NOT_INSIDE},
	    {"../out/f", ACCESS_READ, "ROOT/out/f", NULL},
	    {"new", ACCESS_WRITE, "ROOT/in/new", NULL},
	    {"sub/./../new", ACCESS_WRITE, "ROOT/in/new", NULL},
	    {"to-sub/new", ACCESS_WRITE, "ROOT/in/sub/new", NULL},
	    {"to-sub/../new", ACCESS_WRITE, "ROOT/in/new", NULL},
	    {"...", ACCESS_WRITE, "ROOT/in/...", NULL},
	    /* A slash at the end is kept: it changes what programs do. */
	    {"sub/", ACCESS_WRITE, "ROOT/in/sub/", NULL},
	    {"to-sub///", ACCESS_WRITE, "ROOT/in/sub/", NULL},
	    {"new/", ACCESS_WRITE, "ROOT/in/new/", NULL},
	    {"f/", ACCESS_WRITE, "ROOT/in/f/", NULL},
	    /* Only the last one may be missing, and must be a name. */
	    {"none/new", ACCESS_WRITE, NULL, "No such file"},
	    {"none/..", ACCESS_WRITE, NULL, "No such file"},
	    {"none/.", ACCESS_WRITE, NULL, "No such file"},
	    {"f/new", ACCESS_WRITE, NULL, "Not a directory"},
	    {"to-new", ACCESS_WRITE, NULL, "symbolic links"},
	    {"to-new/", ACCESS_WRITE, NULL, "symbolic links"},
	    {"", ACCESS_WRITE, NULL, "empty or too long"},
	    /* What the kernel appends to a name is also a name. */
	    {"gone (deleted)", ACCESS_WRITE, "ROOT/in/gone (deleted)", NULL},
	    {"gone", ACCESS_WRITE, "ROOT/in/gone", NULL},
	    /* Magic links lead past every check of names. */
	    {"/proc/self/cwd", ACCESS_READ, NULL, "symbolic links"},
	    {"/proc/self/root/etc", ACCESS_READ, NULL, "symbolic links"},
	    {"magic/f", ACCESS_WRITE, NULL, "symbolic links"},
	};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(rows); i++)
		check_row(&rows[i]);
}

/* A file put in the place of the area's own is not the one that was
 * opened: the rule's directory was replaced while this runs. */
static void
test_replaced(void **state)
{
	static const struct row before = {"ROOT/in/f", ACCESS_WRITE,
	    "ROOT/in/f", NULL};
	static const struct row after = {"ROOT/in/f", ACCESS_WRITE, NOT_INSIDE};
	static const struct row area = {"ROOT/in", ACCESS_WRITE, NOT_INSIDE};
	static const struct row new = {"ROOT/in/new", ACCESS_WRITE, NOT_INSIDE};

	(void)state;
	fill();
	check_row(&before);
	assert_int_equal(rename(scratch_text("ROOT/in"),
			     scratch_text("ROOT/moved")),
	    0);
	scratch_folder("ROOT/in", 0755);
	scratch_file("ROOT/in/f", 0644, "");
	check_row(&after);
	check_row(&area);
	check_row(&new);
}

static void
test_long(void **state)
{
	char ask[2 * PATH_MAX], name[NAME_MAX + 2], *canonical = NULL;
	struct fault fault;

	(void)state;
	fill();
	memset(name, 'x', sizeof(name));
	name[NAME_MAX] = '\0';
	assert_int_equal(path_confine(areas, nareas, ACCESS_WRITE, name,
			     &canonical, &fault),
	    0);
	assert_string_equal(strrchr(canonical, '/') + 1, name);
	free(canonical);
	name[NAME_MAX] = 'x';
	name[NAME_MAX + 1] = '\0';
	assert_int_equal(path_confine(areas, nareas, ACCESS_WRITE, name,
			     &canonical, &fault),
	    -1);
	assert_int_equal(fault.why, WHY_OUTSIDE);
	/* Cut to PATH_MAX, this would be the area itself. */
	memset(ask, '/', sizeof(ask));
	memcpy(ask + 1, areas[0].path + 1, strlen(areas[0].path + 1));
	memcpy(ask + PATH_MAX, "f", 2);
	assert_int_equal(path_confine(areas, nareas, ACCESS_WRITE, ask,
			     &canonical, &fault),
	    -1);
	assert_int_equal(fault.why, WHY_OUTSIDE);
	assert_non_null(strstr(fault.text, "//"));
}

/* Without an area there is nothing to be inside of. */
static void
test_no_area(void **state)
{
	struct list out = {0};
	struct fault fault;
	char *canonical;

	(void)state;
	assert_int_equal(path_confine(NULL, 0, ACCESS_READ, "/", &canonical,
			     &fault),
	    -1);
	assert_int_equal(fault.why, WHY_OUTSIDE);
	assert_int_equal(glob(NULL, 0, ACCESS_READ, "*", &out, &fault), -1);
	assert_int_equal(fault.why, WHY_OUTSIDE);
	assert_int_equal(glob(NULL, 0, ACCESS_READ, "/*", &out, &fault), -1);
	assert_int_equal(out.n, 0);
}

/* / as an area holds everything but what is named by magic. */
static void
test_root_area(void **state)
{
	static const struct row rows[] = {
	    {"/", ACCESS_READ, "/", NULL},
	    {"//", ACCESS_READ, "/", NULL},
	    {"etc", ACCESS_READ, "/etc", NULL},
	    {"/etc/../etc/passwd", ACCESS_READ, "/etc/passwd", NULL},
	    {"/no-such-name", ACCESS_READ, "/no-such-name", NULL},
	    {"../..", ACCESS_READ, "/", NULL},
	    {"/etc", ACCESS_WRITE, NOT_INSIDE},
	    {"/proc/self/root", ACCESS_READ, NULL, "symbolic links"},
	};
	struct list out = {0};
	struct fault fault;

	(void)state;
	open_area("/", ACCESS_READ);
	for (size_t i = 0; i < NELEM(rows); i++)
		check_row(&rows[i]);
	assert_int_equal(glob(areas, nareas, ACCESS_READ, "/etc/passw[d]", &out,
			     &fault),
	    0);
	assert_int_equal(glob(areas, nareas, ACCESS_READ, "etc/passw[d]", &out,
			     &fault),
	    0);
	assert_int_equal(out.n, 2);
	assert_string_equal(out.v[0], "/etc/passwd");
	assert_string_equal(out.v[1], "/etc/passwd");
	list_free(&out);
}

static void
fill_globs(void)
{
	fill();
	scratch_folder("ROOT/out/dir", 0755);
	scratch_file("ROOT/out/dir/b1", 0644, "");
	scratch_file("ROOT/out/dir/a1", 0644, "");
	scratch_folder("ROOT/out/dir2", 0755);
	scratch_file("ROOT/out/dir2/a1", 0644, "");
	scratch_file("ROOT/out/.hidden", 0644, "");
	scratch_file("ROOT/out/*", 0644, "");
	scratch_file("ROOT/out/[x]", 0644, "");
	scratch_file("ROOT/out/back\\slash", 0644, "");
	scratch_link("ROOT/out/leak", "../other/f");
	scratch_link("ROOT/out/leaks", "../other");
	scratch_link("ROOT/out/fine", "f");
}

struct glob_row {
	const char *pattern;
	unsigned access;
	const char *found; /* joined by |; NULL: refused */
	const char *part;
};

static void
check_glob(const struct glob_row *row)
{
	const char *pattern = scratch_text(row->pattern), *expected;
	struct fault fault = {0};
	struct list out = {0};
	int ret;

	assert_int_equal(list_add(&out, "first"), 0);
	ret = glob(areas, nareas, row->access, pattern, &out, &fault);
	assert_string_equal(out.v[0], "first");
	if (row->found == NULL) {
		assert_int_equal(out.n, 1);
		if (ret != -1 || fault.why != WHY_OUTSIDE ||
		    strstr(fault.text, row->part) == NULL)
			fail_msg("%s: %d %s", pattern, ret, fault.text);
		list_free(&out);
		return;
	}
	if (ret != 0)
		fail_msg("%s: %s", pattern, fault.text);
	expected = scratch_text(row->found);
	for (size_t i = 1; i < out.n; i++) {
		const size_t len = strlen(out.v[i]);

		if (strncmp(expected, out.v[i], len) != 0 ||
		    expected[len] != (i + 1 < out.n ? '|' : '\0'))
			fail_msg("%s: %s", pattern, out.v[i]);
		expected += len + 1;
	}
	assert_int_equal(expected[-1], '\0');
	list_free(&out);
}

static void
test_glob(void **state)
{
	static const struct glob_row rows[] = {
	    {"ROOT/out/dir/*", ACCESS_READ, "ROOT/out/dir/a1|ROOT/out/dir/b1",
		NULL},
	    {"ROOT/out/*/a?", ACCESS_READ, "ROOT/out/dir/a1|ROOT/out/dir2/a1",
		NULL},
	    {"ROOT/out/dir/[!a]1", ACCESS_READ, "ROOT/out/dir/b1", NULL},
	    {"ROOT/out/di[r]", ACCESS_READ, "ROOT/out/dir", NULL},
	    {"ROOT/./out//di[r]/./a1", ACCESS_READ, "ROOT/out/dir/a1", NULL},
	    /* What the client quoted is itself. */
	    {"ROOT/out/\\*", ACCESS_READ, "ROOT/out/*", NULL},
	    {"ROOT/out/\\[x]", ACCESS_READ, "ROOT/out/[x]", NULL},
	    {"ROOT/out/\\[[a-z]\\]", ACCESS_READ, "ROOT/out/[x]", NULL},
	    {"ROOT/out/back\\\\s*", ACCESS_READ, "ROOT/out/back\\slash", NULL},
	    /* Hidden names and those that lead outside are left out. */
	    {"ROOT/out/[.h]*", ACCESS_READ, NULL, "matches nothing"},
	    {"ROOT/out/.h*", ACCESS_READ, "ROOT/out/.hidden", NULL},
	    {"ROOT/out/[fl]*", ACCESS_READ, "ROOT/out/f|ROOT/out/f", NULL},
	    {"ROOT/out/lea[k]", ACCESS_READ, NULL, "matches nothing"},
	    {"ROOT/out/leak[s]/f", ACCESS_READ, NULL, "matches nothing"},
	    {"ROOT/out/leaks/[f]", ACCESS_READ, NULL, "matches nothing"},
	    {"ROOT/out/.*", ACCESS_READ, "ROOT/out/.hidden", NULL},
	    /* The area's own name is literal, and needs its access. */
	    {"ROOT/ou[t]/f", ACCESS_READ, NULL, "matches nothing"},
	    {"ROOT/*/f", ACCESS_READ, NULL, "matches nothing"},
	    {"ROOT/other/*", ACCESS_READ, NULL, "matches nothing"},
	    {"ROOT/in/[f]", ACCESS_READ, NULL, "matches nothing"},
	    {"ROOT/in/[f]", ACCESS_WRITE, "ROOT/in/f", NULL},
	    {"ROOT/inside/[f]", ACCESS_WRITE, NULL, "matches nothing"},
	    {"ROOT/both/[f]", ACCESS_READ, "ROOT/both/f", NULL},
	    {"ROOT/out", ACCESS_READ, "ROOT/out", NULL},
	    /* Relative ones start at the first area; what a link there shows
	     * counts where it ends. */
	    {"[f]", ACCESS_WRITE, "ROOT/in/f", NULL},
	    {"[f]", ACCESS_READ, NULL, "matches nothing"},
	    {"to-o*", ACCESS_READ, "ROOT/out/f", NULL},
	    {"", ACCESS_WRITE, "ROOT/in", NULL},
	    /* No pattern needs these. */
	    {"ROOT/out/../*", ACCESS_READ, NULL, "has .."},
	    {"ROOT/out/dir/..", ACCESS_READ, NULL, "has .."},
	    {"..", ACCESS_WRITE, NULL, "has .."},
	};

	(void)state;
	fill_globs();
	for (size_t i = 0; i < NELEM(rows); i++)
		check_glob(&rows[i]);
}

static void
test_glob_depth(void **state)
{
	char pattern[4 * DEPTH_MAX] = "*";
	struct list out = {0};
	struct fault fault;

	(void)state;
	fill();
	for (size_t i = 1; i < DEPTH_MAX; i++)
		strcat(pattern, "/*");
	assert_int_equal(glob(areas, nareas, ACCESS_WRITE, pattern, &out,
			     &fault),
	    -1);
	assert_non_null(strstr(fault.text, "matches nothing"));
	strcat(pattern, "/*");
	assert_int_equal(glob(areas, nareas, ACCESS_WRITE, pattern, &out,
			     &fault),
	    -1);
	assert_non_null(strstr(fault.text, "too many slashes"));
	assert_int_equal(out.n, 0);
}

static void
touch(int dir, int i)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%d", i);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd != -1);
	close(fd);
}

/* fnmatch(3) reads a bracket to its end for each byte of each name: what
 * that costs is taken off as well. */
static void
test_glob_costly(void **state)
{
	enum { LONG = 100000 };
	struct list out = {0};
	struct fault fault;
	size_t entries = PATH_ENTRIES_MAX;
	char *pattern = malloc(LONG + 4);

	(void)state;
	fill();
	memset(pattern, 'f', LONG + 1);
	pattern[0] = '[';
	memcpy(pattern + LONG + 1, "]*", 3);
	assert_int_equal(path_glob(areas, nareas, ACCESS_WRITE, pattern,
			     &entries, &out, &fault),
	    0);
	assert_int_equal(out.n, 1);
	assert_true(PATH_ENTRIES_MAX - entries > 7 * LONG / 4096);
	entries = LONG / 4096;
	assert_int_equal(path_glob(areas, nareas, ACCESS_WRITE, pattern,
			     &entries, &out, &fault),
	    -1);
	assert_int_equal(fault.why, WHY_TOO_LONG);
	list_free(&out);
	free(pattern);
}

/* All patterns of a request share what it may look at: the second one finds
 * the little that the first has left. */
static void
test_glob_shared(void **state)
{
	struct list out = {0};
	struct fault fault;
	size_t entries = PATH_ENTRIES_MAX, used;

	(void)state;
	fill();
	assert_int_equal(path_glob(areas, nareas, ACCESS_WRITE, "[f]*",
			     &entries, &out, &fault),
	    0);
	assert_int_equal(out.n, 1);
	used = PATH_ENTRIES_MAX - entries;
	assert_true(used >= 7);
	entries = 2 * used - 1;
	assert_int_equal(path_glob(areas, nareas, ACCESS_WRITE, "[f]*",
			     &entries, &out, &fault),
	    0);
	assert_int_equal(entries, used - 1);
	assert_int_equal(path_glob(areas, nareas, ACCESS_WRITE, "[f]*",
			     &entries, &out, &fault),
	    -1);
	assert_int_equal(entries, 0);
	assert_int_equal(fault.why, WHY_TOO_LONG);
	assert_non_null(strstr(fault.text, "visit too many names"));
	assert_int_equal(out.n, 2);
	list_free(&out);
}

static void
test_glob_results(void **state)
{
	struct list out = {0};
	struct fault fault;
	int dir;

	(void)state;
	fill();
	scratch_folder("ROOT/in/many", 0755);
	dir = open(scratch_text("ROOT/in/many"), O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < PATH_RESULTS_MAX; i++)
		touch(dir, i);
	assert_int_equal(glob(areas, nareas, ACCESS_WRITE, "many/*", &out,
			     &fault),
	    0);
	assert_int_equal(out.n, PATH_RESULTS_MAX);
	list_free(&out);
	touch(dir, PATH_RESULTS_MAX);
	assert_int_equal(glob(areas, nareas, ACCESS_WRITE, "many/*", &out,
			     &fault),
	    -1);
	assert_int_equal(fault.why, WHY_TOO_LONG);
	assert_non_null(strstr(fault.text, "match too many names"));
	assert_int_equal(out.n, 0);
	close(dir);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    area_test(test_access),
	    area_test(test_names),
	    area_test(test_replaced),
	    area_test(test_long),
	    cmocka_unit_test(test_no_area),
	    area_test(test_root_area),
	    area_test(test_glob),
	    area_test(test_glob_depth),
	    area_test(test_glob_costly),
	    area_test(test_glob_shared),
	    area_test(test_glob_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
