/*
 * trust.c: what each kind of trust takes and refuses, in a tree of good and
 * bad folders, files and links; and what is read is what was judged.
 */

#include <sys/types.h>

#include <errno.h>
#include <time.h>

#include "scratch.h"
#include "trust.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define NAME_256 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Some uid that is neither root nor, in these tests, ours. */
enum { STRANGER = 61235 };

static void
fill(void)
{
	scratch_folder("ROOT/d", 0755);
	scratch_file("ROOT/d/f", 0644, "text\n");
	scratch_file("ROOT/d/world", 0646, "");
	scratch_file("ROOT/d/group", 0664, "");
	scratch_folder("ROOT/open", 0777);
	scratch_file("ROOT/open/f", 0644, "");
	scratch_folder("ROOT/sticky", 01777);
	scratch_file("ROOT/sticky/f", 0644, "");
	scratch_folder("ROOT/shared", 0775);
	scratch_file("ROOT/shared/f", 0644, "");
	scratch_link("ROOT/d/to-f", "f");
	scratch_link("ROOT/d/absolute", "ROOT/d/f");
	scratch_link("ROOT/d/up", "../d/./to-f");
	scratch_link("ROOT/d/far-up", "../../../../../../../../../../../../..");
	scratch_link("ROOT/d/to-open", "../open/f");
	scratch_link("ROOT/d/dangling", "nowhere");
	scratch_link("ROOT/d/loop", "loop");
	scratch_link("ROOT/to-d", "d/");
	scratch_link("ROOT/open/to-f", "../d/f");
	scratch_link("ROOT/shared/to-f", "../d/f");
}

struct row {
	enum trust trust;
	const char *path;
	int error; /* 0: opened */
	const char *part; /* canonical path, or of the message */
};

static void
check_row(const struct row *row)
{
	const char *path = scratch_text(row->path);
	struct fault fault = {0};
	struct stat a, b;
	char *canonical = NULL;
	int fd, error;

	errno = ENOENT; /* what was left by something else says nothing */
	fd = trust_open(path, row->trust, &canonical, &fault);
	error = errno;
	if (row->error != 0) {
		assert_null(canonical);
		if (fd != -1 || error != row->error)
			fail_msg("%s: %d %s", path, fd, strerror(error));
		assert_int_equal(fault.why, WHY_DIRECTORY);
		if (strstr(fault.text, scratch_text(row->part)) == NULL)
			fail_msg("%s: %s", row->path, fault.text);
		return;
	}
	if (fd == -1)
		fail_msg("%s: %s", row->path, fault.text);
	assert_string_equal(canonical, scratch_text(row->part));
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat(path, &b), 0);
	assert_true(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_PATH);
	free(canonical);
	close(fd);
}

static void
check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_row(&rows[i]);
}

static void
test_rows(void **state)
{
	static const struct row rows[] = {
	    {TRUST_POLICY, "/", 0, "/"},
	    {TRUST_RULE, "/", 0, "/"},
	    {TRUST_POLICY, "ROOT/d/f", 0, "ROOT/d/f"},
	    {TRUST_POLICY, "ROOT//./d///f", 0, "ROOT/d/f"},
	    {TRUST_POLICY, "ROOT/d/../d/f", 0, "ROOT/d/f"},
	    {TRUST_POLICY, "ROOT/d/", 0, "ROOT/d"},
	    {TRUST_POLICY, "/../../..", 0, "/"},
	    /* Links of ours or root's, in folders of ours or root's. */
	    {TRUST_POLICY, "ROOT/d/to-f", 0, "ROOT/d/f"},
	    {TRUST_POLICY, "ROOT/d/absolute", 0, "ROOT/d/f"},
	    {TRUST_POLICY, "ROOT/d/up", 0, "ROOT/d/f"},
	    {TRUST_POLICY, "ROOT/to-d/to-f", 0, "ROOT/d/f"},
	    {TRUST_POLICY, "ROOT/d/far-up", 0, "/"},
	    /* Others could have written it, or put another in its place. */
	    {TRUST_POLICY, "ROOT/d/world", EPERM, "ROOT/d/world: others"},
	    {TRUST_POLICY, "ROOT/d/group", EPERM, "ROOT/d/group: others"},
	    {TRUST_POLICY, "ROOT/open/f", EPERM, "ROOT/open: others"},
	    {TRUST_POLICY, "ROOT/sticky/f", EPERM, "ROOT/sticky: others"},
	    {TRUST_POLICY, "ROOT/shared/f", EPERM, "ROOT/shared: others"},
	    {TRUST_POLICY, "ROOT/open/../d/f", EPERM, "ROOT/open: others"},
	    {TRUST_POLICY, "ROOT/d/to-open", EPERM, "ROOT/open: others"},
	    {TRUST_POLICY, "/tmp/x", EPERM, "/tmp: others"},
	    /* A rule's directories may well be written by others. */
	    {TRUST_RULE, "ROOT/d/f", 0, "ROOT/d/f"},
	    {TRUST_RULE, "ROOT/d/world", 0, "ROOT/d/world"},
	    {TRUST_RULE, "ROOT/open/f", 0, "ROOT/open/f"},
	    {TRUST_RULE, "ROOT/shared/f", 0, "ROOT/shared/f"},
	    {TRUST_RULE, "/tmp", 0, "/tmp"},
	    /* But a link there could lead anywhere tomorrow. */
	    {TRUST_RULE, "ROOT/open/to-f", EPERM, "ROOT/open/to-f: a symb"},
	    {TRUST_RULE, "ROOT/shared/to-f", EPERM, "ROOT/shared/to-f: a s"},
	    /* What is not there, or not what it should be. */
	    {TRUST_POLICY, "ROOT/none", ENOENT, "ROOT/none: No such"},
	    {TRUST_RULE, "ROOT/none/f", ENOENT, "ROOT/none: No such"},
	    {TRUST_POLICY, "ROOT/d/dangling", ENOENT, "ROOT/d/nowhere: No"},
	    {TRUST_POLICY, "ROOT/d/loop", ELOOP, "ROOT/d/loop: "},
	    {TRUST_POLICY, "ROOT/d/f/x", ENOTDIR, "ROOT/d/f/x: Not a"},
	    {TRUST_RULE, "ROOT/d/f/..", ENOTDIR, "ROOT/d/f/..: Not a"},
	    {TRUST_RULE, "ROOT/" NAME_256, ENAMETOOLONG, "File name"},
	    {TRUST_POLICY, "d/f", EINVAL, "d/f: not an absolute path"},
	    {TRUST_RULE, "", EINVAL, ": not an absolute path"},
	    {TRUST_RULE, "./", EINVAL, "./: not an absolute path"},
	};

	(void)state;
	scratch_make();
	fill();
	check_rows(rows, NELEM(rows));
}

/* An account's own links count in its policies, and never in a rule: its
 * other keys may be able to move them. */
static void
test_own_links(void **state)
{
	static const struct row account[] = {
	    {TRUST_RULE, "ROOT/d/to-f", EPERM, "ROOT/d/to-f: a symbolic"},
	    {TRUST_RULE, "ROOT/to-d/f", EPERM, "ROOT/to-d: a symbolic"},
	};
	static const struct row root[] = {
	    {TRUST_RULE, "ROOT/d/to-f", 0, "ROOT/d/f"},
	    {TRUST_RULE, "ROOT/d/up", 0, "ROOT/d/f"},
	    {TRUST_RULE, "ROOT/to-d/f", 0, "ROOT/d/f"},
	    {TRUST_RULE, "ROOT/d/to-open", 0, "ROOT/open/f"},
	    {TRUST_RULE, "ROOT/d/dangling", ENOENT, "ROOT/d/nowhere"},
	    {TRUST_RULE, "ROOT/d/loop", ELOOP, "ROOT/d/loop"},
	};

	(void)state;
	scratch_make();
	fill();
	if (geteuid() == 0)
		check_rows(root, NELEM(root));
	else
		check_rows(account, NELEM(account));
}

static void
give_away(const char *path)
{
	assert_int_equal(lchown(scratch_text(path), STRANGER, STRANGER), 0);
}

static void
test_strangers(void **state)
{
	static const struct row rows[] = {
	    {TRUST_POLICY, "ROOT/theirs/f", EPERM, "ROOT/theirs: belongs to"},
	    {TRUST_POLICY, "ROOT/d/theirs", EPERM, "ROOT/d/theirs: belongs"},
	    {TRUST_POLICY, "ROOT/d/link", EPERM, "not root's"},
	    {TRUST_RULE, "ROOT/d/link", EPERM, "not root's"},
	    {TRUST_RULE, "ROOT/theirs/f", 0, "ROOT/theirs/f"},
	    {TRUST_RULE, "ROOT/d/theirs", 0, "ROOT/d/theirs"},
	    {TRUST_RULE, "ROOT/theirs/link", EPERM, "in a folder that"},
	};

	(void)state;
	if (geteuid() != 0) {
		print_message("# only root can give files away\n");
		skip();
	}
	scratch_make();
	fill();
	scratch_folder("ROOT/theirs", 0755);
	scratch_file("ROOT/theirs/f", 0644, "");
	scratch_link("ROOT/theirs/link", "f");
	scratch_file("ROOT/d/theirs", 0644, "");
	scratch_link("ROOT/d/link", "f");
	give_away("ROOT/theirs");
	give_away("ROOT/d/theirs");
	give_away("ROOT/d/link");
	check_rows(rows, NELEM(rows));
}

/* 40 links are followed, as the kernel does, and no more. */
static void
test_many_links(void **state)
{
	static const struct row rows[] = {
	    {TRUST_POLICY, "ROOT/l40", 0, "ROOT/l0"},
	    {TRUST_POLICY, "ROOT/l41", ELOOP, "ROOT/l1: "},
	};

	(void)state;
	scratch_make();
	scratch_file("ROOT/l0", 0644, "");
	for (int i = 1; i <= 41; i++) {
		char name[32], target[32];

		snprintf(name, sizeof(name), "ROOT/l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		scratch_link(name, target);
	}
	check_rows(rows, NELEM(rows));
}

static void
test_long_path(void **state)
{
	char path[PATH_MAX + 2];
	struct fault fault;

	(void)state;
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = "/."[i % 2];
	path[PATH_MAX] = '\0';
	assert_int_equal(trust_open(path, TRUST_RULE, NULL, &fault), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	path[PATH_MAX - 1] = '\0';
	assert_int_not_equal(close(trust_open(path, TRUST_RULE, NULL, &fault)),
	    -1);
}

static void
check_read(const char *path, size_t max, int error, const char *part)
{
	struct trust_text text = {0};
	struct fault fault = {0};

	errno = 0;
	assert_int_equal(trust_read(scratch_text(path), max, &text, &fault),
	    -1);
	if (errno != error)
		fail_msg("%s: %s", path, strerror(errno));
	if (strstr(fault.text, part) == NULL)
		fail_msg("%s: %s", path, fault.text);
	assert_null(text.text);
}

static void
read_back(const char *path, size_t max, const char *expected)
{
	struct trust_text text;
	struct fault fault = {0};
	struct stat st;

	path = scratch_text(path);
	if (trust_read(path, max, &text, &fault) == -1)
		fail_msg("%s", fault.text);
	assert_string_equal(text.text, expected);
	assert_int_equal(text.size, strlen(expected));
	assert_int_equal(stat(path, &st), 0);
	assert_memory_equal(&text.mtime, &st.st_mtim, sizeof(text.mtime));
	free(text.text);
}

static void
test_read(void **state)
{
	struct timespec times[] = {{0, UTIME_OMIT}, {1234567890, 123456789}};

	(void)state;
	scratch_make();
	fill();
	assert_int_equal(utimensat(AT_FDCWD, scratch_text("ROOT/d/f"), times,
			     AT_SYMLINK_NOFOLLOW),
	    0);
	scratch_file("ROOT/empty", 0600, "");
	read_back("ROOT/d/f", 100, "text\n");
	read_back("ROOT/d/up", 100, "text\n");
	read_back("ROOT/empty", 100, "");
	/* The limit itself is not beyond it. */
	read_back("ROOT/d/f", 5, "text\n");
	read_back("ROOT/empty", 0, "");
	check_read("ROOT/d/f", 4, EFBIG, "too large");
	check_read("ROOT/d/f", 0, EFBIG, "too large");
}

static void
test_read_bytes(void **state)
{
	static const char bytes[] = "a\0b\xff\n";
	struct trust_text text;
	struct fault fault;
	FILE *f;

	(void)state;
	scratch_make();
	f = fopen(scratch_text("ROOT/f"), "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, sizeof(bytes), f), sizeof(bytes));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(trust_read(scratch_text("ROOT/f"), 100, &text, &fault),
	    0);
	assert_int_equal(text.size, sizeof(bytes));
	assert_memory_equal(text.text, bytes, sizeof(bytes));
	assert_int_equal(text.text[text.size], '\0');
	free(text.text);
}

/* Only a file that is missing, its folder being safe, is no file; all else
 * is a fault, so that nobody can make settings vanish. */
static void
test_read_refused(void **state)
{
	(void)state;
	scratch_make();
	fill();
	assert_int_equal(mkfifo(scratch_text("ROOT/fifo"), 0600), 0);
	scratch_link("ROOT/to-none", "none/f");
	check_read("ROOT/none", 100, ENOENT, "No such file");
	check_read("ROOT/none/f", 100, ENOTDIR, "No such file");
	check_read("ROOT/d/dangling", 100, ENOTDIR, "No such file");
	check_read("ROOT/to-none", 100, ENOTDIR, "No such file");
	check_read("ROOT/d/f/x", 100, ENOTDIR, "Not a directory");
	check_read("ROOT/d", 100, EINVAL, "not a regular file");
	check_read("/dev/null", 100, EPERM, "others can write");
	check_read("ROOT/fifo", 100, EINVAL, "not a regular file");
	check_read("ROOT/open/f", 100, EPERM, "others can write");
	check_read("ROOT/d/world", 100, EPERM, "others can write");
	check_read("d/f", 100, EINVAL, "not an absolute path");
	if (geteuid() == 0)
		return;
	scratch_file("ROOT/secret", 0, "");
	check_read("ROOT/secret", 100, EACCES, "Permission denied");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    scratch_test(test_rows),
	    scratch_test(test_own_links),
	    scratch_test(test_strangers),
	    scratch_test(test_many_links),
	    cmocka_unit_test(test_long_path),
	    scratch_test(test_read),
	    scratch_test(test_read_bytes),
	    scratch_test(test_read_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
