#ifndef GK_CTL_FORCED_LINE_H
#define GK_CTL_FORCED_LINE_H

#include <stdbool.h>

struct authorized;
struct ctl;
struct fault;
struct keyfile;

/* Where the forced command lies, unless --program says otherwise. */
#ifndef GK_PROGRAM
#define GK_PROGRAM "/usr/lib/gatekeeper"
#endif

/* What stands before the name of the key in command="...". */
struct forced {
	const char *program; /* absolute */
	const char *dir; /* for -d; NULL: the folder that is built in */
};

/* -1: a path that the account's shell would not read as one word. */
int forced_init(struct forced *, const struct ctl *, const char *program,
    struct fault *);

/*
 * The line of authorized_keys for a policy and one of its public keys, without
 * a newline; new. Nothing in it can hurt a terminal.
 */
char *forced_line(const struct forced *, const struct keyfile *,
    const struct authorized *key);

/* Whether the command of a line leads to that policy, and to nothing else. */
bool forced_is(const struct forced *, const struct authorized *line,
    const char *key);

#endif
