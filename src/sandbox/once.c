/* The thread that lets one execve through, and dies of it. */

#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <linux/seccomp.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/once.h"
#include "why.h"

enum {
	STACK_BYTES = 64 * 1024,
	/* The kernel's structs, which may grow; it writes all of its own. */
	NOTICE_BYTES = 512
};

static struct {
	sem_t armed;
	int listener;
} once;

/* Whatever asks is this process's own exec: the filter holds the first
 * thread alone, and after the exec this one is gone. An answer that comes
 * too late, because a signal took the call back, is asked for again. */
static void
answer(int listener)
{
	_Alignas(struct seccomp_notif) unsigned char notice[NOTICE_BYTES] = {0};
	_Alignas(
	    struct seccomp_notif_resp) unsigned char reply[NOTICE_BYTES] = {0};
	struct seccomp_notif_resp *resp = (void *)reply;

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, notice) == -1)
		return;
	resp->id = ((struct seccomp_notif *)(void *)notice)->id;
	resp->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, reply) == 0 ||
	    errno != EINVAL)
		return;
	/* Linux before 5.5 cannot continue a call: the exec fails. */
	resp->flags = 0;
	resp->error = -ENOSYS;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, reply);
}

static void *
attend(void *unused)
{
	(void)unused;
	while (sem_wait(&once.armed) == -1)
		continue;
	for (;;)
		answer(once.listener);
	return NULL;
}

static int
failed(const char *what, int error, struct fault *fault)
{
	return fault_set(fault, WHY_NO_SANDBOX, "exec-once: %s: %s", what,
	    strerror(error));
}

int
once_check(struct fault *fault)
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
once_start(struct fault *fault)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	if (sem_init(&once.armed, 0, 0) == -1)
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
once_arm(int listener)
{
	once.listener = listener;
	sem_post(&once.armed);
}
