/* The program under trace: it runs as the plan has it, but unconfined, and
 * each of its calls waits until it has been noted. */

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/seccomp.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/trace.h"
#include "plan.h"
#include "process.h"
#include "rlimits.h"
#include "sandbox/listener.h"
#include "sandbox/notice.h"
#include "tree.h"
#include "why.h"

enum { GRACE = 2 }; /* seconds, for what the program has left behind */

/* From Linux 5.19; Debian 12's header has it, older ones do not. */
#define WAIT_KILLABLE_RECV (1UL << 5)
/* From Linux 5.11. */
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4U
#endif

struct running {
	struct trace *trace;
	struct bpf filter;
	int link; /* to the program, until its exec; -1: after it */
	int listener;
	pid_t program;
	bool started;
	bool ended;
	time_t until; /* when what is left is killed; 0: not yet */
	struct fault *fault;
};

static int
failed(const char *what, struct fault *fault)
{
	return fault_set(fault, WHY_SYSTEM, "%s: %s", what, strerror(errno));
}

/* --- The program's own process. --- */

static long
install(const struct bpf *filter)
{
	const struct sock_fprog program = {(unsigned short)filter->n,
	    filter->code};
	const unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    flags | WAIT_KILLABLE_RECV, &program);

	if (listener == -1 && errno == EINVAL) /* Linux before 5.19 */
		listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
		    &program);
	return listener;
}

static int
enter(const struct running *r, const struct plan *plan, struct fault *fault)
{
	long listener;

	if (plan->chdir != NULL && chdir(plan->chdir) == -1)
		return failed(plan->chdir, fault);
	if (plan->has_umask)
		umask(plan->umask);
	if (listener_start(r->link, fault) == -1 ||
	    rlimits_set(plan, fault) == -1 || process_hand_over(fault) == -1)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return failed("no_new_privs", fault);
	listener = install(&r->filter);
	if (listener == -1)
		return failed("the filter (is this traced already?)", fault);
	listener_arm((int)listener);
	execve(plan->program, plan->argv.v, plan->env.v);
	return failed(plan->program, fault);
}

static _Noreturn void
become_program(const struct running *r, pid_t parent)
{
	struct fault fault = {0};

	/* Without its parent, nobody would answer its calls. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent ||
	    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == -1)
		failed("start", &fault);
	else
		enter(r, r->trace->plan, &fault);
	(void)!write(r->link, &fault, sizeof(fault));
	_exit(why_exit(fault.why));
}

/* --- Beside it. --- */

static void
reap(struct running *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != r->program)
			continue;
		r->ended = true;
		r->trace->status = status;
	}
	if (!r->ended || pid == -1)
		return;
	r->trace->left = true;
	if (r->until == 0)
		r->until = time(NULL) + GRACE;
	else if (time(NULL) >= r->until)
		tree_signal(SIGKILL);
}

static void
serve(struct running *r)
{
	struct notice notice;

	if (notice_receive(r->listener, &notice) == -1)
		return;
	/* Up to its exec, the process is this program. */
	if (r->started)
		trace_note(r->trace, &notice);
	else
		r->started = notice_is_exec(&notice);
	notice_continue(r->listener, &notice);
}

/* 1: the exec has failed, or there will be none. */
static int
hear(struct running *r)
{
	ssize_t n = read(r->link, r->fault, sizeof(*r->fault));

	if (n == -1 && errno == EINTR)
		return 0;
	close(r->link);
	r->link = -1;
	return n == (ssize_t)sizeof(*r->fault);
}

static int
attend(struct running *r)
{
	const struct timespec second = {.tv_sec = 1};
	struct pollfd fds[] = {{.fd = r->listener, .events = POLLIN},
	    {.fd = r->link, .events = POLLIN}};
	sigset_t none;

	sigemptyset(&none);
	notice_hasten(r->listener);
	for (;;) {
		reap(r);
		fds[1].fd = r->link;
		if (ppoll(fds, 2, &second, &none) <= 0)
			continue;
		if (fds[0].revents & POLLIN)
			serve(r);
		else if (fds[0].revents != 0)
			break;
		if (r->link != -1 && fds[1].revents != 0 && hear(r))
			return -1;
	}
	/* Nobody is left under the filter: its end is near, if not there. */
	while (!r->ended && waitpid(r->program, &r->trace->status, 0) == -1 &&
	    errno == EINTR)
		continue;
	return 0;
}

static void
wake(int sig)
{
	(void)sig; /* ends ppoll(2) */
}

/* A key that ends the program leaves this to tell what it did. */
static int
hold_signals(struct fault *fault)
{
	const struct sigaction action = {.sa_handler = wake};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &child, NULL) == -1 ||
	    sigaction(SIGCHLD, &action, NULL) == -1 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		return failed("signals", fault);
	return 0;
}

static int
begin(struct running *r, struct fault *fault)
{
	const pid_t self = getpid();
	int link[2];
	long n;

	if (hold_signals(fault) == -1 || listener_check(fault) == -1)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link) == -1)
		return failed("socketpair", fault);
	r->program = fork();
	r->link = link[r->program != 0];
	close(link[r->program == 0]);
	if (r->program == 0)
		become_program(r, self);
	if (r->program == -1)
		return failed("fork", fault);
	r->listener = listener_receive(r->link, fault, sizeof(*fault), &n);
	if (r->listener != -1)
		return 0;
	if (n != (long)sizeof(*fault))
		fault_set(fault, WHY_SYSTEM, "the program's process is gone");
	return -1;
}

int
trace_run(struct trace *trace, struct fault *fault)
{
	struct running r = {.trace = trace,
	    .link = -1,
	    .listener = -1,
	    .fault = fault};
	int ret;

	trace_filter(&trace->present, &r.filter);
	ret = begin(&r, fault);
	if (ret == 0)
		ret = attend(&r);
	if (r.link != -1)
		close(r.link);
	if (r.listener != -1)
		close(r.listener);
	free(r.filter.code);
	return ret;
}
