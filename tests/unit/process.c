/* process.c: descriptors and signals as sshd may leave them, each in a
 * process of its own. The exit status says which check failed. */

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>

#include "child.h"
#include "process.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* The descriptors to close first, as bits, and one to leave open. */
struct row {
	unsigned closed;
	int extra; /* -1: none */
};

static bool
is_null(int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat("/dev/null", &b) == 0 &&
	    a.st_rdev == b.st_rdev && S_ISCHR(a.st_mode) &&
	    (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR &&
	    fcntl(fd, F_GETFD) == 0;
}

static int
isolate(const void *data)
{
	const struct row *row = data;
	struct stat before[3], after;
	struct fault fault;

	if (row->extra != -1 && dup2(STDOUT_FILENO, row->extra) == -1)
		return 1;
	for (int fd = 0; fd <= 2; fd++) {
		fstat(fd, &before[fd]);
		if (row->closed & (1U << fd))
			close(fd);
	}
	if (process_isolate(&fault) == -1)
		return 2;
	for (int fd = 0; fd <= 2; fd++) {
		if ((row->closed & (1U << fd)) == 0) {
			if (fstat(fd, &after) == -1 ||
			    after.st_ino != before[fd].st_ino)
				return 3;
		} else if (!is_null(fd)) {
			return 4;
		}
	}
	for (int fd = 3; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			return 5;
	return 0;
}

/* Every set of missing standard descriptors, and strays high and low. */
static void
test_descriptors(void **state)
{
	static const int extras[] = {-1, 3, 7, 500};

	(void)state;
	for (unsigned closed = 0; closed < 8; closed++) {
		for (size_t i = 0; i < NELEM(extras); i++) {
			const struct row row = {closed, extras[i]};
			struct child child;

			child_run(&child, isolate, &row);
			if (child.status != 0)
				fail_msg("closed %u, extra %d: %d", closed,
				    extras[i], child.status);
		}
	}
}

/* A descriptor left open beyond the present limit. */
static int
isolate_beyond(const void *data)
{
	const struct rlimit limit = {16, 16};
	struct fault fault;

	(void)data;
	if (dup2(STDOUT_FILENO, 700) == -1 ||
	    setrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1;
	if (process_isolate(&fault) == -1)
		return 2;
	return fcntl(700, F_GETFD) == -1 && errno == EBADF ? 0 : 3;
}

/* No descriptor to be had: refused, rather than run without one. */
static int
isolate_without(const void *data)
{
	const struct rlimit limit = {2, 2};
	struct fault fault = {0};

	(void)data;
	close(STDERR_FILENO);
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1;
	if (process_isolate(&fault) != -1)
		return 2;
	return fault.why == WHY_SYSTEM &&
		strstr(fault.text, "/dev/null") != NULL ?
	    0 :
	    3;
}

static void
test_limits(void **state)
{
	struct child child;

	(void)state;
	child_run(&child, isolate_beyond, NULL);
	assert_int_equal(child.status, 0);
	child_run(&child, isolate_without, NULL);
	assert_int_equal(child.status, 0);
}

/* Until the hand-over, neither a lost client nor a full log ends us. */
static int
isolate_signals(const void *data)
{
	struct fault fault;

	(void)data;
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (process_isolate(&fault) == -1)
		return 1;
	raise(SIGPIPE);
	raise(SIGXFSZ);
	return 0;
}

static void
handler(int sig)
{
	(void)sig;
}

/* All ignored, handled or blocked that can be; then as if nothing was. */
static int
hand_over(const void *data)
{
	struct sigaction action;
	struct fault fault;
	sigset_t set;

	(void)data;
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, sig % 2 == 0 ? SIG_IGN : handler);
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	if (process_hand_over(&fault) == -1)
		return 1;
	for (int sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &action) == 0 &&
		    action.sa_handler != SIG_DFL)
			return 2;
	if (sigprocmask(SIG_SETMASK, NULL, &set) == -1)
		return 3;
	for (int sig = 1; sig < NSIG; sig++)
		if (sigismember(&set, sig) == 1)
			return 4;
	return 0;
}

static int
isolate_and_hand_over(const void *data)
{
	struct sigaction action;
	struct fault fault;

	(void)data;
	if (process_isolate(&fault) == -1 || process_hand_over(&fault) == -1)
		return 1;
	if (sigaction(SIGPIPE, NULL, &action) == -1 ||
	    action.sa_handler != SIG_DFL)
		return 2;
	raise(SIGPIPE);
	return 3;
}

static void
test_signals(void **state)
{
	struct child child;

	(void)state;
	child_run(&child, isolate_signals, NULL);
	assert_int_equal(child.status, 0);
	child_run(&child, hand_over, NULL);
	assert_int_equal(child.status, 0);
	child_run(&child, isolate_and_hand_over, NULL);
	assert_int_equal(child.status, -1);
}

/* What root keeps reaches files; the rest is gone, for programs too. */
static int
limit_root(const void *data)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
	const bool *sets_ids = data;
	struct fault fault;

	if (process_limit_root(*sets_ids, &fault) == -1)
		return 1;
	if (geteuid() != 0)
		return 0;
	if (prctl(PR_CAPBSET_READ, CAP_SETFCAP, 0, 0, 0) != 0 ||
	    prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) != 0 ||
	    prctl(PR_CAPBSET_READ, CAP_SYS_PTRACE, 0, 0, 0) != 0 ||
	    prctl(PR_CAPBSET_READ, CAP_MAC_ADMIN, 0, 0, 0) != 0)
		return 2;
	if (syscall(SYS_capget, &header, caps) == -1)
		return 3;
	for (size_t i = 0; i < NELEM(caps); i++)
		if (caps[i].inheritable != 0)
			return 4;
	execl("/bin/sh", "sh", "-c", "grep CapEff /proc/self/status", NULL);
	return 5;
}

static unsigned long long
capabilities(bool sets_ids)
{
	unsigned long long effective = 0;
	struct child child;

	child_run(&child, limit_root, &sets_ids);
	assert_int_equal(child.status, 0);
	if (geteuid() == 0)
		assert_int_equal(sscanf(child.out, "CapEff: %llx", &effective),
		    1);
	return effective;
}

/* Nothing above CAP_NET_BIND_SERVICE (bit 10) is left to the program. */
static void
test_limit_root(void **state)
{
	const unsigned long long ids = 1 << CAP_SETUID | 1 << CAP_SETGID;

	(void)state;
	assert_true(capabilities(false) < 1 << 11);
	assert_int_equal(capabilities(false) & ids, 0);
	assert_int_equal(capabilities(true),
	    capabilities(false) | (geteuid() == 0 ? ids : 0));
}

/* A terminal of this test's own: the name of its other side, or NULL. */
static const char *
make_terminal(void)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY);

	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
		return NULL;
	return ptsname(master);
}

/* As sshd makes the leader of a session, with a terminal on 0. */
static int
lead(void)
{
	const char *name = make_terminal();
	int fd;

	if (name == NULL || setsid() == -1)
		return -1;
	fd = open(name, O_RDWR);
	if (fd == -1 || dup2(fd, STDIN_FILENO) == -1)
		return -1;
	fd = open("/dev/tty", O_RDWR | O_NOCTTY);
	return fd == -1 ? -1 : close(fd);
}

/* 0: it is gone, and the descriptor is as good as it was. */
static int
check_left(void)
{
	struct sigaction action;
	struct winsize size;
	struct termios modes;

	if (open("/dev/tty", O_RDWR) != -1 || errno != ENXIO)
		return 11;
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &modes) == -1 ||
	    ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == -1)
		return 12;
	if (ioctl(STDIN_FILENO, TIOCSTI, "x") != -1 && geteuid() != 0)
		return 13;
	if (sigaction(SIGHUP, NULL, &action) == -1 ||
	    action.sa_handler != SIG_DFL)
		return 14;
	return 0;
}

static int
leave_as_leader(const void *data)
{
	struct fault fault;

	(void)data;
	if (lead() == -1)
		return 1;
	if (process_leave_terminal(&fault) == -1)
		return 2;
	return check_left();
}

/* What a shell that waits for us keeps, and what we can never get again. */
static int
leave_as_member(const void *data)
{
	const char *other;
	struct fault fault;
	int status, ret;
	pid_t pid;

	(void)data;
	if (lead() == -1)
		return 1;
	pid = fork();
	if (pid == 0) {
		if (process_leave_terminal(&fault) == -1)
			_exit(2);
		if ((ret = check_left()) != 0)
			_exit(ret);
		if ((other = make_terminal()) == NULL ||
		    open(other, O_RDWR) == -1)
			_exit(3);
		_exit(check_left());
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 4;
	if (WEXITSTATUS(status) != 0)
		return WEXITSTATUS(status);
	return open("/dev/tty", O_RDWR | O_NOCTTY) == -1 ? 5 : 0;
}

static int
leave_nothing(const void *data)
{
	struct fault fault;

	(void)data;
	if (setsid() == -1)
		return 1;
	return process_leave_terminal(&fault) == 0 ? 0 : 2;
}

static void
test_terminal(void **state)
{
	static int (*const bodies[])(
	    const void *) = {leave_as_leader, leave_as_member, leave_nothing};
	struct child child;

	(void)state;
	if (make_terminal() == NULL) {
		print_message("skipped: no terminals here\n");
		skip();
	}
	for (size_t i = 0; i < NELEM(bodies); i++) {
		child_run(&child, bodies[i], NULL);
		if (child.status != 0)
			fail_msg("%zu: %d", i, child.status);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_descriptors),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_signals),
	    cmocka_unit_test(test_limit_root),
	    cmocka_unit_test(test_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
