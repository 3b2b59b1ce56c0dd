#ifndef GK_WATCH_H
#define GK_WATCH_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "denials.h"
#include "event.h"
#include "keeper.h"
#include "relay.h"
#include "why.h"

struct audit;
struct event;
struct fault;
struct plan;
struct sandbox;
struct transcript;

/* What is due at some time, and when: seconds 0 is never. */
enum due { DUE_TIMEOUT, DUE_IDLE, DUE_GONE, DUE_FORCE, DUE_FLUSH, DUE_MAX };

/*
 * One program, watched from its start to its end and that of all that it
 * started. This process stays what it was, unconfined: it answers denied
 * calls, keeps time, and passes the streams on where the plan says so. When
 * it is gone, denied calls get ENOSYS, and the keeper ends the program.
 */
struct watch {
	struct plan *plan;
	struct sandbox *sandbox; /* NULL: unconfined */
	pid_t watcher;
	struct keeper keeper;
	struct relay relay;
	bool relays;
	int signals; /* a signalfd */
	int listener; /* -1: none yet, or no longer */
	bool listens; /* it has come */
	struct denials denials;
	struct audit *audit;
	const struct event *event;
	struct transcript *transcript; /* set before watch_run(), where the plan
	                                * wants one */
	bool terse; /* a client is told no reasons */
	bool executed;
	struct fault fault; /* why it was not */
	bool mute; /* nothing passes that cannot be kept */
	bool ended; /* the program itself */
	bool empty; /* and all that it started */
	struct keeper_report report;
	const char *ended_by; /* static; NULL: itself */
	bool asked; /* by SIGTERM */
	bool forced; /* by SIGKILL */
	bool hung[3]; /* the client's outputs */
	bool gone; /* both of them */
	struct timespec began;
	struct timespec ended_at;
	struct timespec due[DUE_MAX];
};

/* Makes the program's process and the keeper, which wait. -1: WHY_SYSTEM,
 * and nothing is left of them. */
int
watch_begin(struct watch *, struct plan *, struct sandbox *, struct fault *);
/*
 * Lets it run, until it and all that it started have ended. 0 with how that
 * was; -1 when it could not be executed, with the reason.
 */
int watch_run(struct watch *, struct audit *, const struct event *,
    struct ending *, struct fault *);
/* One line for the client, with the session: never a wait for one that reads
 * nothing. */
void watch_tell(const struct watch *, const char *text);
/* Ends what watch_begin() made, if it was not run. */
void watch_abandon(struct watch *);

#endif
