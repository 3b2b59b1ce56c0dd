#ifndef GK_SCENE_H
#define GK_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What an attack is seen by. Each is looked for outside of the attack. */
enum effect {
	EFFECT_OWN, /* nothing but its own word: code that ran, a handle */
	EFFECT_MARK, /* another program has left its mark */
	EFFECT_SECRET, /* it knows what only stands outside */
	EFFECT_INSIDE, /* it has read in the rule's directory, */
	EFFECT_STORED, /* or stored there */
	EFFECT_CHANGE, /* something outside has changed */
	EFFECT_SET_ID, /* a program with another's rights, or a device */
	EFFECT_VICTIM, /* the victim got a signal, or is another's now */
	EFFECT_QUEUE, /* a key, a message or a semaphore */
	EFFECT_GOT, /* a byte has arrived at a listener */
	EFFECT_TERMINAL, /* the terminal has read, said or changed */
	EFFECT_WATCHER, /* the session was ended, from the inside */
	EFFECTS
};
extern const char *const effect_names[EFFECTS];

/* What has come from an attack, besides its effects. */
struct reply {
	bool mark, secret, inside, terminal;
	bool done, ending; /* it has said how it ended: */
	int outcome;
	bool refused; /* by gatekeeper, before anything ran */
	int signal, status; /* that it was ended by */
	char reason[256];
};

/* Folders, sockets, queues and the victim. base has been laid out by `run`.
 * Ends the program when it cannot. */
void scene_make(const char *base, const char *policies);
void scene_remove(void);
/* The lines that tell an attack where all of it is. The caller frees. */
char *scene_facts(void);
/* Folder and descriptor that the forced command is started with. */
void scene_leave_behind(void);
/* A line of standard output: a secret, a mark, a call to connect. */
void scene_hear(struct reply *, const char *line);
void scene_hear_terminal(struct reply *, const char *text, size_t size);
/* Whether it is to be seen; and all made good. An attack that claims it is
 * given the time that a byte needs to arrive. */
bool scene_shows(enum effect, const struct reply *);
void scene_restore(enum effect);
void scene_tidy(void);
/* A pty: the master, with the slave kept open here. */
int scene_pty(void);
int scene_pty_slave(void);
int scene_landlock(void);
/* Valid until the next. */
const char *scene_last_record(void);
const char *scene_path(const char *name);

#endif
