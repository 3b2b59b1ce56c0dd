#ifndef GK_CTL_ACCOUNT_H
#define GK_CTL_ACCOUNT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdio.h>

/* An entry of /etc/passwd, the only place where the forced command looks. */
struct account {
	char *name;
	char *home;
	char *shell;
	uid_t uid;
	gid_t gid;
};

/* -1: there is none. */
int account_find(struct account *, const char *name);
int account_find_uid(struct account *, uid_t);
void account_free(struct account *);
/* The name of an account, or of a number that is none; new. */
char *account_name(uid_t);
/* Whether it is the account's own group, or one that it is a member of. */
bool account_has_group(const struct account *, gid_t);

/*
 * Root sees more than the account does: between these two the process has
 * the account's effective ids and groups. Without being root, nothing
 * happens. -1 with errno.
 */
int account_enter(const struct account *);
void account_leave(void);
/* For good: what this process does from here on is the account's. */
int account_become(const struct account *);

/*
 * A file that the account could put something else in the place of: a pipe
 * that nobody writes to, a device without an end. NULL with errno when it is
 * no file of at most that size.
 */
FILE *account_fopen(const char *path, off_t max);

#endif
