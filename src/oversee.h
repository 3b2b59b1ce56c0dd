#ifndef GK_OVERSEE_H
#define GK_OVERSEE_H

#include <stdbool.h>
#include <stdint.h>

#include "watch.h"

struct audit;
struct fault;
struct plan;
struct request;
struct sandbox;
struct settings;
struct transcript;
struct verdict;

/* A permitted request, as far as its watcher looks at it. All borrowed. */
struct overseen {
	const char *session;
	const struct request *req;
	const struct settings *settings;
	struct verdict *verdict;
	struct sandbox *sandbox; /* NULL: unconfined */
	bool terse; /* the client is told no reasons */
};

/* A watched session: its program, and the one that follows a success. */
struct oversight {
	struct watch watch;
	struct plan *plan;
	struct sandbox *follow; /* of plan->follow; NULL: none */
	struct transcript *transcript; /* NULL: none */
	uint64_t before; /* what if-changed was like */
};

/* Makes what a watched session needs, up to its record. -1 with the reason,
 * and nothing is left. */
int oversee_begin(struct oversight *, const struct overseen *, struct fault *);
/* The program's process, for the record. */
pid_t oversee_program(const struct oversight *);
/*
 * Runs it all, records what comes of it, and ends this process as the program
 * ended: by its status or signal, or that of the program that follows where
 * it failed. Returns, with the reason, only when the program could not be
 * run, of which there is no record then, or an end that was not recorded.
 */
void
oversee(struct oversight *, struct audit *, struct event *, struct fault *);
void oversee_abandon(struct oversight *);

#endif
