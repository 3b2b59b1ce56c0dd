#ifndef GK_PLAN_H
#define GK_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "access.h"
#include "list.h"
#include "path.h"
#include "state.h"

struct expected;

#define PLAN_QUOTAS 2 /* the key's, the rule's */

/*
 * Everything that will happen once a request is permitted; nothing that
 * runs later reads the client's text again. Owns all of it.
 */
struct plan {
	char *program; /* absolute, without links: what is executed */
	struct list argv;
	struct list env; /* NAME=value */
	char *chdir; /* NULL: stay */
	bool has_umask;
	mode_t umask;
	int nice;
	struct area *grants; /* all that the program may touch */
	size_t ngrants;
	size_t nareas; /* the first of them: the directories of the
	                             rule that a client may name */
	struct list calls; /* names of system calls, each once, sorted */
	unsigned network; /* NETWORK_ bits */
	const struct ports *connect; /* the rule's; NULL: none */
	const struct ports *bind;
	mode_t set_id; /* which of 06000 a new mode may have */
	struct limits limits;
	struct quota quotas[PLAN_QUOTAS]; /* taken before the record */
	size_t nquotas;
	bool once; /* starts no other program than its own */
	bool unconfined; /* neither Landlock nor a filter */
	bool links; /* may make symbolic and hard links */
	bool jit; /* may make writable memory executable */
	bool terminal; /* keeps its controlling terminal */
	bool landlock_optional;
	bool watched; /* by a process that stays beside it */
	bool kill; /* a denied call ends it */
	const struct expected *expected; /* but not these; or NULL */
	unsigned long timeout; /* seconds; 0: none */
	unsigned long idle_timeout;
	enum transcript_wish transcript;
	size_t transcript_max; /* bytes; 0: none */
	unsigned slots; /* max-sessions; 0: none */
	struct plan *follow; /* on-success; NULL: nothing; owned */
	bool follows; /* this is one */
	char *if_changed; /* a folder, without which it runs always */
};

/*
 * Copies the path, takes the descriptor over (closed on failure too). The
 * same path with the same access is granted once. The index of the grant,
 * or -1 when out of memory.
 */
int plan_grant(struct plan *, const char *path, int fd, unsigned access);
/* Closes the descriptors of all grants: the sandbox that was prepared has
 * them, and the program's own limit must not count them. */
void plan_close(struct plan *);
void plan_free(struct plan *);

#endif
