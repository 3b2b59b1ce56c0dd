#ifndef GK_EVENT_H
#define GK_EVENT_H

#include <stddef.h>

#include "record.h"

struct plan;
struct policy;
struct request;
struct settings;
struct verdict;

/* What a record's text of a fault needs: place and text in one string. */
struct event {
	struct record record; /* of the request */
	char detail[768];
	char host[256];
	struct timespec began; /* of a clock that nobody sets */
};

/*
 * One session's event in plain values, borrowed from all of these. policy
 * and the description of the sandbox may be NULL when it did not come that
 * far.
 */
void event_request(struct event *, const char *session, const struct request *,
    const struct settings *, const struct policy *, const struct verdict *,
    pid_t program, const char *sandbox);
/* The same event turned into the end of a program that could not start. */
void event_failed(struct event *, const struct fault *);

/* How a program ended, as wait(2) tells it, and what it used. */
struct ending {
	int status;
	struct record_use use;
	long long duration; /* nanoseconds */
	const char *ended_by; /* NULL: itself */
	const char *transcript; /* NULL: none was kept */
};
/* Later records of the session; the event stays what it is. */
struct record event_end(const struct event *, const struct ending *);
struct record event_violation(const struct event *, const struct record_call *,
    pid_t, const char *program);
/* Of the program that a rule runs after its own. */
struct record event_followed(const struct event *, const struct plan *, pid_t,
    const struct ending *);

#endif
