#ifndef GK_CTL_KEY_INSTALL_H
#define GK_CTL_KEY_INSTALL_H

struct account;
struct fault;
struct forced;
struct keyfile;
struct public_keys;

/*
 * Puts the lines of these keys into an authorized_keys file: path, or NULL for
 * ~/.ssh/authorized_keys of the account. One that stands there already is left
 * alone, one that leads to the same policy with other options is replaced, and
 * a new one comes last. Says on standard output what it did. -1: it did
 * nothing, since a key has another way in, or the file is not safe to write.
 */
int key_install(const struct forced *, const struct keyfile *,
    const struct public_keys *, const struct account *, const char *path,
    struct fault *);

#endif
