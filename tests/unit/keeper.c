/*
 * keeper.c and tree.c: what a program starts does not outlive it, whatever it
 * does to get away. All of it holds one pipe open, which ends with the last.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "child.h"
#include "keeper.h"
#include "tree.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ACCOUNT = 61237, /* nobody's: limits on processes hold for it */
	PROCESSES = 50,
	GONE_MS = 1000,
	/* What fills the processors keeps us from them too. */
	GROWN_MS = 10000,
	SECONDS_MAX = 15, /* of what should long have been ended */
	MANY = 40
};

/* The program's end of the pipe, where it also says that it is ready. */
static int alive;
static time_t until;

static time_t
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void
nap(long ms)
{
	nanosleep(&(struct timespec) {.tv_nsec = ms * 1000000}, NULL);
}

static void
ready(void)
{
	if (write(alive, "r", 1) != 1)
		_exit(1);
}

static bool
in_time(void)
{
	return seconds() < until;
}

static _Noreturn void
stay(void)
{
	while (in_time())
		nap(50);
	_exit(9);
}

static int
count_entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;

	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2; /* without . and .. */
}

/* --- The programs. --- */

static void
sleeps(void)
{
	ready();
	stay();
}

static void
ignores(void)
{
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_IGN);
	sleeps();
}

static void
stops(void)
{
	ready();
	raise(SIGSTOP);
	stay();
}

static void
leads_a_session(void)
{
	setsid();
	sleeps();
}

/* The orphan is nobody's child, and in a session of its own. */
static void
leaves_an_orphan(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			ignores();
		_exit(0);
	}
	stay();
}

static void
ends_before_its_orphan(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			ignores();
		_exit(0);
	}
	nap(50);
	_exit(5);
}

static void
has_many(void)
{
	for (int i = 0; i < MANY; i++) {
		if (fork() != 0)
			continue;
		if (i % 2 == 0)
			setsid();
		stay();
	}
	sleeps();
}

/* What /proc says of it is `PID () S 1 1 (x) S …`. */
static void
has_a_name(void)
{
	prctl(PR_SET_NAME, ") S 1 1 (x");
	sleeps();
}

static void
is_named_by_a_line(void)
{
	prctl(PR_SET_NAME, "\n)) Z 1\n1 0");
	sleeps();
}

/* Each the child of the last. */
static void
nests(void)
{
	for (int i = 0; i < MANY && fork() == 0; i++)
		if (i % 3 == 0)
			setsid();
	if (getpid() % 2 == 0)
		(void)signal(SIGTERM, SIG_IGN);
	nap(20);
	ready();
	stay();
}

static void
forks(void)
{
	ready();
	while (in_time())
		(void)fork();
	_exit(9);
}

static void
forks_sessions(void)
{
	ready();
	while (in_time())
		if (fork() == 0)
			setsid();
	_exit(9);
}

/* Whose ends are nobody's to wait for: its number is free at once. */
static void
forks_unwaited(void)
{
	(void)signal(SIGCHLD, SIG_IGN);
	forks_sessions();
}

/* Never there when one looks for it: each lives until it has a child. */
static void
runs(void)
{
	ready();
	while (in_time())
		if (fork() != 0)
			_exit(0);
	_exit(9);
}

static void
runs_from_sessions(void)
{
	ready();
	while (in_time()) {
		if (fork() != 0)
			_exit(0);
		setsid();
	}
	_exit(9);
}

static char stacks[64][16 * 1024];
static int turn;

/* As fast as it goes: nothing is copied. */
static int
run_on(void *unused)
{
	(void)unused;
	turn = (turn + 1) % (int)NELEM(stacks);
	if (seconds() < until)
		(void)clone(run_on, stacks[turn] + sizeof(stacks[turn]) - 64,
		    CLONE_VM | SIGCHLD, NULL);
	syscall(SYS_exit_group, 0);
	return 0;
}

static void
runs_fast(void)
{
	ready();
	(void)run_on(NULL);
}

/* Several of these, and the deepest of a nest that grows again. */
static void
runs_with_others(void)
{
	for (int i = 0; i < 4; i++)
		(void)fork();
	runs_from_sessions();
}

static const struct program {
	const char *name;
	void (*run)(void);
	bool grows;
	bool stays; /* in our group */
} programs[] = {
    {.name = "sleeps", .run = sleeps},
    {.name = "ignores signals", .run = ignores},
    {.name = "stops itself", .run = stops},
    {.name = "leads a session", .run = leads_a_session},
    {.name = "leaves an orphan", .run = leaves_an_orphan},
    {.name = "has many", .run = has_many},
    {.name = "has a name", .run = has_a_name},
    {.name = "is named by a line", .run = is_named_by_a_line},
    {.name = "nests", .run = nests},
    {.name = "forks", .run = forks, .grows = true},
    {.name = "forks sessions", .run = forks_sessions, .grows = true},
    {.name = "forks unwaited", .run = forks_unwaited, .grows = true},
    {.name = "runs", .run = runs, .grows = true},
    {.name = "runs from sessions", .run = runs_from_sessions, .grows = true},
    {.name = "runs with others", .run = runs_with_others, .grows = true},
    {.name = "runs fast", .run = runs_fast, .grows = true},
};

/* --- The stage. --- */

struct stage {
	const struct program *program;
	/* 0: as it should be. */
	int (*act)(struct keeper *, const struct stage *);
	int pipe; /* ends with the last of them */
};

static void
become(void *context, int link)
{
	const struct program *const *program = context;
	char go;

	if (recv(link, &go, 1, 0) != 1)
		_exit(8);
	close(link);
	if (!(*program)->stays)
		setsid();
	(*program)->run();
}

/* As root, the limit on processes would not hold; and others count who have
 * the same account. */
static int
limit(void)
{
	struct rlimit processes = {PROCESSES, PROCESSES};

	if (geteuid() != 0)
		processes.rlim_cur += (rlim_t)count_entries("/proc");
	else if (setresgid(ACCOUNT, ACCOUNT, ACCOUNT) == -1 ||
	    setresuid(ACCOUNT, ACCOUNT, ACCOUNT) == -1)
		return -1;
	processes.rlim_max = processes.rlim_cur;
	return setrlimit(RLIMIT_NPROC, &processes);
}

/* Whatever is left of a test that failed. */
static void
sweep(void)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0)
		if (pid == 0) {
			tree_signal(SIGKILL);
			nap(1);
		}
}

static int
play(const void *data)
{
	struct stage stage = *(const struct stage *)data;
	const struct program *program = stage.program;
	struct fault fault = {0};
	struct keeper keeper;
	int fds[2], ret = 1;
	char byte;

	until = seconds() + SECONDS_MAX;
	if ((program->grows && limit() == -1) ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1) == -1 ||
	    pipe2(fds, O_CLOEXEC) == -1)
		return 2;
	stage.pipe = fds[0];
	alive = fds[1];
	if (keeper_start(&keeper, become, &program, &fault) == -1) {
		dprintf(STDERR_FILENO, "%s", fault.text);
		return 3;
	}
	close(fds[1]);
	if (send(keeper.link, "g", 1, MSG_NOSIGNAL) == 1 &&
	    read(fds[0], &byte, 1) == 1) {
		nap(program->grows ? 50 : 0);
		ret = stage.act(&keeper, &stage);
	}
	sweep();
	return ret;
}

static int
complain(const char *what)
{
	dprintf(STDERR_FILENO, "%s", what);
	return 4;
}

/* Whether all that holds the other end is gone in time. */
static bool
is_gone(const struct stage *stage)
{
	struct pollfd polled = {.fd = stage->pipe};
	const int ms = stage->program->grows ? GROWN_MS : GONE_MS;

	return poll(&polled, 1, ms) == 1;
}

static void
check(const struct program *program,
    int (*act)(struct keeper *, const struct stage *))
{
	const struct stage stage = {.program = program, .act = act};
	struct child child;

	child_run(&child, play, &stage);
	if (child.status != 0)
		fail_msg("%s: %d: %s", program->name, child.status, child.err);
}

/* Those that grow, too: it takes time. */
static void
check_all(int (*act)(struct keeper *, const struct stage *), bool grow)
{
	for (size_t i = 0; i < NELEM(programs); i++)
		if (grow || !programs[i].grows)
			check(&programs[i], act);
}

static const struct program *
find(const char *name)
{
	for (size_t i = 0; i < NELEM(programs); i++)
		if (strcmp(programs[i].name, name) == 0)
			return &programs[i];
	fail_msg("there is no program %s", name);
	return NULL;
}

/* --- What is done to them. --- */

/* The two reports, and nothing else. */
static int
finish(struct keeper *keeper, struct keeper_report reports[2])
{
	struct keeper_report more;
	int n = 0;

	while (n < 2 && keeper_read(keeper, &reports[n]))
		n++;
	if (n != 2 || !reports[0].ended || reports[1].ended)
		return complain("it has not reported an end and the use");
	if (keeper_read(keeper, &more))
		return complain("it goes on reporting");
	keeper_finish(keeper);
	return 0;
}

static int
expect_nothing(void)
{
	return waitpid(-1, NULL, WNOHANG) == -1 ? 0 : complain("some are left");
}

static int
force(struct keeper *keeper, const struct stage *stage)
{
	struct keeper_report reports[2];

	keeper_force(keeper);
	if (!is_gone(stage))
		return complain("it is not gone");
	return finish(keeper, reports) == 0 ? expect_nothing() : 1;
}

static void
test_force(void **state)
{
	(void)state;
	check_all(force, false);
}

/* As the kernel closes what a watcher had. */
static int
leave(struct keeper *keeper, const struct stage *stage)
{
	close(keeper->control);
	close(keeper->link);
	if (!is_gone(stage))
		return complain("it is not gone");
	if (waitpid(keeper->pid, NULL, 0) != keeper->pid)
		return complain("the keeper was another's");
	return expect_nothing();
}

static void
test_watcher_gone(void **state)
{
	(void)state;
	check_all(leave, true);
}

/* The program is the kernel's to end; the others are ours now, to be found
 * and waited for. */
static int
kill_keeper(struct keeper *keeper, const struct stage *stage)
{
	kill(keeper->pid, SIGKILL);
	if (waitpid(keeper->pid, NULL, 0) != keeper->pid)
		return complain("the keeper was another's");
	sweep();
	return is_gone(stage) ? 0 : complain("it is not gone");
}

static void
test_keeper_killed(void **state)
{
	(void)state;
	check_all(kill_keeper, false);
	check(find("forks unwaited"), kill_keeper);
	check(find("runs from sessions"), kill_keeper);
}

/* Nobody ends it but the kernel, and it ends the program alone. */
static int
kill_keeper_only(struct keeper *keeper, const struct stage *stage)
{
	kill(keeper->pid, SIGKILL);
	return is_gone(stage) ? 0 : complain("it is not gone");
}

static void
test_killed_by_the_kernel(void **state)
{
	(void)state;
	check(find("sleeps"), kill_keeper_only);
	check(find("ignores signals"), kill_keeper_only);
	check(find("stops itself"), kill_keeper_only);
}

/* --- Asking. --- */

static int
ask(struct keeper *keeper, const struct stage *stage)
{
	struct keeper_report reports[2];

	keeper_ask(keeper);
	if (!is_gone(stage))
		return complain("it is not gone");
	if (finish(keeper, reports) != 0)
		return 1;
	return WIFSIGNALED(reports[0].status) &&
		WTERMSIG(reports[0].status) == SIGTERM ?
	    0 :
	    complain("it was not SIGTERM");
}

static int
ask_in_vain(struct keeper *keeper, const struct stage *stage)
{
	struct pollfd polled = {.fd = stage->pipe};

	keeper_ask(keeper);
	if (poll(&polled, 1, 100) != 0)
		return complain("it was gone for the asking");
	return force(keeper, stage);
}

static void
test_ask(void **state)
{
	(void)state;
	check(find("sleeps"), ask);
	check(find("stops itself"), ask);
	check(find("leads a session"), ask);
	check(find("has many"), ask);
	check(find("has a name"), ask);
	check(find("ignores signals"), ask_in_vain);
	check(find("leaves an orphan"), ask_in_vain);
}

/* --- What is not its own stays as it is. --- */

static int
leave_others_alone(struct keeper *keeper, const struct stage *stage)
{
	const pid_t other = fork();
	struct keeper_report reports[2];
	int ret = 0, status;

	if (other == 0)
		stay();
	keeper_ask(keeper);
	nap(50);
	keeper_force(keeper);
	if (!is_gone(stage) || finish(keeper, reports) != 0)
		ret = complain("it is not gone");
	if (waitpid(other, &status, WNOHANG) != 0)
		ret = complain("another's process was ended");
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	return ret;
}

/* A program that is not yet in a session of its own is in the group that we
 * are in ourselves. */
static void
test_others(void **state)
{
	static const struct program near = {.name = "stays in our group",
	    .run = sleeps,
	    .stays = true};

	(void)state;
	check(find("sleeps"), leave_others_alone);
	check(find("has many"), leave_others_alone);
	check(&near, leave_others_alone);
	check(&near, force);
}

/* --- What is reported. --- */

static void
exits(void)
{
	ready();
	_exit(7);
}

/* In a child too: the use is that of all. */
static void
works(void)
{
	enum { BYTES = 32 * 1024 * 1024, ROUNDS = 30 };
	volatile char *room = malloc(BYTES);

	if (fork() > 0) {
		wait(NULL);
		exits();
	}
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < BYTES; i += 64)
			room[i] = (char)i;
	_exit(0);
}

static void
returns(void)
{
	ready();
}

static int
read_reports(struct keeper *keeper, struct keeper_report reports[2])
{
	if (finish(keeper, reports) != 0)
		return 1;
	return expect_nothing();
}

static int
expect_status(struct keeper *keeper, int status)
{
	struct keeper_report reports[2];

	if (read_reports(keeper, reports) != 0)
		return 1;
	dprintf(STDERR_FILENO, "status %x", reports[0].status);
	return reports[0].status == status ? 0 : 1;
}

static int
ended_with_7(struct keeper *keeper, const struct stage *stage)
{
	(void)stage;
	return expect_status(keeper, W_EXITCODE(7, 0));
}

static int
ended_with_5(struct keeper *keeper, const struct stage *stage)
{
	struct keeper_report report;

	if (!keeper_read(keeper, &report) || !report.ended ||
	    report.status != W_EXITCODE(5, 0))
		return complain("it is not the program's own status");
	/* Its orphan is there still, and is waited for. */
	if (poll(&(struct pollfd) {.fd = keeper->control, .events = POLLIN}, 1,
		100) != 0)
		return complain("the orphan was not waited for");
	keeper_force(keeper);
	if (!is_gone(stage) || !keeper_read(keeper, &report) || report.ended)
		return complain("no word of the end");
	keeper_finish(keeper);
	return expect_nothing();
}

static int
ended_by_hup(struct keeper *keeper, const struct stage *stage)
{
	(void)stage;
	kill(keeper->program, SIGHUP);
	return expect_status(keeper, W_EXITCODE(0, SIGHUP));
}

static int
failed_to_start(struct keeper *keeper, const struct stage *stage)
{
	(void)stage;
	return expect_status(keeper, W_EXITCODE(why_exit(WHY_SYSTEM), 0));
}

static int
used_something(struct keeper *keeper, const struct stage *stage)
{
	struct keeper_report reports[2];

	(void)stage;
	if (read_reports(keeper, reports) != 0)
		return 1;
	if (reports[1].cpu < 1000000 ||
	    reports[1].cpu > SECONDS_MAX * 1000000000LL)
		return complain("the time is wrong");
	if (reports[1].peak < 32 * 1024 * 1024)
		return complain("the memory is wrong");
	return 0;
}

static void
test_reports(void **state)
{
	static const struct program seven = {.name = "exits", .run = exits},
				    five = {.name = "ends first",
					.run = ends_before_its_orphan},
				    work = {.name = "works", .run = works},
				    nothing = {.name = "returns",
					.run = returns};

	(void)state;
	check(&seven, ended_with_7);
	check(&five, ended_with_5);
	check(find("sleeps"), ended_by_hup);
	check(&nothing, failed_to_start);
	check(&work, used_something);
}

/* --- What the keeper holds. --- */

/* As soon as the watcher can let the program run. A link that the keeper had
 * open as well would say that nothing was executed, and let another exec
 * through. */
static void
test_holds_nothing(void **state)
{
	enum { TRIES = 50 };
	static const struct program *const program = &programs[0];
	struct fault fault;
	struct keeper keeper;
	char path[32];
	int n;

	(void)state;
	for (int i = 0; i < TRIES; i++) {
		const struct program *context = program;

		assert_int_equal(keeper_start(&keeper, become, &context,
				     &fault),
		    0);
		snprintf(path, sizeof(path), "/proc/%d/fd", keeper.pid);
		n = count_entries(path);
		keeper_force(&keeper);
		keeper_finish(&keeper);
		/* 0, 1, 2 and control. */
		assert_int_equal(n, 4);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reports),
	    cmocka_unit_test(test_ask),
	    cmocka_unit_test(test_force),
	    cmocka_unit_test(test_watcher_gone),
	    cmocka_unit_test(test_keeper_killed),
	    cmocka_unit_test(test_killed_by_the_kernel),
	    cmocka_unit_test(test_others),
	    cmocka_unit_test(test_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
