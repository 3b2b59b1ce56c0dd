#ifndef GK_CTL_PUBLIC_KEY_H
#define GK_CTL_PUBLIC_KEY_H

#include <stddef.h>

#include "ctl/authorized.h"

struct fault;
struct keyfile;

/* A public key, and where it is written. */
struct public_key {
	struct authorized key;
	char *file; /* as messages call it */
	unsigned line; /* 0: no line of a file */
	char *problem; /* why it is of no use to sshd; NULL: it is of use */
};

struct public_keys {
	struct public_key *v;
	size_t n;
};

/*
 * Appends what a policy names in public-key and public-key-file, good or bad.
 * -1: the file cannot be read; the rest is there all the same.
 */
int
public_keys_of(struct public_keys *, const struct keyfile *, struct fault *);
/* Appends the one key that an operand is, or that is in the file of that
 * name: what ssh-keygen(1) leaves in a .pub file. -1: it is none. */
int public_keys_add(struct public_keys *, const char *operand, struct fault *);
void public_keys_free(struct public_keys *);

/* What to say of a key that sshd takes, but soon will not; NULL: nothing. */
const char *public_key_weakness(const struct authorized *);

#endif
