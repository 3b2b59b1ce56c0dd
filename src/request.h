#ifndef GK_REQUEST_H
#define GK_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "why.h"
#include "words.h"

enum request_kind { REQUEST_COMMAND, REQUEST_SFTP, REQUEST_SHELL };

/*
 * Who asks, and for what. key, fingerprint and dir are from argv, hence from
 * the administrator; everything else but uid is hostile. Borrows argv and
 * envp, owns the rest.
 */
struct request {
	const char *key;
	const char *fingerprint; /* NULL: not given */
	const char *dir; /* the policy folder, absolute */
	uid_t uid; /* effective */
	char *account; /* NULL: no entry in /etc/passwd */
	char *home; /* likewise */
	char *shell; /* likewise */
	char *address; /* first field of SSH_CONNECTION, or NULL */
	unsigned port;
	char *const *client_env; /* what sshd gave, for pass-env */
	struct timespec when;
	bool login_shell; /* asked as the account's shell, with -c */
	enum request_kind kind;
	const char *command; /* NULL: none */
	struct words words;
	struct fault syntax; /* why the command has no words, if so */
};

/*
 * Fills the request as far as it can, so that a refusal can be recorded with
 * all that is known. -1: WHY_USAGE, WHY_LOGIN_SHELL, WHY_SYSTEM, … A command
 * that cannot be read as words is no failure here: a disabled key is to be
 * told that it is disabled, whatever it sent.
 */
int request_read(struct request *, int argc, char *const argv[],
    char *const envp[], struct fault *);
/* For servers of the SSH2 family, which put the request into
 * SSH2_ORIGINAL_COMMAND: that one, and never the other. */
void request_use_ssh2(struct request *);
void request_free(struct request *);

#endif
