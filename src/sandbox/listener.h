#ifndef GK_LISTENER_H
#define GK_LISTENER_H

struct fault;

/*
 * Who hears what a filter sends to its listener. A thread of this process,
 * started before the filter, which therefore does not hold it, has the
 * listener between filter and exec, and ends with the exec.
 *
 * Without a link it answers by itself: one program and no other. It lets an
 * execve through, dies of the first that succeeds, and the listener is closed
 * by the same exec; from then on the kernel answers every execve with ENOSYS,
 * in this process and all its children, and nothing stays behind that could
 * be talked into another answer.
 *
 * With a link it sends the listener there, and whoever watches answers.
 *
 * The filter must make seccomp(2) an error as well: with the first listener
 * gone, the program could install one of its own, and answer itself.
 */

/* Whether this kernel can do it. -1: WHY_NO_SANDBOX. */
int listener_check(struct fault *);

/* Starts the thread: before limits on processes, and before the filter. link
 * is a socket, or -1. -1: WHY_NO_SANDBOX. */
int listener_start(int link, struct fault *);

/* Hands it the listener, which it keeps until the exec, and returns when the
 * link has it too. */
void listener_arm(int listener);

/* The other end of the link: what was sent, close-on-exec, or -1 when the
 * message holds something else. It is msg_iov's then, of size bytes; *n is
 * their number, 0 at the end. */
int listener_receive(int link, void *message, unsigned long size, long *n);

#endif
