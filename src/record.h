#ifndef GK_RECORD_H
#define GK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "why.h"

enum record_action {
	RECORD_REQUEST,
	RECORD_END,
	RECORD_VIOLATION,
	RECORD_ON_SUCCESS
};
enum record_verdict { RECORD_REFUSE = 0, RECORD_PERMIT, RECORD_OBSERVE };
enum record_request { RECORD_COMMAND, RECORD_SFTP, RECORD_SHELL };

#define SESSION_ID_LENGTH 26

#define RECORD_CALL_ARGS 6

/* A system call that was denied. */
struct record_call {
	const char *name; /* NULL: none that is known */
	int number;
	const uint64_t *args; /* RECORD_CALL_ARGS of them */
	unsigned long count; /* how many this record stands for */
};

/* What a program used, and moved where its streams pass through us. */
struct record_use {
	long long cpu; /* nanoseconds */
	unsigned long long peak; /* bytes of memory */
	bool relayed;
	unsigned long long in; /* from the client */
	unsigned long long out;
};

/*
 * One event, in plain values. All strings are borrowed; NULL means that the
 * field does not apply and is left out. Anything here may be hostile.
 */
struct record {
	enum record_action action;
	enum record_verdict verdict;
	enum record_request request;
	struct timespec when;
	const char *session;
	const char *host;
	const char *key;
	const char *fingerprint;
	const char *account;
	uid_t uid;
	const char *address; /* as sshd gave it; maybe no address at all */
	unsigned port; /* 0: unknown */
	const char *rule;
	enum why why; /* of a refusal or a failed exec */
	const char *detail; /* the fault's place and text */
	const char *policy_file;
	struct timespec policy_mtime;
	const char *command; /* the client's bytes, NULL for a shell request */
	size_t command_bytes;
	size_t command_max; /* how many of them to keep */
	pid_t pid; /* 0: does not apply */
	const char *executable;
	char *const *args; /* NULL-ended; cut at command_max bytes */
	const char *sandbox; /* landlock7,seccomp */
	int exit_code; /* of an end; -1: does not apply */
	int signal; /* that ended it; 0: none */
	long long duration; /* of an end, in nanoseconds; -1: unknown */
	const struct record_use *use; /* NULL: unknown */
	const char *ended_by; /* if not the program itself */
	const char *transcript; /* kept, cut, lost */
	const struct record_call *call; /* of a violation */
};

/* The event as one line without its newline: ECS JSON, or text for syslog
 * with the client's text last. The caller frees; NULL: out of memory. */
char *record_json(const struct record *);
char *record_text(const struct record *);

/* A random 128-bit id in 26 characters of Crockford's base 32. */
int record_session(char id[SESSION_ID_LENGTH + 1]);

#endif
