/* Windows of the week, against a slow reading of them and in odd places. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hours.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	const char *hours;
	const char *when; /* a weekday and a time of a week in 2026 */
	bool holds;
};

static const struct row rows[] = {
    {"01:00-05:00", "Mon 01:00", true},
    {"01:00-05:00", "Mon 00:59", false},
    {"01:00-05:00", "Sun 04:59", true},
    {"01:00-05:00", "Sun 05:00", false},
    {"Mon-Fri 01:00-05:00", "Fri 02:00", true},
    {"Mon-Fri 01:00-05:00", "Sat 02:00", false},
    {"Mon-Fri 01:00-05:00", "Sun 02:00", false},
    {"Fri-Mon 01:00-05:00", "Sun 02:00", true},
    {"Fri-Mon 01:00-05:00", "Tue 02:00", false},
    {"Sat,Sun 00:00-24:00", "Sun 23:59", true},
    {"Sat,Sun 00:00-24:00", "Mon 00:00", false},
    {"Mon,Wed-Thu 12:00-13:00", "Wed 12:30", true},
    {"Mon,Wed-Thu 12:00-13:00", "Tue 12:30", false},
    /* Over midnight: the day is the one on which it begins. */
    {"Mon 22:00-02:00", "Mon 23:00", true},
    {"Mon 22:00-02:00", "Tue 01:59", true},
    {"Mon 22:00-02:00", "Tue 02:00", false},
    {"Mon 22:00-02:00", "Mon 01:00", false},
    {"Sat 22:00-02:00", "Sun 01:00", true},
    {"Sun 22:00-02:00", "Sat 23:00", false},
    {"22:00-02:00", "Sun 00:00", true},
    /* Several. */
    {"Mon 01:00-02:00 Tue 03:00-04:00", "Tue 03:00", true},
    {"Mon 01:00-02:00 Tue 03:00-04:00", "Tue 01:00", false},
    {"Mon 01:00-02:00 03:00-04:00", "Sun 03:00", true},
};

static time_t
at(const char *when)
{
	/* 2026-11-01 was a Sunday. */
	struct tm tm = {.tm_year = 126, .tm_mon = 10, .tm_isdst = -1};
	static const char days[] = "SunMonTueWedThuFriSat";
	const char day[] = {when[0], when[1], when[2], '\0'};

	tm.tm_mday = 1 + (int)(strstr(days, day) - days) / 3;
	tm.tm_hour = atoi(when + 4);
	tm.tm_min = atoi(when + 7);
	return mktime(&tm);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct hours hours;
		struct fault fault;

		assert_int_equal(hours_parse(&hours, rows[i].hours, &fault), 0);
		if (hours_hold(&hours, at(rows[i].when)) != rows[i].holds)
			fail_msg("%s at %s", rows[i].hours, rows[i].when);
		hours_free(&hours);
	}
}

static void
test_none(void **state)
{
	const struct hours none = {0};

	(void)state;
	assert_true(hours_hold(&none, 0));
}

static const char *const refused[] = {"", " ", "Mon", "Mon-Fri", "1:00-2:00",
    "01:00", "01:00-", "01:00-05:00x", "01:00-05:60", "01:00-24:01",
    "24:00-01:00", "05:00-05:00", "01:00 - 05:00", "01:00,05:00",
    "mon 01:00-05:00", "Mon- 01:00-05:00", "Mon,, 01:00-05:00",
    ",Mon 01:00-05:00", "Mon Tue 01:00-05:00", "Monday 01:00-05:00", "Mon-Fri",
    "Mon 01:00-05:00 Tue", "always", "-1:00-05:00", "01:00-05:00 # note"};

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(refused); i++) {
		struct hours hours;
		struct fault fault;

		if (hours_parse(&hours, refused[i], &fault) != -1)
			fail_msg("<%s> loads", refused[i]);
		assert_int_equal(fault.why, WHY_POLICY);
		assert_int_equal(hours.n, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
