#ifndef GK_CTL_PERIOD_H
#define GK_CTL_PERIOD_H

#include <stdbool.h>
#include <time.h>

struct fault;

/* From `since` on, and before `until`; 0: without end. */
struct period {
	time_t since;
	time_t until;
};

/*
 * A date or a date-time, as value_when() reads them, or a time ago: 30m, 24h,
 * 7d, 2w. As an end, a date is the first second after it. 0, or -1 with a
 * text that says what to write.
 */
int period_parse(const char *, bool end, time_t now, time_t *, struct fault *);
/* A time that is not known is within any period. */
bool period_holds(const struct period *, time_t);
bool period_precedes(const struct period *, time_t);

#endif
