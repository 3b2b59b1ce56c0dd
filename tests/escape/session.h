#ifndef GK_SESSION_H
#define GK_SESSION_H

#include <stdbool.h>
#include <sys/types.h>

struct reply;

/* One run of the forced command, or, with `bare`, of the attacks alone. It
 * is started for the first attack, and again when an attack has ended it. */
struct session {
	const char *key;
	const char *request;
	pid_t pid; /* 0: not running */
	char *told; /* the facts that it knows; NULL: none */
	int to, from, terminal;
};

/* Has the session try this attack. What came of it is in the reply, which
 * says `refused` where gatekeeper has not run the program. */
void session_ask(struct session *, const char *attack, struct reply *);
void session_end(struct session *);
/*
 * Has it go on with what nobody permits while its watchers are taken away: a
 * watcher with the keeper stopped, or a keeper with the watcher stopped. NULL
 * when nothing came of it and all are soon gone; else what is wrong. The
 * session is over.
 */
const char *session_alone(struct session *, bool watcher, const char *self);

#endif
