/* ${key} and ${account}: names alone, and nothing that could be more. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static const struct row {
	const char *value;
	const char *account;
	const char *result; /* NULL: refused */
} rows[] = {
    {"", "store", ""},
    {"/srv/x", NULL, "/srv/x"},
    {"/srv/${key}", NULL, "/srv/web1"},
    {"/srv/${account}/${key}x${key}", "store", "/srv/store/web1xweb1"},
    {"${account}", "a.b-c_9", "a.b-c_9"},
    {"${account}", NULL, NULL},
    {"${account}", "", NULL},
    {"${account}", "..", NULL},
    {"${account}", "a/b", NULL},
    {"${account}", "a b", NULL},
    {"${account}", "-x", NULL},
    {"${account}", "${key}", NULL},
    /* What is no name of ours stays, for others to refuse. */
    {"$key ${KEY} ${key ${user} $${key}", NULL,
	"$key ${KEY} ${key ${user} $web1"},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct names names = {"web1", rows[i].account};
		struct fault fault = {0};
		char *text = expand_names(rows[i].value, &names, &fault);

		if (rows[i].result == NULL) {
			assert_null(text);
			assert_int_equal(fault.why, WHY_POLICY);
		} else {
			assert_non_null(text);
			assert_string_equal(text, rows[i].result);
		}
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
