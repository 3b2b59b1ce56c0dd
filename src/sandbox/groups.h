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

/*
 * Lists of groups for plan->calls. @start goes without saying; @fs-links and
 * @network are never listed, since plan->links and plan->network decide them.
 */
extern const char *const calls_default[]; /* `command` rules */
extern const char *const calls_transfer[]; /* scp, sftp-server */

#endif
