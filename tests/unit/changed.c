/* changed.c: what a client can do to a folder is seen, whatever it hides. */

#include <errno.h>
#include <time.h>

#include "changed.h"
#include "scratch.h"

#define FOLDER "ROOT/folder"
#define FILE_IN FOLDER "/sub/file"

static void
make(void)
{
	scratch_make();
	scratch_folder(FOLDER, 0755);
	scratch_folder(FOLDER "/sub", 0755);
	scratch_file(FILE_IN, 0644, "one");
	scratch_file(FOLDER "/other", 0644, "two");
	scratch_link(FOLDER "/link", "other");
}

static uint64_t
sum(void)
{
	return changed_sum(scratch_text(FOLDER));
}

/* A time of change is as fine as the kernel's clock ticks. */
static void
tick(void)
{
	nanosleep(&(struct timespec) {.tv_nsec = 20000000}, NULL);
}

static void
write_anew(void)
{
	scratch_file(FILE_IN, 0644, "eno"); /* of the same size */
}

/* As if nothing had been written: size and times are what they were. */
static void
write_and_set_back(void)
{
	struct stat st;
	const char *path = scratch_text(FILE_IN);

	assert_int_equal(stat(path, &st), 0);
	write_anew();
	assert_int_equal(utimensat(AT_FDCWD, path,
			     (const struct timespec[]) {st.st_atim, st.st_mtim},
			     0),
	    0);
}

static void
change_mode(void)
{
	assert_int_equal(chmod(scratch_text(FILE_IN), 0600), 0);
}

static void
add_file(void)
{
	scratch_file(FOLDER "/sub/new", 0644, "");
}

static void
add_folder(void)
{
	scratch_folder(FOLDER "/sub/folder", 0755);
}

static void
remove_file(void)
{
	assert_int_equal(unlink(scratch_text(FILE_IN)), 0);
}

static void
rename_file(void)
{
	assert_int_equal(rename(scratch_text(FILE_IN),
			     scratch_text(FOLDER "/sub/elif")),
	    0);
}

static void
exchange_files(void)
{
	assert_int_equal(renameat2(AT_FDCWD, scratch_text(FILE_IN), AT_FDCWD,
			     scratch_text(FOLDER "/other"), RENAME_EXCHANGE),
	    0);
}

static void
replace_file(void)
{
	scratch_file("ROOT/file", 0644, "one");
	assert_int_equal(rename(scratch_text("ROOT/file"),
			     scratch_text(FILE_IN)),
	    0);
}

static void
turn_link(void)
{
	assert_int_equal(unlink(scratch_text(FOLDER "/link")), 0);
	scratch_link(FOLDER "/link", "rehto");
}

static void
touch_folder(void)
{
	assert_int_equal(chmod(scratch_text(FOLDER), 0700), 0);
}

static void
test_seen(void **state)
{
	static const struct {
		const char *what;
		void (*change)(void);
	} rows[] = {{"content", write_anew},
	    {"content, set back", write_and_set_back}, {"mode", change_mode},
	    {"new file", add_file}, {"new folder", add_folder},
	    {"removed file", remove_file}, {"renamed file", rename_file},
	    {"exchanged files", exchange_files}, {"replaced", replace_file},
	    {"link", turn_link}, {"the folder itself", touch_folder}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t before;

		make();
		before = sum();
		assert_int_not_equal(before, 0);
		assert_false(changed_since(before, sum()));
		tick();
		rows[i].change();
		if (!changed_since(before, sum()))
			fail_msg("not seen: %s", rows[i].what);
		scratch_remove(NULL);
	}
}

/* Reading is no change, and neither is what lies elsewhere. */
static void
test_same(void **state)
{
	uint64_t before;

	(void)state;
	make();
	before = sum();
	tick();
	close(open(scratch_text(FILE_IN), O_RDONLY));
	scratch_file("ROOT/elsewhere", 0644, "");
	assert_false(changed_since(before, sum()));
	assert_false(changed_since(sum(), sum()));
}

/* A folder that cannot be read counts as changed, before and after. */
static void
test_unreadable(void **state)
{
	uint64_t before;

	(void)state;
	make();
	before = sum();
	assert_true(
	    changed_since(before, changed_sum(scratch_text("ROOT/no/such"))));
	assert_true(
	    changed_since(changed_sum(scratch_text("ROOT/no/such")), before));
	assert_true(changed_since(0, 0));
	if (geteuid() == 0)
		return; /* reads all */
	assert_int_equal(chmod(scratch_text(FOLDER "/sub"), 0), 0);
	assert_int_equal(sum(), 0);
	assert_true(changed_since(sum(), sum()));
	assert_int_equal(chmod(scratch_text(FOLDER "/sub"), 0755), 0);
}

static void
add_links(int dir, int from, int to)
{
	char name[32];

	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(linkat(dir, "one", dir, name, 0), 0);
	}
}

static int
remove_link(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* More than is looked at: changed, at a cost that has an end. In memory,
 * where so many are made fast. */
static void
test_many(void **state)
{
	enum { MOST = 100000 };
	char folder[] = "/dev/shm/gatekeeper-changed.XXXXXX";
	int dir;

	(void)state;
	assert_non_null(mkdtemp(folder));
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	assert_int_not_equal(dir, -1);
	close(openat(dir, "one", O_WRONLY | O_CREAT, 0600));
	/* Beside the file are the folder, as it is entered and as it is left. */
	add_links(dir, 0, MOST - 3);
	assert_int_not_equal(changed_sum(folder), 0);
	add_links(dir, MOST - 3, MOST);
	assert_int_equal(changed_sum(folder), 0);
	assert_true(changed_since(changed_sum(folder), changed_sum(folder)));
	close(dir);
	assert_int_equal(nftw(folder, remove_link, 16, FTW_DEPTH | FTW_PHYS),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    scratch_test(test_seen),
	    scratch_test(test_same),
	    scratch_test(test_unreadable),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
