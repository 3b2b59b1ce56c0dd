/*
 * What a watched program may do to its watcher; and drivers that start many
 * sessions, as sshd would, and hold what they see against the same program
 * without gatekeeper.
 */

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long
number(char *argv[])
{
	return argv[0] == NULL ? 0 : strtol(argv[0], NULL, 10);
}

static void
rest(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		continue;
}

/* --- A program. --- */

static int
act_exit(char *argv[])
{
	return (int)number(argv);
}

static int
act_signal(char *argv[])
{
	kill(getpid(), (int)number(argv));
	return 99;
}

static int
act_sleep(char *argv[])
{
	puts("asleep");
	fflush(stdout);
	rest(number(argv) * 1000);
	return 0;
}

static int
act_stubborn(char *argv[])
{
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_IGN);
	return act_sleep(argv);
}

/* Its child has another session, another parent, and no ear for SIGTERM. */
static int
act_orphan(char *argv[])
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			_exit(act_stubborn(argv));
		_exit(0);
	}
	wait(NULL);
	return act_sleep(argv);
}

/* Ends, and leaves the like behind. */
static int
act_leave(char *argv[])
{
	if (fork() == 0) {
		setsid();
		_exit(act_stubborn(argv));
	}
	rest(200);
	return 3;
}

static int
act_stop(char *argv[])
{
	kill(getpid(), SIGSTOP);
	return act_sleep(argv);
}

static int
act_fill(char *argv[])
{
	static char block[65536];

	(void)argv;
	memset(block, 'x', sizeof(block)); /* and no newline */
	for (;;)
		(void)!write(STDOUT_FILENO, block, sizeof(block));
}

static int
act_close(char *argv[])
{
	puts("closing");
	fflush(stdout);
	for (int fd = 0; fd <= 2; fd++)
		close(fd);
	rest(number(argv));
	return 5;
}

/* As many as the limit has room for, in sessions of their own, and again as
 * often as one is gone. Root, whom no limit holds, makes a hundred in all. */
static int
act_forks(char *argv[])
{
	int tokens[2];
	char token;

	(void)argv;
	signal(SIGTERM, SIG_IGN);
	if (pipe(tokens) == -1)
		return 1;
	for (int i = 0; i < 100; i++)
		(void)!write(tokens[1], "", 1);
	for (;;) {
		if (geteuid() == 0 && read(tokens[0], &token, 1) != 1)
			return 1;
		if (fork() == 0)
			setsid();
		else
			rest(1);
	}
}

/* Calls that no rule here permits. */
static int
act_denied(char *argv[])
{
	const long n = number(argv);

	for (long i = 0; i < n; i++)
		if (socket(AF_INET, SOCK_DGRAM, 0) != -1 || errno != EPERM)
			return 1;
	puts("denied");
	return 0;
}

/* Ten of one kind, and one of another behind them. */
static int
act_mixed(char *argv[])
{
	(void)argv;
	for (int i = 0; i < 20; i++)
		(void)socket(AF_INET, SOCK_DGRAM, 0);
	(void)chroot("/");
	return 0;
}

/* So many bytes at once, and a good end. */
static int
act_big(char *argv[])
{
	for (long n = number(argv); n > 0; n--)
		putchar('x');
	return 0;
}

/* Says something every so often. */
static int
act_tick(char *argv[])
{
	for (long n = number(argv); n > 0; n--) {
		puts("tick");
		fflush(stdout);
		rest(500);
	}
	return 0;
}

static int
act_touch(char *argv[])
{
	int fd = open(argv[0], O_WRONLY | O_CREAT | O_APPEND, 0600);

	return fd != -1 && write(fd, "x\n", 2) == 2 ? 0 : 1;
}

/* Says so before and after what it is for. */
static int
act_orders(char *argv[])
{
	char *done[] = {(char[]) {"done"}, NULL};

	(void)argv;
	for (int i = 0; i < 3; i++) {
		puts("working");
		fflush(stdout);
		rest(300);
	}
	return act_touch(done);
}

static int
act_terminal(char *argv[])
{
	(void)argv;
	printf("%d %d %d\n", isatty(0), isatty(1),
	    open("/dev/tty", O_RDWR) != -1);
	return 0;
}

/* --- The drivers. --- */

struct gate {
	const char *program;
	const char *dir;
	const char *key;
};

static _Noreturn void
become(const struct gate *gate, const char *command)
{
	char *request = NULL;
	char *argv[] = {(char *)gate->program, "-d", (char *)gate->dir,
	    (char *)gate->key, NULL};
	char *envp[] = {NULL, "SSH_CONNECTION=192.0.2.1 40122 127.0.0.1 22",
	    NULL};

	if (asprintf(&request, "SSH_ORIGINAL_COMMAND=%s", command) == -1)
		_exit(99);
	envp[0] = request;
	execve(gate->program, argv, envp);
	_exit(98);
}

/* With an output that ends when everybody is gone. */
static pid_t
begin(const struct gate *gate, const char *command, int *out)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		exit(97);
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		become(gate, command);
	}
	close(ends[1]);
	*out = ends[0];
	return pid;
}

/* Whether it ended within so many milliseconds. */
static int
drained(int out, int ms)
{
	struct pollfd pfd = {.fd = out, .events = POLLIN};
	char buf[512];
	ssize_t n = 1;

	while (n > 0) {
		if (poll(&pfd, 1, ms) != 1)
			return 0;
		n = read(out, buf, sizeof(buf));
	}
	close(out);
	return n == 0;
}

static int
status_of(const struct gate *gate, const char *verb, int value)
{
	char command[32];
	int out, status;
	pid_t pid;

	snprintf(command, sizeof(command), "%s %d", verb, value);
	pid = begin(gate, command, &out);
	if (!drained(out, 20000))
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

/* What a default action ends: the others would only stop or do nothing. */
static int
is_deadly(int sig)
{
	switch (sig) {
	case SIGCHLD:
	case SIGCONT:
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGURG:
	case SIGWINCH:
	case 32: /* the C library's own */
	case 33:
		return 0;
	}
	return 1;
}

static int
drive_statuses(const struct gate *gate)
{
	int bad = 0, status;

	for (int i = 0; i < 256; i++) {
		status = status_of(gate, "exit", i);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != i)
			bad += printf("exit %d: %#x\n", i, status) > 0;
	}
	for (int sig = 1; sig < NSIG; sig++) {
		if (!is_deadly(sig))
			continue;
		status = status_of(gate, "signal", sig);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != sig)
			bad += printf("signal %d: %#x\n", sig, status) > 0;
	}
	return bad != 0;
}

/* The watcher is killed at any moment: the program is gone within a second,
 * and the one place that there is is free. */
static int
drive_murders(const struct gate *gate, long runs)
{
	int bad = 0, out, status;

	for (long i = 0; i < runs; i++) {
		pid_t pid = begin(gate, i % 2 ? "orphan 30" : "sleep 30", &out);

		rest(random() % 25);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		if (!drained(out, 1000))
			bad += printf("run %ld: something is left\n", i) > 0;
		if (WIFEXITED(status))
			bad += printf("run %ld: %d before its end\n", i,
				   WEXITSTATUS(status)) > 0;
	}
	status = status_of(gate, "exit", 4);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 4)
		bad += printf("afterwards: %#x\n", status) > 0;
	return bad != 0;
}

/* Many at once: each ends as it would alone. */
static int
drive_crowd(const struct gate *gate, long sessions)
{
	pid_t *pids = calloc((size_t)sessions + 1, sizeof(*pids));
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	long bad = 0;

	for (long i = 0; pids != NULL && i < sessions; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			dup2(null, STDOUT_FILENO);
			become(gate, i % 2 ? "sleep 2" : "signal 10");
		}
	}
	for (long i = 0; pids != NULL && i < sessions; i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		if (status != (i % 2 ? 0 : SIGUSR1))
			bad += printf("session %ld: %#x\n", i, status) > 0;
	}
	free(pids);
	return bad != 0;
}

static int
drive(char *argv[])
{
	const struct gate gate = {argv[1], argv[2], argv[3]};

	if (strcmp(argv[0], "statuses") == 0)
		return drive_statuses(&gate);
	if (strcmp(argv[0], "murders") == 0)
		return drive_murders(&gate, number(argv + 4));
	return drive_crowd(&gate, number(argv + 4));
}

static const struct {
	const char *name;
	int (*run)(char *argv[]);
} verbs[] = {
    {"exit", act_exit},
    {"signal", act_signal},
    {"sleep", act_sleep},
    {"stubborn", act_stubborn},
    {"orphan", act_orphan},
    {"leave", act_leave},
    {"stop", act_stop},
    {"fill", act_fill},
    {"close", act_close},
    {"forks", act_forks},
    {"denied", act_denied},
    {"mixed", act_mixed},
    {"big", act_big},
    {"tick", act_tick},
    {"touch", act_touch},
    {"orders", act_orders},
    {"terminal", act_terminal},
    {"drive", drive},
};

int
main(int argc, char *argv[])
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argv + 2);
	return 96;
}
