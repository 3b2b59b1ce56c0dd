#ifndef GK_ONCE_H
#define GK_ONCE_H

struct fault;

/*
 * One program and no other. A filter sends every execve to a listener; a
 * thread of this process answers there, and ends with the first exec that
 * succeeds, which closes the listener too. From then on the kernel itself
 * answers every execve with ENOSYS, in this process and all its children,
 * and nothing stays behind that could be talked into another answer.
 *
 * The filter must make seccomp(2) an error as well: with the first listener
 * gone, the program could install one of its own, and answer itself.
 */

/* Whether this kernel can do it. -1: WHY_NO_SANDBOX. */
int once_check(struct fault *);

/* Starts the thread: before limits on processes, and before the filter,
 * which must not hold it. -1: WHY_NO_SANDBOX. */
int once_start(struct fault *);

/* Hands it the listener, which it keeps until the exec. */
void once_arm(int listener);

#endif
