#ifndef GK_TRUST_H
#define GK_TRUST_H

#include <stddef.h>
#include <time.h>

struct fault;

/*
 * Who could have changed what a path names. Both walk the path component by
 * component on open descriptors, so that what was checked is what is used.
 *
 * TRUST_POLICY: the file and every folder above it belong to root or to the
 * effective user, and neither group nor others can write them.
 * TRUST_RULE: folders may be anybody's, but a symbolic link must be root's
 * and stand in a folder that only root can write; otherwise another key of
 * the account could point a rule somewhere else.
 */
enum trust { TRUST_POLICY, TRUST_RULE };

/*
 * Returns an O_PATH descriptor, close-on-exec, and in *canonical (if not
 * NULL) the path without links, which the caller frees. -1: a fault with
 * WHY_DIRECTORY and errno (ENOENT when it does not exist).
 */
int trust_open(const char *, enum trust, char **canonical, struct fault *);

/*
 * A folder in which sessions of any account make files of their own: root's
 * or the account's, and where others can write it, sticky, so that nobody
 * removes what is not his. Made if it is missing, by root with mode 01733.
 * An O_PATH descriptor, close-on-exec; -1: a fault with WHY_DIRECTORY.
 */
int trust_shared(const char *, struct fault *);

/* A file read whole, as TRUST_POLICY demands, and its time of change. */
struct trust_text {
	char *text; /* the caller frees; text[size] is NUL */
	size_t size;
	struct timespec mtime;
};

/* -1: not regular, larger than max, unsafe or unreadable: a fault, errno
 * being ENOENT only when the file itself is missing. */
int trust_read(const char *, size_t max, struct trust_text *, struct fault *);

#endif
