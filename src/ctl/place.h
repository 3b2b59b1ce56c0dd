#ifndef GK_CTL_PLACE_H
#define GK_CTL_PLACE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct account;
struct settings;

/* A file or folder that sessions of an account need, as it should be. */
struct place {
	const char *what; /* state folder */
	char *path;
	bool folder;
	bool append; /* with the append-only attribute */
	bool shared; /* one file for all accounts: its group is theirs */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

enum { PLACES_MAX = 3 };

struct places {
	struct place v[PLACES_MAX];
	size_t n;
	const struct account *account;
	bool own; /* the account guards its own keys, without root */
};

/* Root prepares for an account; anybody else for itself. */
void
places_of(struct places *, const struct settings *, const struct account *);
void places_free(struct places *);

enum place_state {
	PLACE_RIGHT = 0,
	PLACE_CHANGED, /* it was not right, and now is */
	PLACE_OPEN, /* it is not right, and could be made so */
	PLACE_REFUSED /* somebody has to look at it first */
};

/*
 * Looks at a place, and puts it right where `change` is set. said is what
 * was done, is to be done, or is in the way: for the caller to free. note is
 * what is left to know about it, or NULL.
 */
enum place_state place_settle(const struct places *, const struct place *,
    bool change, char **said, char **note);

#endif
