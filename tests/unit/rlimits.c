/* rlimits.c: what is set before the program, each in a process of its own.
 * The exit status says which check failed. */

#include <sys/resource.h>

#include <errno.h>
#include <string.h>

#include "child.h"
#include "plan.h"
#include "rlimits.h"
#include "why.h"

static int
set(int nice)
{
	const struct plan plan = {.nice = nice};
	struct fault fault = {0};

	return rlimits_set(&plan, &fault);
}

static int
priority(void)
{
	return getpriority(PRIO_PROCESS, 0);
}

/* No core file, soft or hard, however it was before. */
static int
check_core(const void *data)
{
	struct rlimit limit;

	(void)data;
	if (getrlimit(RLIMIT_CORE, &limit) == -1)
		return 1;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_CORE, &limit) == -1 || set(0) == -1)
		return 2;
	if (getrlimit(RLIMIT_CORE, &limit) == -1)
		return 3;
	return limit.rlim_cur == 0 && limit.rlim_max == 0 ? 0 : 4;
}

static int
check_nice(const void *data)
{
	const int was = priority();
	const int more = was < 10 ? 12 : 19;

	(void)data;
	if (set(more) == -1 || priority() != more)
		return 1;
	/* Not asked for: as it was. */
	if (set(0) == -1 || priority() != more)
		return 2;
	return 0;
}

/* A rule's `nice` that cannot be had is no reason to run without it. */
static int
check_refused(const void *data)
{
	const struct rlimit none = {0, 0};
	const struct plan plan = {.nice = 5};
	struct fault fault = {0};

	(void)data;
	if (setpriority(PRIO_PROCESS, 0, 19) == -1 ||
	    setrlimit(RLIMIT_NICE, &none) == -1)
		return 1;
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) == -1)
		return 2;
	if (rlimits_set(&plan, &fault) != -1)
		return 3;
	return fault.why == WHY_SYSTEM && strstr(fault.text, "nice") != NULL ?
	    0 :
	    4;
}

static void
test_core(void **state)
{
	struct child child;

	(void)state;
	child_run(&child, check_core, NULL);
	assert_int_equal(child.status, 0);
}

static void
test_nice(void **state)
{
	struct child child;

	(void)state;
	child_run(&child, check_nice, NULL);
	assert_int_equal(child.status, 0);
}

static void
test_nice_refused(void **state)
{
	struct child child;

	(void)state;
	child_run(&child, check_refused, NULL);
	assert_int_equal(child.status, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_core),
	    cmocka_unit_test(test_nice),
	    cmocka_unit_test(test_nice_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
