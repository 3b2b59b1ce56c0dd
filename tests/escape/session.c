/* Starts the forced command as sshd would, in the worst of surroundings. */

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

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

void
session_ask(struct session *session, const char *attack, struct reply *reply)
{
	char line[LINE_MAX_BYTES];
	int status;

	*reply = (struct reply) {0};
	if (session->pid == 0)
		start(session);
	scene_tell(session->to);
	dprintf(session->to, "!%s\n", attack);
	while (!reply->done && read_line(session, line, reply) == 0)
		hear(reply, line);
	drain_terminal(session, reply);
	if (reply->done && !reply->ending)
		return;
	status = reap(session);
	reply->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	reply->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	reply->refused = strstr(reply->reason, "gatekeeper: ") != NULL;
}
