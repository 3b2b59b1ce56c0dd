/* Descriptors and signals. */

#include <sys/syscall.h>

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
