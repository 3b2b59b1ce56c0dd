#ifndef GK_EVENT_H
#define GK_EVENT_H

#include <stddef.h>

#include "record.h"

struct policy;
struct request;
struct settings;
struct verdict;

/* What a record's text of a fault needs: place and text in one string. */
struct event {
	struct record record;
	char detail[768];
	char host[256];
};

/*
 * One session's event in plain values, borrowed from all of these. policy
 * and the description of the sandbox may be NULL when it did not come that
 * far.
 */
void event_request(struct event *, const char *session, const struct request *,
    const struct settings *, const struct policy *, const struct verdict *,
    const char *sandbox);
/* The same event turned into the end of a program that could not start. */
void event_failed(struct event *, const struct fault *);

#endif
