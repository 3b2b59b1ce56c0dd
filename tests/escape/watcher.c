/*
 * The two processes that watch a program: out of its reach while they are
 * there, and when they are gone, nothing has become possible.
 */

#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

enum { ALONE_SECONDS = 5 };

static pid_t
watcher(void)
{
	return (pid_t)world.watcher;
}

static int
descriptor_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Signals: this one ends the watcher, and the keeper dies of no other. */

static enum outcome
by_kill(void)
{
	return judge(kill(watcher(), SIGUSR1));
}

static enum outcome
kill_keeper(void)
{
	return judge(kill(getppid(), SIGKILL));
}

static enum outcome
by_group(void)
{
	return judge(kill(-getpgid(watcher()), SIGUSR1));
}

static enum outcome
by_tkill(void)
{
	return judge(syscall(SYS_tkill, watcher(), SIGUSR1));
}

static enum outcome
by_tgkill(void)
{
	return judge(syscall(SYS_tgkill, watcher(), watcher(), SIGUSR1));
}

static enum outcome
by_sigqueue(void)
{
	return judge(sigqueue(watcher(), SIGUSR1, (union sigval) {0}));
}

static enum outcome
by_thread_sigqueue(void)
{
	siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};

	return judge(syscall(SYS_rt_tgsigqueueinfo, watcher(), watcher(),
	    SIGUSR1, &info));
}

static enum outcome
by_descriptor(void)
{
	return judge(syscall(SYS_pidfd_send_signal, descriptor_of(watcher()),
	    SIGUSR1, NULL, 0));
}

static enum outcome
by_owner(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1 ||
	    fcntl(fds[0], F_SETOWN, watcher()) == -1 ||
	    fcntl(fds[0], F_SETSIG, SIGUSR1) == -1 ||
	    fcntl(fds[0], F_SETFL, O_ASYNC) == -1 || write(fds[1], "x", 1) != 1)
		return HELD;
	return SUCCEEDED;
}

/* Their memory and descriptors, the listener and the link among them. */

static enum outcome
trace(pid_t pid)
{
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == -1)
		return HELD;
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return SUCCEEDED;
}

static enum outcome
trace_watcher(void)
{
	return trace(watcher());
}

static enum outcome
trace_keeper(void)
{
	return trace(getppid());
}

static enum outcome
open_of(pid_t pid, const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd == -1)
		return HELD;
	close(fd);
	return SUCCEEDED;
}

static enum outcome
memory_of_watcher(void)
{
	return open_of(watcher(), "mem", O_RDWR);
}

static enum outcome
memory_of_keeper(void)
{
	return open_of(getppid(), "mem", O_RDWR);
}

static enum outcome
descriptors_of_watcher(void)
{
	return open_of(watcher(), "fd", O_RDONLY | O_DIRECTORY);
}

static enum outcome
take_descriptor(void)
{
	return judge(syscall(SYS_pidfd_getfd, descriptor_of(watcher()),
	    STDERR_FILENO, 0));
}

/* What sends signals is to be seen by the end of the session. */
const struct attack watcher_attacks[] = {
    {"watcher-kill", by_kill, true},
    {"watcher-kill-keeper", kill_keeper, true},
    {"watcher-kill-group", by_group, true},
    {"watcher-tkill", by_tkill, true},
    {"watcher-tgkill", by_tgkill, true},
    {"watcher-sigqueue", by_sigqueue, true},
    {"watcher-thread-sigqueue", by_thread_sigqueue, true},
    {"watcher-descriptor-signal", by_descriptor, true},
    {"watcher-owner", by_owner, true},
    {"watcher-trace", trace_watcher, false},
    {"watcher-trace-keeper", trace_keeper, false},
    {"watcher-memory", memory_of_watcher, false},
    {"watcher-memory-of-keeper", memory_of_keeper, false},
    {"watcher-descriptors", descriptors_of_watcher, false},
    {"watcher-take-descriptor", take_descriptor, false},
    {NULL, NULL, false},
};

static void
say_if(bool any, const char *what)
{
	if (any)
		dprintf(STDOUT_FILENO, "done %d %s\n", (int)SUCCEEDED, what);
}

/*
 * Tries what no rule permits, over and over, in a child as well, while the
 * warden takes the watchers away. A success is told as that of an attack.
 */
void
alone(void)
{
	const time_t until = time(NULL) + ALONE_SECONDS;
	const struct attack *start = start_attacks;

	dprintf(STDOUT_FILENO, "alone\n");
	(void)fork();
	while (time(NULL) < until) {
		say_if(socket(AF_INET, SOCK_STREAM, 0) != -1, "a socket");
		say_if(syscall(SYS_memfd_create, "x", 0) != -1, "memory");
		say_if(syscall(SYS_seccomp, 0, 0, NULL) != -1, "seccomp");
		say_if(descriptor_of(getppid()) != -1, "a process");
		/* It is the first of its table: this program, by execve. */
		(void)start->run();
	}
	_exit(0);
}
