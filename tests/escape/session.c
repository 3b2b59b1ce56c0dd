/* Starts the forced command as sshd would, in the worst of surroundings. */

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scene.h"
#include "session.h"

enum { PATIENCE_MS = 10000, LINE_MAX_BYTES = 8192 };
enum { ALONE_MS = 100, GONE_MS = 1000 };

static const char *const hostile[] = {
    "SSH_CONNECTION=127.0.0.1 40122 127.0.0.1 22",
    "LD_AUDIT=/hostile",
    "LD_LIBRARY_PATH=/hostile",
    "GLIBC_TUNABLES=glibc.hostile=1",
    "GCONV_PATH=/hostile",
    "BASH_ENV=/hostile",
    "BASH_FUNC_x%%=() { hostile; }",
    "PATH=/hostile",
    "IFS=hostile",
    "HOME=/hostile",
    "SSH_AUTH_SOCK=/hostile",
    "PYTHONPATH=/hostile",
    "PERL5OPT=-Mhostile",
    "RSYNC_RSH=/hostile",
    "GIT_SSH_COMMAND=/hostile",
    "TZ=:/hostile",
};

enum { HOSTILE = sizeof(hostile) / sizeof(hostile[0]) };

static void
surround(int in, int out)
{
	sigset_t blocked;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	if (ioctl(scene_pty_slave(), TIOCSCTTY, 0) == -1 ||
	    dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(scene_pty_slave(), STDERR_FILENO) == -1)
		_exit(1);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR2);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	scene_leave_behind();
}

static void
execute(const struct session *session)
{
	char *gatekeeper = strdup(scene_path("gatekeeper")),
	     *policy = strdup(scene_path("policy")),
	     *key = strdup(session->key),
	     *attack = strdup(scene_path("attack"));
	char dash[] = "-d";
	char *const argv[] = {gatekeeper, dash, policy, key, NULL};
	char *const bare[] = {attack, NULL};
	char *env[HOSTILE + 3] = {0};

	for (size_t i = 0; i < HOSTILE; i++)
		env[i] = strdup(hostile[i]);
	if (asprintf(&env[HOSTILE], "SSH_ORIGINAL_COMMAND=%s",
		session->request) == -1 ||
	    asprintf(&env[HOSTILE + 1], "LD_PRELOAD=%s/preload.so",
		scene_path(".")) == -1)
		_exit(1);
	if (strcmp(session->key, "bare") == 0)
		execve(attack, bare, env);
	else
		execve(gatekeeper, argv, env);
	_exit(1);
}

static void
start(struct session *session)
{
	int in[2], out[2];

	free(session->told);
	session->told = NULL;
	session->terminal = scene_pty();
	if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1 ||
	    (session->pid = fork()) == -1)
		err(1, "session");
	if (session->pid == 0) {
		surround(in[0], out[1]);
		execute(session);
	}
	close(in[0]);
	close(out[1]);
	session->to = in[1];
	session->from = out[0];
}

/* What stands on standard error goes to the reason, should it be wanted. */
static void
drain_terminal(struct session *session, struct reply *reply)
{
	char text[4096];
	ssize_t n;

	while ((n = read(session->terminal, text, sizeof(text) - 1)) > 0) {
		text[n] = '\0';
		scene_hear_terminal(reply, text, (size_t)n);
		if (!reply->done)
			snprintf(reply->reason, sizeof(reply->reason), "%.*s",
			    (int)strcspn(text, "\r\n"), text);
	}
}

static void
hear(struct reply *reply, const char *line)
{
	int outcome, at = 0;

	if (sscanf(line, "done %d %n", &outcome, &at) == 1) {
		reply->done = true;
		reply->outcome = outcome;
		snprintf(reply->reason, sizeof(reply->reason), "%s",
		    at > 0 ? line + at : "");
		return;
	}
	if (strcmp(line, "ending") == 0)
		reply->ending = true;
	scene_hear(reply, line);
}

/* One line, or -1 at the end of the output. */
static int
read_line(struct session *session, char *line, struct reply *reply)
{
	struct pollfd polled[] = {{session->from, POLLIN, 0},
	    {session->terminal, POLLIN, 0}};
	size_t n = 0;

	while (n < LINE_MAX_BYTES - 1) {
		if (poll(polled, 2, PATIENCE_MS) == 0) {
			snprintf(reply->reason, sizeof(reply->reason),
			    "no answer");
			kill(session->pid, SIGKILL);
			return -1;
		}
		if (polled[1].revents & POLLIN)
			drain_terminal(session, reply);
		if (polled[0].revents == 0)
			continue;
		if (read(session->from, &line[n], 1) != 1)
			return -1;
		if (line[n] == '\n')
			break;
		n++;
	}
	line[n] = '\0';
	return 0;
}

/* What an attack has left behind would otherwise go on. */
static int
reap(struct session *session)
{
	int status;

	close(session->to);
	close(session->from);
	for (int i = 0; i < 200; i++) {
		if (waitpid(session->pid, &status, WNOHANG) == session->pid) {
			session->pid = 0;
			return status;
		}
		usleep(i < 50 ? 200 : 10000);
	}
	kill(session->pid, SIGKILL);
	waitpid(session->pid, &status, 0);
	session->pid = 0;
	return status;
}

void
session_end(struct session *session)
{
	if (session->pid != 0)
		reap(session);
}

/* It reads byte by byte: what it knows is not told again. */
static void
tell(struct session *session)
{
	char *facts = scene_facts();

	if (session->told == NULL || strcmp(facts, session->told) != 0)
		dprintf(session->to, "%swatcher %d\n", facts, session->pid);
	free(session->told);
	session->told = facts;
}

void
session_ask(struct session *session, const char *attack, struct reply *reply)
{
	char line[LINE_MAX_BYTES];
	int status;

	*reply = (struct reply) {0};
	if (session->pid == 0)
		start(session);
	tell(session);
	dprintf(session->to, "!%s\n", attack);
	while (!reply->done && read_line(session, line, reply) == 0)
		hear(reply, line);
	drain_terminal(session, reply);
	if (reply->done && !reply->ending)
		return;
	status = reap(session);
	reply->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	reply->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	reply->refused = strstr(reply->reason, "gatekeeper: ") != NULL &&
	    strstr(reply->reason, "gatekeeper: ended") == NULL;
}

/* The keeper is the only child that a watcher has. */
static pid_t
child_of(pid_t parent)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	char path[64], text[512];
	pid_t found = -1;
	int of, fd;

	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		ssize_t n = -1;

		snprintf(path, sizeof(path), "/proc/%.20s/stat", entry->d_name);
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
			n = read(fd, text, sizeof(text) - 1);
			close(fd);
		}
		text[n > 0 ? n : 0] = '\0';
		if (n > 0 && strrchr(text, ')') != NULL &&
		    sscanf(strrchr(text, ')'), ") %*c %d", &of) == 1 &&
		    of == parent)
			found = atoi(entry->d_name);
	}
	closedir(proc);
	return found;
}

static bool
is_gone(pid_t pid)
{
	for (int i = 0; i < GONE_MS; i++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return true;
		usleep(1000);
	}
	return false;
}

/* One of them stands still while the other dies, so that there is time in
 * between. Either is ours then to wait for. */
static const char *
take_away(pid_t dies, pid_t stays)
{
	kill(stays, SIGSTOP);
	kill(dies, SIGKILL);
	usleep(ALONE_MS * 1000);
	kill(stays, SIGCONT);
	return is_gone(stays) ? NULL : "it was not gone in a second";
}

const char *
session_alone(struct session *session, bool watcher, const char *self)
{
	struct reply reply = {0};
	char line[LINE_MAX_BYTES] = "";
	const char *wrong;
	pid_t keeper;

	/* Starts it, and has it answer. */
	session_ask(session, "none", &reply);
	if (session->pid == 0 || (keeper = child_of(session->pid)) <= 0)
		return "there is no keeper";
	dprintf(session->to, "self %s\nalone\n", self);
	while (strcmp(line, "alone") != 0)
		if (read_line(session, line, &reply) == -1)
			return "it does not begin";
	usleep(ALONE_MS * 1000);
	wrong = watcher ? take_away(session->pid, keeper) :
			  take_away(keeper, session->pid);
	waitpid(watcher ? session->pid : keeper, NULL, 0);
	close(session->to);
	reply = (struct reply) {0};
	while (read_line(session, line, &reply) == 0)
		hear(&reply, line);
	close(session->from);
	session->pid = 0;
	if (reply.mark)
		return "another program ran";
	return reply.done ? strdup(reply.reason) : wrong;
}
