#ifndef GK_PROTOCOL_H
#define GK_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "access.h"

struct area;
struct choices;
struct expected;
struct fault;
struct list;
struct words;

/* What decide() hands to a protocol: the hostile words, and the rule. */
struct protocol_call {
	const struct words *words; /* NULL for the sftp subsystem */
	const struct area *areas; /* the rule's directories, opened */
	size_t nareas;
	char *const *programs; /* by enum program */
	char *const *client_env; /* NULL-ended, hostile; or NULL */
	const struct choices *choices;
	enum set_id set_id; /* never SET_ID_UNSET */
	bool has_umask;
	mode_t umask;
};

/* A file or folder that the program reads or executes besides, wherever the
 * rule points. What is missing on a host is left out. */
struct protocol_need {
	const char *path;
	unsigned access;
};

/* What a program will do for its client. */
enum {
	DOES_FETCH = 1,
	DOES_STORE = 2,
	DOES_REMOVE = 4, /* what it has sent */
	DOES_ANY = DOES_FETCH | DOES_STORE | DOES_REMOVE
};

/* One row for each protocol, defined in the protocol's own file. */
struct protocol {
	const char *name;
	const char *const *asked; /* first words of a request, NULL-ended */
	int program; /* enum program; its path is as good */
	const struct protocol *subsystem; /* who serves sftp; NULL: nobody */
	const char *const *calls; /* syscall groups, NULL-ended */
	const char *const *fetch_calls; /* with DOES_FETCH alone, or NULL */
	const struct expected *expected; /* denied calls that its program does
	                                  * without; or NULL */
	const struct protocol_need *needs; /* ended by a NULL path; or NULL */
	/* fnmatch(3) patterns of variables that it sets itself, NULL-ended,
	 * or NULL: a rule may not have them in env. */
	const char *const *variables;
	unsigned choices; /* CHOICE_ bits of the keys it takes */
	enum set_id set_id; /* for SET_ID_UNSET */
	bool strips; /* can be told to clear set-id modes */
	bool links; /* the program makes links without being asked */
	bool needs_read; /* it cannot do without */
	bool needs_write; /* it only receives */
	bool appends; /* it can keep the promise of `append` */
	bool executes; /* it starts itself again: never exec-once */
	bool reads_back; /* what it stores, it must be able to read */
	/* DOES_ bits of the program that the rebuilt argv starts: what it
	 * will not do, it gets no right to. NULL: only the client knows. */
	unsigned (*does)(const struct list *argv);
	/* Checks `options`; NULL where CHOICE_OPTIONS is not taken. */
	int (*options)(const struct list *, struct fault *);
	/* Rebuilds the argv from validated parts, argv[0] included, and adds
	 * NAME=value to the environment. -1: WHY_OPTION (not this protocol's
	 * grammar), WHY_OUTSIDE, … */
	int (*argv)(const struct protocol_call *, struct list *argv,
	    struct list *env, struct fault *);
};

/* All of them, ended by NULL: the order is that of messages. */
extern const struct protocol *const protocols[];
/* NULL when there is no such protocol. */
const struct protocol *protocol_find(const char *name);
/* `scp, sftp or rsync`, for messages: those that take the key of a CHOICE_
 * bit; 0 is all of them. */
void protocol_list(unsigned choice, char *text, size_t size);
/* Whether the words are addressed to this protocol, well formed or not. */
bool protocol_claims(const struct protocol *, const struct words *,
    char *const *programs);

extern const struct protocol protocol_scp;
extern const struct protocol protocol_sftp;
extern const struct protocol protocol_rsync;
extern const struct protocol protocol_rdist;
extern const struct protocol protocol_git;
extern const struct protocol protocol_borg;

#endif
