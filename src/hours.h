#ifndef GK_HOURS_H
#define GK_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct fault;

/* `hours`: windows of the week in the host's time zone. */
struct window {
	unsigned days; /* bit 0 is Sunday, as in tm_wday */
	unsigned from; /* minutes from midnight, included */
	unsigned to; /* excluded; before `from`: on the next day */
};

struct hours {
	struct window *v;
	size_t n; /* 0: at any time */
};

/*
 * `Mon-Fri 01:00-05:00 Sat,Sun 22:00-04:00 12:00-13:00`: without days,
 * every day. -1 with WHY_POLICY or WHY_MEMORY; the hours are then empty.
 */
int hours_parse(struct hours *, const char *, struct fault *);
void hours_free(struct hours *);
bool hours_hold(const struct hours *, time_t);

#endif
