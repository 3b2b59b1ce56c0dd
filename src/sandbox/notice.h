#ifndef GK_NOTICE_H
#define GK_NOTICE_H

#include <stdint.h>
#include <sys/types.h>

/* The kernel's structs may grow; it writes all of its own. */
enum { NOTICE_BYTES = 512, NOTICE_ARGS = 6 };

/* A system call that waits for an answer. Its arguments are for the record
 * alone: what a pointer points to may have changed by then. */
struct notice {
	uint64_t id;
	pid_t pid; /* of the thread */
	int nr;
	uint64_t args[NOTICE_ARGS];
};

/* Waits for one. -1 with errno: the caller was gone before, or nobody is
 * left who could call. */
int notice_receive(int listener, struct notice *);
/* Whether the caller still waits, and so is who it was. */
int notice_valid(int listener, const struct notice *);
/* The kernel goes on with the call, or the caller gets this error. */
int notice_continue(int listener, const struct notice *);
int notice_deny(int listener, const struct notice *, int error);

/* Answers wake the caller without a detour from Linux 6.6 on. */
void notice_hasten(int listener);

/* Whether it is an execve; its name, or NULL: the caller frees. */
int notice_is_exec(const struct notice *);
char *notice_call(const struct notice *);

#endif
