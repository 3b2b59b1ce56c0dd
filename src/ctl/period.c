/* The times that an administrator asks about. */

#include <stdlib.h>

#include "ctl/period.h"
#include "value.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static const struct unit {
	char letter;
	long seconds;
} units[] = {
    {'s', 1},
    {'m', 60},
    {'h', 3600},
    {'d', 86400},
    {'w', 604800},
};

/* Seconds of 7d, or -1: something else. Five digits are more than a log
 * has days. */
static long
parse_ago(const char *s)
{
	long n = 0;
	int digits = 0;

	for (; *s >= '0' && *s <= '9'; s++) {
		if (++digits > 5)
			return -1;
		n = n * 10 + (*s - '0');
	}
	if (digits == 0 || s[0] == '\0' || s[1] != '\0')
		return -1;
	for (size_t i = 0; i < NELEM(units); i++)
		if (units[i].letter == *s)
			return n * units[i].seconds;
	return -1;
}

int
period_parse(const char *text, bool end, time_t now, time_t *when,
    struct fault *fault)
{
	long ago = parse_ago(text);

	if (ago != -1 && ago < now) {
		*when = now - ago;
		return 0;
	}
	if (value_when(text, end, when, fault) == 0)
		return 0;
	return fault_set(fault, WHY_POLICY,
	    "write a date, YYYY-MM-DD or YYYY-MM-DD HH:MM, or how long ago: "
	    "30m, 24h, 7d, 2w");
}

bool
period_precedes(const struct period *period, time_t when)
{
	return when != 0 && when < period->since;
}

bool
period_holds(const struct period *period, time_t when)
{
	if (when == 0)
		return true;
	return when >= period->since &&
	    (period->until == 0 || when < period->until);
}
