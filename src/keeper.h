#ifndef GK_KEEPER_H
#define GK_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

struct fault;

/*
 * The process between the watcher and the program: the program's parent, and
 * who its orphans fall to. It waits for all of them, and ends all of them
 * when it is told to or when the watcher is gone; when it is gone itself, the
 * program gets SIGKILL from the kernel, and the orphans fall to the watcher.
 */
struct keeper {
	pid_t pid;
	pid_t program;
	int control; /* to the keeper; ends when nothing is left */
	int link; /* to the program; ends when it was executed */
};

/* What comes out of control: first the program's own end, then, when all
 * that it started has ended too, what they used together. */
struct keeper_report {
	bool ended; /* of the program alone */
	int status; /* as wait(2) has it */
	long long cpu; /* nanoseconds */
	unsigned long long peak; /* bytes */
};

/*
 * Starts both. The program's process calls become(), with its end of the
 * link, which must not return but for a failure that it has told there;
 * signals are as they were here. Sockets are close-on-exec. -1: WHY_SYSTEM.
 */
int keeper_start(struct keeper *, void (*become)(void *context, int link),
    void *context, struct fault *);
/* SIGTERM to all below the keeper; SIGKILL until none is left. */
void keeper_ask(const struct keeper *);
void keeper_force(const struct keeper *);
/* 1, or 0 when there is nothing left to report. */
int keeper_read(const struct keeper *, struct keeper_report *);
/* Ends what is left, waits for the keeper and closes the sockets. */
void keeper_finish(struct keeper *);

#endif
