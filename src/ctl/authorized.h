#ifndef GK_CTL_AUTHORIZED_H
#define GK_CTL_AUTHORIZED_H

#include <stdbool.h>
#include <stddef.h>

/* A line of authorized_keys, read as OpenSSH's sshd reads it. */

struct authorized_option {
	char *name; /* as written; sshd ignores the case of ASCII */
	char *value; /* without its quotes, \" undone; NULL: there is none */
};

struct authorized {
	struct authorized_option *options;
	size_t noptions;
	char *type; /* ssh-ed25519; NULL: there is no key */
	unsigned char *blob; /* the key, as the protocol sends it */
	size_t size;
	char *encoded; /* the same, as it stands on the line */
	char *comment; /* what stands behind it, or "" */
	char *problem; /* why sshd takes no key from the line; NULL: it does */
	bool split; /* that is a blank, and nothing but that */
};

/*
 * false: a comment, or empty. All other lines have a key or a problem, and
 * with a problem, as much of the rest as could be made out. The line may end
 * in a newline. authorized_free() in each case.
 */
bool authorized_read(struct authorized *, const char *line);
void authorized_free(struct authorized *);

/* The last value of that name ("" where it has none); NULL: it is not set. */
const char *authorized_option(const struct authorized *, const char *name);
/* Whether, all options taken in their order, sshd permits that: pty,
 * port-forwarding, agent-forwarding, X11-forwarding or user-rc. */
bool authorized_permits(const struct authorized *, const char *what);
/* A key that stands for itself, and not for those that it has certified. */
bool authorized_is_same(const struct authorized *, const struct authorized *);
/* SHA256:..., as ssh-keygen(1) -l prints it; new. */
char *authorized_fingerprint(const struct authorized *);
/* The size of an RSA modulus; 0: the key is of another kind. */
unsigned authorized_rsa_bits(const struct authorized *);

/* `[-d DIR] KEY [FINGERPRINT]` of a forced command. */
struct authorized_command {
	char *program; /* as written, a path or a bare name */
	char *dir; /* NULL: none */
	char *key;
	char *fingerprint; /* NULL: none */
};

/* false: the command does not start gatekeeper for a key. */
bool authorized_command(struct authorized_command *, const char *command);
void authorized_command_free(struct authorized_command *);

#endif
