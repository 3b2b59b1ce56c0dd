/* rsync_offers.c with stand-in files: names that a NUL ends count. */

#include "protocol/rsync_offers.h"
#include "scratch.h"

static const struct row {
	const char *what;
	const char *text;
	size_t size;
	bool confine;
	bool drop;
} rows[] = {
    {"both", "\0confine-root\0drop-D\0", 21, true, true},
    {"one", "x\0drop-D\0y", 10, false, true},
    {"neither", "\0munge-links\0", 13, false, false},
    {"the tail of a longer name", "\0no-drop-D\0confine-roots\0", 25, false,
	true},
    {"the head of a longer name", "\0confine-roots\0", 15, false, false},
    {"no NUL after", "\0drop-D", 7, false, false},
    {"empty", "", 0, false, false},
};

static void
test_rows(void **state)
{
	struct rsync_offers offers;

	(void)state;
	scratch_make();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		FILE *f = fopen(scratch_text("ROOT/rsync"), "we");

		assert_non_null(f);
		fwrite(rows[i].text, 1, rows[i].size, f);
		fclose(f);
		rsync_offers_read(&offers, scratch_text("ROOT/rsync"));
		if (offers.confine_root != rows[i].confine ||
		    offers.drop_devices != rows[i].drop)
			fail_msg("%s: confine-root %d, drop-D %d", rows[i].what,
			    offers.confine_root, offers.drop_devices);
	}
}

/* What cannot be read offers nothing. */
static void
test_unreadable(void **state)
{
	static const char *const paths[] = {"ROOT/missing", "ROOT", "/dev/zero",
	    "/dev/null", "relative", ""};
	struct rsync_offers offers;

	(void)state;
	scratch_make();
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		offers = (struct rsync_offers) {true, true};
		rsync_offers_read(&offers, scratch_text(paths[i]));
		assert_false(offers.confine_root || offers.drop_devices);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    scratch_test(test_rows),
	    scratch_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
