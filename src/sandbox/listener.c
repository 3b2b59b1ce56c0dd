/* The thread that has the listener of a filter until the exec: it lets that
 * one execve through, and dies of it, or hands the listener on. */

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/seccomp.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/listener.h"
#include "sandbox/notice.h"
#include "why.h"

enum { STACK_BYTES = 64 * 1024 };

static struct {
	sem_t armed;
	int listener;
	int link; /* -1: answers itself */
	atomic_bool sent; /* on that link */
} own;

/* Room for one descriptor beside a message. */
union ancillary {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static void
hand_over(int link, int listener)
{
	char byte = 0;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	union ancillary ancillary = {0};
	struct msghdr message = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &ancillary,
	    .msg_controllen = sizeof(ancillary)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &listener, sizeof(int));
	/* Should it fail, nobody answers, and the exec waits for the watcher's
	 * time limit; but an empty socket pair has room for one byte. */
	while (sendmsg(link, &message, MSG_NOSIGNAL) == -1 && errno == EINTR)
		continue;
	atomic_store(&own.sent, true);
}

/* Whatever asks is this process's own exec: the filter holds the first
 * thread alone, and after the exec this one is gone. An answer that comes
 * too late, because a signal took the call back, is asked for again. */
static void
answer(int listener)
{
	struct notice notice;

	if (notice_receive(listener, &notice) == -1)
		return;
	if (notice_continue(listener, &notice) == 0 || errno != EINVAL)
		return;
	/* Linux before 5.5 cannot continue a call: the exec fails. */
	notice_deny(listener, &notice, ENOSYS);
}

static void *
attend(void *unused)
{
	(void)unused;
	while (sem_wait(&own.armed) == -1)
		continue;
	if (own.link != -1) {
		hand_over(own.link, own.listener);
		return NULL;
	}
	for (;;)
		answer(own.listener);
	return NULL;
}

static int
failed(const char *what, int error, struct fault *fault)
{
	return fault_set(fault, WHY_NO_SANDBOX, "listener: %s: %s", what,
	    strerror(error));
}

int
listener_check(struct fault *fault)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == -1)
		return failed("user notification (Linux 5.5 or later)", errno,
		    fault);
	if (sizes.seccomp_notif > NOTICE_BYTES ||
	    sizes.seccomp_notif_resp > NOTICE_BYTES)
		return failed("user notification", E2BIG, fault);
	return 0;
}

static int
create(pthread_t *thread)
{
	pthread_attr_t attr;
	int error = pthread_attr_init(&attr);

	if (error != 0)
		return error;
	error = pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (error == 0)
		error = pthread_create(thread, &attr, attend, NULL);
	pthread_attr_destroy(&attr);
	return error;
}

int
listener_start(int link, struct fault *fault)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	own.link = link;
	if (sem_init(&own.armed, 0, 0) == -1)
		return failed("semaphore", errno, fault);
	/* A signal that it took would leave the exec without an answer. */
	sigfillset(&all);
	if ((error = pthread_sigmask(SIG_SETMASK, &all, &before)) != 0)
		return failed("signals", error, fault);
	error = create(&thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0 ? 0 : failed("thread", error, fault);
}

void
listener_arm(int listener)
{
	own.listener = listener;
	sem_post(&own.armed);
	/* A filter may let the exec through by itself, and the exec would end
	 * the thread before it has sent anything. What waits by a call is not
	 * to be had: the filter may deny it. */
	while (own.link != -1 && !atomic_load(&own.sent))
		continue;
}

int
listener_receive(int link, void *text, unsigned long size, long *n)
{
	struct iovec iov = {.iov_base = text, .iov_len = size};
	union ancillary ancillary = {0};
	struct msghdr message = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &ancillary,
	    .msg_controllen = sizeof(ancillary)};
	struct cmsghdr *head;
	int listener = -1;

	do {
		*n = recvmsg(link, &message, MSG_CMSG_CLOEXEC);
	} while (*n == -1 && errno == EINTR);
	head = *n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (head != NULL && head->cmsg_level == SOL_SOCKET &&
	    head->cmsg_type == SCM_RIGHTS &&
	    head->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&listener, CMSG_DATA(head), sizeof(int));
	return listener;
}
