/* The program's parent: small, without descriptors of the session, and of use
 * to nobody but the watcher. */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "keeper.h"
#include "tree.h"
#include "why.h"

enum {
	ASK = 'a',
	FORCE = 'f',
	FORCE_PAUSE = 1000000, /* nanoseconds between two looks */
	FORCE_LOOKS = 50,
	/* What cannot be killed: another account's, or in the kernel. */
	FORCE_ROUNDS = 200
};

struct keeping {
	int control;
	pid_t program;
	bool forcing;
	unsigned rounds;
	struct keeper_report total;
};

static long long
nanoseconds(const struct timeval *tv)
{
	return tv->tv_sec * 1000000000LL + tv->tv_usec * 1000LL;
}

static void
add_use(struct keeper_report *report, const struct rusage *use)
{
	const unsigned long long peak =
	    (unsigned long long)use->ru_maxrss * 1024;

	report->cpu +=
	    nanoseconds(&use->ru_utime) + nanoseconds(&use->ru_stime);
	if (report->peak < peak)
		report->peak = peak;
}

static void
report(const struct keeping *k, const struct keeper_report *what)
{
	/* A watcher that is gone shows at the next look. */
	(void)!send(k->control, what, sizeof(*what), MSG_NOSIGNAL);
}

/* Whether anything is left. */
static bool
reap(struct keeping *k)
{
	struct rusage use;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0) {
		add_use(&k->total, &use);
		if (pid != k->program)
			continue;
		k->total.status = status;
		k->total.ended = true;
		report(k, &k->total);
		k->total.ended = false;
	}
	return pid == 0 || errno != ECHILD;
}

static void
obey(struct keeping *k)
{
	char order = FORCE;
	ssize_t n = recv(k->control, &order, 1, 0);

	if (n == -1 && errno == EINTR)
		return;
	/* Without the watcher there is no limit and no record. */
	if (n <= 0 || order == FORCE)
		k->forcing = true;
	else
		tree_signal(SIGTERM);
}

/* Nothing is reaped meanwhile: what has ended counts for the account's limit
 * on processes, and so keeps others from taking its place. */
static void
end_all(struct keeping *k)
{
	const struct timespec pause = {.tv_nsec = FORCE_PAUSE};
	int looks = 0, n;

	do {
		n = tree_signal(SIGKILL);
		nanosleep(&pause, NULL);
	} while (n > 0 && ++looks < FORCE_LOOKS);
	k->rounds++;
}

static void
keep(struct keeping *k)
{
	struct pollfd pfd = {.fd = k->control, .events = POLLIN};
	sigset_t none;

	sigemptyset(&none);
	while (reap(k) && k->rounds < FORCE_ROUNDS) {
		if (k->forcing)
			end_all(k);
		else if (ppoll(&pfd, 1, NULL, &none) > 0)
			obey(k);
	}
	report(k, &k->total);
}

static void
wake(int sig)
{
	(void)sig; /* ends ppoll(2) */
}

/* The end of a child interrupts the wait, and nothing else does: what ends
 * the session is the watcher's to say. */
static int
hold_signals(void)
{
	const struct sigaction action = {.sa_handler = wake};
	sigset_t all;

	sigfillset(&all);
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGCHLD)
			(void)signal(sig, SIG_IGN);
	if (sigprocmask(SIG_SETMASK, &all, NULL) == -1)
		return -1;
	return sigaction(SIGCHLD, &action, NULL);
}

/* Holds nothing of the session: sshd is to see its end as soon as the others
 * are gone. */
static void
let_go(int control)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		(void)(null != -1 ? dup2(null, fd) : close(fd));
	(void)close_range(STDERR_FILENO + 1, (unsigned)control - 1, 0);
	(void)close_range((unsigned)control + 1, ~0U, 0);
}

/* The program is not to outlive its parent. */
static void
become_program(pid_t keeper, void (*become)(void *, int), void *context,
    int link)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == keeper)
		become(context, link);
	_exit(why_exit(WHY_SYSTEM));
}

static _Noreturn void
become_keeper(int control, int link, void (*become)(void *, int), void *context)
{
	struct keeping k = {.control = control, .program = -1};
	const pid_t self = getpid();
	pid_t told;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == 0)
		k.program = fork();
	if (k.program == 0) {
		close(control);
		become_program(self, become, context, link);
	}
	told = k.program == -1 ? -errno : k.program;
	/* Before the watcher hears of it: to let go of the link is to say that
	 * the program was executed, and no other will be. */
	let_go(control);
	if (hold_signals() == -1)
		k.forcing = true;
	if (send(control, &told, sizeof(told), MSG_NOSIGNAL) == -1 || told < 0)
		_exit(why_exit(WHY_SYSTEM));
	keep(&k);
	_exit(0);
}

static int
failed(const char *what, int error, struct fault *fault)
{
	return fault_set(fault, WHY_SYSTEM, "%s: %s", what, strerror(error));
}

static void
close_pair(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* The keeper's first word is the program's number, or why there is none. */
static int
hear_program(struct keeper *keeper, struct fault *fault)
{
	pid_t told = -EPIPE;
	ssize_t n;

	do {
		n = recv(keeper->control, &told, sizeof(told), 0);
	} while (n == -1 && errno == EINTR);
	if (told < 0) {
		keeper_finish(keeper);
		return failed("starting the program's process", -told, fault);
	}
	keeper->program = told;
	return 0;
}

int
keeper_start(struct keeper *keeper, void (*become)(void *, int), void *context,
    struct fault *fault)
{
	const int type = SOCK_SEQPACKET | SOCK_CLOEXEC;
	int control[2], link[2];

	if (socketpair(AF_UNIX, type, 0, control) == -1)
		return failed("socketpair", errno, fault);
	if (socketpair(AF_UNIX, type, 0, link) == -1) {
		close_pair(control);
		return failed("socketpair", errno, fault);
	}
	*keeper = (struct keeper) {.control = control[0], .link = link[0]};
	keeper->pid = fork();
	if (keeper->pid == -1) {
		close_pair(control);
		close_pair(link);
		return failed("fork", errno, fault);
	}
	if (keeper->pid == 0) {
		close(control[0]);
		close(link[0]);
		become_keeper(control[1], link[1], become, context);
	}
	close(control[1]);
	close(link[1]);
	return hear_program(keeper, fault);
}

static void
order(const struct keeper *keeper, char what)
{
	(void)!send(keeper->control, &what, 1, MSG_NOSIGNAL);
}

void
keeper_ask(const struct keeper *keeper)
{
	order(keeper, ASK);
}

void
keeper_force(const struct keeper *keeper)
{
	order(keeper, FORCE);
}

int
keeper_read(const struct keeper *keeper, struct keeper_report *what)
{
	ssize_t n;

	do {
		n = recv(keeper->control, what, sizeof(*what), 0);
	} while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof(*what);
}

void
keeper_finish(struct keeper *keeper)
{
	close(keeper->control);
	if (keeper->link != -1)
		close(keeper->link);
	while (waitpid(keeper->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	keeper->control = keeper->link = -1;
}
