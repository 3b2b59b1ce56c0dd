/* list.c: a list is an argv at every step, and owns what it was given. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "list.h"

static void
test_add(void **state)
{
	struct list list = {0};
	char text[] = "one";

	(void)state;
	assert_int_equal(list_add(&list, text), 0);
	assert_int_equal(list.n, 1);
	assert_null(list.v[1]);
	text[0] = 'X'; /* a copy is kept */
	assert_string_equal(list.v[0], "one");
	assert_int_equal(list_addf(&list, "%s=%d", "a%s", 7), 0);
	assert_int_equal(list_add(&list, ""), 0);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.v[0], "one");
	assert_string_equal(list.v[1], "a%s=7");
	assert_string_equal(list.v[2], "");
	assert_null(list.v[3]);
	list_free(&list);
}

static void
test_take(void **state)
{
	struct list list = {0};
	char *s = strdup("mine");

	(void)state;
	assert_non_null(s);
	assert_int_equal(list_take(&list, s), 0);
	assert_ptr_equal(list.v[0], s);
	assert_int_equal(list_take(&list, NULL), -1);
	assert_int_equal(list.n, 1);
	assert_ptr_equal(list.v[0], s);
	assert_null(list.v[1]);
	list_free(&list);
	assert_int_equal(list_take(&list, NULL), -1);
	assert_int_equal(list.n, 0);
	assert_null(list.v);
}

static void
test_many(void **state)
{
	struct list list = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(list_addf(&list, "%d", i), 0);
		assert_int_equal(list.n, (size_t)i + 1);
		assert_null(list.v[i + 1]);
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(atoi(list.v[i]), i);
	list_free(&list);
}

/* An empty list and a freed one are the same, and may be used again. */
static void
test_freed(void **state)
{
	struct list list = {0};

	(void)state;
	list_free(&list);
	assert_int_equal(list_add(&list, "a"), 0);
	list_free(&list);
	assert_null(list.v);
	assert_int_equal(list.n, 0);
	list_free(&list);
	assert_int_equal(list_add(&list, "b"), 0);
	assert_string_equal(list.v[0], "b");
	list_free(&list);
}

static void
test_has(void **state)
{
	struct list list = {0};

	(void)state;
	assert_false(list_has(&list, "a"));
	assert_int_equal(list_add(&list, "ab"), 0);
	assert_int_equal(list_add(&list, ""), 0);
	assert_true(list_has(&list, "ab"));
	assert_true(list_has(&list, ""));
	assert_false(list_has(&list, "a"));
	assert_false(list_has(&list, "abc"));
	list_free(&list);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_add),
	    cmocka_unit_test(test_has),
	    cmocka_unit_test(test_take),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
