#ifndef GK_GROUPS_H
#define GK_GROUPS_H

#include <stddef.h>

/* System calls by group: `@io`, `@fs-read`, … Facts only, no code. */
struct group {
	const char *name;
	const char *const *calls; /* NULL-ended; names may be unknown here */
};
/* All of them, ended by a NULL name. */
extern const struct group groups[];
/* NULL when there is no such group. */
const struct group *group_find(const char *);

/* Numbers above are newer than these tables, and no program has them. */
enum { CALL_NEWEST = 456 };

/*
 * Lists of groups to begin with. @start goes without saying; @fs-links and
 * the @network ones are never listed: the rule's links and network decide.
 */
extern const char *const calls_default[]; /* `command` rules */
extern const char *const calls_transfer[]; /* scp, sftp-server */
extern const char *const calls_fetch[]; /* scp that only sends */

#endif
