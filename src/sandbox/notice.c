/* System calls that a filter sends to its listener, one by one. */

#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <linux/seccomp.h>

#include <errno.h>
#include <seccomp.h>
#include <string.h>

#include "sandbox/notice.h"

/* Debian 12's header is older than this. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define SYNC_WAKE_UP 1UL

int
notice_receive(int listener, struct notice *notice)
{
	_Alignas(struct seccomp_notif) unsigned char room[NOTICE_BYTES] = {0};
	const struct seccomp_notif *from = (void *)room;

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, room) == -1)
		return -1;
	notice->id = from->id;
	notice->pid = (pid_t)from->pid;
	notice->nr = from->data.nr;
	for (int i = 0; i < NOTICE_ARGS; i++)
		notice->args[i] = from->data.args[i];
	return 0;
}

int
notice_valid(int listener, const struct notice *notice)
{
	uint64_t id = notice->id;

	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static int
answer(int listener, const struct notice *notice, unsigned flags, int error)
{
	_Alignas(struct seccomp_notif_resp) unsigned char room[NOTICE_BYTES] = {
	    0};
	struct seccomp_notif_resp *reply = (void *)room;

	reply->id = notice->id;
	reply->flags = flags;
	reply->error = -error;
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, room);
}

int
notice_continue(int listener, const struct notice *notice)
{
	return answer(listener, notice, SECCOMP_USER_NOTIF_FLAG_CONTINUE, 0);
}

int
notice_deny(int listener, const struct notice *notice, int error)
{
	return answer(listener, notice, 0, error);
}

void
notice_hasten(int listener)
{
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP);
}

int
notice_is_exec(const struct notice *notice)
{
	return notice->nr == SYS_execve;
}

char *
notice_call(const struct notice *notice)
{
	return seccomp_syscall_resolve_num_arch(seccomp_arch_native(),
	    notice->nr);
}
