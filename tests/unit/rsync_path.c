/* rsync_path.c, where a verdict table does not reach: what all directories of
 * a rule have in common. */

#include "protocol/rsync_path.h"
#include "path.h"
#include "scratch.h"

static const struct row {
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
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_common),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
