/*
 * crowd NUMBER FOLDER RULE COMMAND...: so many sessions at once, each of which
 * asks COMMAND for `RULE N`, and whose program makes FOLDER/N and then waits
 * for the end of its input. Every second one is killed at a random moment,
 * itself and all of its session. When all others have made their file, their
 * input ends. One line for each: N, and `exit STATUS` or `signal NUMBER`.
 */

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	NUMBER_MAX = 100000,
	SPREAD = 3, /* milliseconds of killing for each session */
	PATIENCE = 90 /* seconds */
};

struct session {
	pid_t pid;
	int status;
	bool ended;
	bool marked;
	long kill_at; /* in milliseconds from the start; 0: it is spared */
};

static struct session *sessions;
static int number;
static const char *folder;

static long
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

static void
make_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC) == -1)
		err(1, "pipe");
}

/* In the child: all start together, when the gate's other end is closed. */
static void
session_run(int n, const int gate[2], const int hold[2], const char *rule,
    char **command)
{
	char *request;
	char byte;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	close(gate[1]);
	close(hold[1]);
	if (null == -1 || setsid() == -1 || dup2(hold[0], 0) == -1 ||
	    dup2(null, 1) == -1 || asprintf(&request, "%s %d", rule, n) == -1 ||
	    setenv("SSH_ORIGINAL_COMMAND", request, 1) == -1)
		err(1, "session %d", n);
	while (read(gate[0], &byte, 1) == -1 && errno == EINTR)
		;
	execv(command[0], command);
	err(1, "%s", command[0]);
}

static void
sessions_start(const int hold[2], const char *rule, char **command)
{
	int gate[2];

	make_pipe(gate);
	for (int n = 0; n < number; n++) {
		struct session *s = &sessions[n];

		if (n % 2 == 1)
			s->kill_at = 1 + random() % ((long)number * SPREAD);
		if ((s->pid = fork()) == -1)
			err(1, "fork");
		if (s->pid == 0)
			session_run(n, gate, hold, rule, command);
	}
	close(gate[0]);
	close(gate[1]);
}

static void
sessions_reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int n = 0; n < number; n++) {
			if (sessions[n].pid != pid)
				continue;
			sessions[n].ended = true;
			sessions[n].status = status;
		}
	}
}

static bool
is_marked(int n)
{
	char *path;
	bool marked;

	if (asprintf(&path, "%s/%d", folder, n) == -1)
		err(1, "asprintf");
	marked = access(path, F_OK) == 0;
	free(path);
	return marked;
}

/* A killed one leads its session until it is reaped, so its number is not
 * anybody else's yet. Says whether there is still something to wait for. */
static bool
session_look(int n, long elapsed)
{
	struct session *s = &sessions[n];

	if (s->ended)
		return false;
	if (s->kill_at != 0 && s->kill_at <= elapsed) {
		kill(-s->pid, SIGKILL);
		s->kill_at = 0;
	}
	if (n % 2 == 1)
		return true;
	s->marked = s->marked || is_marked(n);
	return !s->marked;
}

/* Until each that is spared has made its file, or has ended without, and each
 * other one is dead. */
static void
sessions_watch(void)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	long began = milliseconds(), elapsed = 0;
	bool waiting = true;

	while (waiting && elapsed < PATIENCE * 1000L) {
		waiting = false;
		for (int n = 0; n < number; n++)
			waiting = session_look(n, elapsed) || waiting;
		nanosleep(&pause, NULL);
		sessions_reap();
		elapsed = milliseconds() - began;
	}
}

static void
session_tell(int n)
{
	struct session *s = &sessions[n];

	if (!s->ended)
		waitpid(s->pid, &s->status, 0);
	if (WIFSIGNALED(s->status))
		printf("%d signal %d\n", n, WTERMSIG(s->status));
	else
		printf("%d exit %d\n", n, WEXITSTATUS(s->status));
}

int
main(int argc, char **argv)
{
	int hold[2];

	number = argc < 5 ? 0 : atoi(argv[1]);
	if (number < 1 || number > NUMBER_MAX)
		errx(2, "usage: crowd NUMBER FOLDER RULE COMMAND...");
	folder = argv[2];
	if ((sessions = calloc((size_t)number, sizeof(*sessions))) == NULL)
		err(1, "calloc");
	srandom((unsigned)time(NULL) ^ (unsigned)getpid());
	make_pipe(hold);
	sessions_start(hold, argv[3], argv + 4);
	close(hold[0]);
	sessions_watch();
	close(hold[1]);
	for (int n = 0; n < number; n++)
		session_tell(n);
	free(sessions);
	return 0;
}
