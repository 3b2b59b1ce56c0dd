/* Descriptors and signals. */

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "why.h"

static int
failed(const char *what, struct fault *fault)
{
	return fault_set(fault, WHY_SYSTEM, "%s: %s", what, strerror(errno));
}

/* A descriptor missing here would be taken by the next file opened: the
 * program would then write its errors into a record. */
static int
fill_standard(struct fault *fault)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_NOCTTY);
		if (fd == -1)
			return failed("/dev/null", fault);
	} while (fd <= STDERR_FILENO);
	close(fd);
	return 0;
}

int
process_isolate(struct fault *fault)
{
	if (fill_standard(fault) == -1)
		return -1;
	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) == -1)
		return failed("close_range", fault);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return failed("signal", fault);
	return 0;
}

/* Files, as their owners. Above all not CAP_SETFCAP: a file capability is
 * the set-id bit that the filter cannot see. */
static const int kept[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,
    CAP_FOWNER, CAP_FSETID, CAP_NET_BIND_SERVICE};

static bool
is_kept(int cap, bool sets_ids)
{
	if (cap == CAP_SETUID || cap == CAP_SETGID)
		return sets_ids;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i] == cap)
			return true;
	return false;
}

static int
drop_inheritable(void)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) == -1)
		return -1;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].inheritable = 0;
	return (int)syscall(SYS_capset, &header, data);
}

int
process_limit_root(bool sets_ids, struct fault *fault)
{
	if (geteuid() != 0)
		return 0;
	/* The first number that the kernel does not know ends the list. */
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != -1; cap++)
		if (!is_kept(cap, sets_ids) &&
		    prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			return failed("capabilities", fault);
	/* exec takes up what is inheritable, whatever the bounding set. */
	if (drop_inheritable() == -1)
		return failed("capabilities", fault);
	return 0;
}

/*
 * A member of the session leaves the terminal for itself: it leads nothing,
 * so it can never get another. A leader, which the shell of sshd makes of us
 * by exec, leaves it for all of its session.
 */
static int
give_up(int fd)
{
	int ret;

	do
		ret = ioctl(fd, TIOCNOTTY);
	while (ret == -1 && errno == EINTR);
	return ret;
}

/* By the descriptors that there are, in a /dev that has no tty. */
static int
give_up_standard(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (give_up(fd) == -1 && errno != ENOTTY && errno != EINVAL)
			return -1;
	return 0;
}

static int
give_up_terminal(void)
{
	const int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int ret;

	if (fd == -1 && errno == ENXIO)
		return 0;
	if (fd == -1 && errno == ENOENT)
		return give_up_standard();
	if (fd == -1)
		return -1;
	ret = give_up(fd);
	close(fd);
	return ret;
}

int
process_leave_terminal(struct fault *fault)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	int ret;

	/* The kernel tells the foreground, which is us, that the leader has
	 * left: by a signal that would end us here. */
	if (sigaction(SIGHUP, &ignore, &before) == -1)
		return failed("signal", fault);
	ret = give_up_terminal();
	if (ret == -1)
		failed("the terminal cannot be given up", fault);
	if (sigaction(SIGHUP, &before, NULL) == -1)
		return failed("signal", fault);
	return ret;
}

int
process_hand_over(struct fault *fault)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (signal(sig, SIG_DFL) == SIG_ERR && errno != EINVAL)
			return failed("signal", fault);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		return failed("sigprocmask", fault);
	return 0;
}
