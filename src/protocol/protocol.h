#ifndef GK_PROTOCOL_H
#define GK_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct area;
struct fault;
struct list;
struct words;

/* What decide() hands to a protocol: the hostile words, and the rule. */
struct protocol_call {
	const struct words *words; /* NULL for the sftp subsystem */
	const struct area *areas; /* the rule's directories, opened */
	size_t nareas;
	char *const *programs; /* by enum program */
	bool links; /* the rule lets the client make links */
	bool has_umask;
	mode_t umask;
};

/* One row for each protocol, defined in the protocol's own file. */
struct protocol {
	const char *name;
	const char *asked; /* the first word of the request */
	int program; /* enum program; its path is as good */
	const struct protocol *subsystem; /* who serves sftp; NULL: nobody */
	const char *const *calls; /* syscall groups, NULL-ended */
	bool links; /* the program may make links */
	bool needs_write; /* it only receives */
	/* Rebuilds the argv from validated parts, argv[0] included. -1:
	 * WHY_OPTION (not this protocol's grammar), WHY_OUTSIDE, … */
	int (
	    *argv)(const struct protocol_call *, struct list *, struct fault *);
};

/* NULL when there is no such protocol. */
const struct protocol *protocol_find(const char *name);
/* Whether the words are addressed to this protocol, well formed or not. */
bool protocol_claims(const struct protocol *, const struct words *,
    char *const *programs);

extern const struct protocol protocol_scp;
extern const struct protocol protocol_sftp;
extern const struct protocol protocol_rdist;

#endif
