#ifndef GK_WHY_H
#define GK_WHY_H

#include <stddef.h>

/* Every way in which a request does not run. Zero means: not decided yet. */
enum why {
	WHY_UNDECIDED = 0,
	WHY_USAGE,
	WHY_LOGIN_SHELL,
	WHY_UNKNOWN_KEY,
	WHY_POLICY,
	WHY_SETTINGS,
	WHY_DISABLED,
	WHY_ACCOUNT,
	WHY_FROM,
	WHY_NOT_YET,
	WHY_EXPIRED,
	WHY_HOURS,
	WHY_RATE,
	WHY_BUSY,
	WHY_STATE,
	WHY_TOO_LONG,
	WHY_SHELL_SYNTAX,
	WHY_CONTROL_BYTE,
	WHY_NOT_UTF8,
	WHY_NO_SHELL,
	WHY_NO_SFTP,
	WHY_NO_RULE,
	WHY_OPTION,
	WHY_OUTSIDE,
	WHY_DIRECTORY,
	WHY_PROGRAM,
	WHY_EXEC,
	WHY_AUDIT,
	WHY_NO_SANDBOX,
	WHY_MEMORY,
	WHY_SYSTEM,
	WHY_MAX
};

/*
 * A reason with its place. file and line name a policy file, at a byte of
 * the client's command (from 1); each is zero or empty where it does not
 * apply. text is for the administrator and may quote hostile bytes, so it
 * passes through escape.c before it is shown anywhere.
 */
struct fault {
	enum why why;
	unsigned line;
	size_t at;
	char file[128];
	char text[512];
};

/* The word used in records, a sentence for the client, the exit status. */
const char *why_name(enum why);
const char *why_text(enum why);
int why_exit(enum why);
/* The exit status of what the client is to blame for. */
#define WHY_EXIT_REFUSED 126

/*
 * Stores the reason and a text, clearing the place, and returns -1 so that a
 * caller can return it on. A text that is too long is cut: no decision
 * rests on it.
 */
int fault_set(struct fault *, enum why, const char *, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds the place to a fault that was set; returns -1 likewise. */
int fault_place(struct fault *, const char *file, unsigned line);

#endif
