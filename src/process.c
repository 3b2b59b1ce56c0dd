/* Descriptors and signals. */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

static int
is_kept(int cap)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i] == cap)
			return 1;
	return 0;
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
process_limit_root(struct fault *fault)
{
	if (geteuid() != 0)
		return 0;
	/* The first number that the kernel does not know ends the list. */
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != -1; cap++)
		if (!is_kept(cap) &&
		    prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			return failed("capabilities", fault);
	/* exec takes up what is inheritable, whatever the bounding set. */
	if (drop_inheritable() == -1)
		return failed("capabilities", fault);
	return 0;
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
