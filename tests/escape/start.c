/*
 * Starting programs. What is started leaves its mark on standard output.
 * Landlock lets a program execute itself, so that is what the attacks on the
 * call use: it takes exec-once to hold them.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

#if defined(__aarch64__)
#define LOADER "/lib/ld-linux-aarch64.so.1"
#else
#define LOADER "/lib64/ld-linux-x86-64.so.2"
#endif
#define SHELL "/bin/sh"

enum { TRIES = 50, COPY_MAX = 1 << 22 };

static char word_self[] = "attack", word_mark[] = "mark", word_sh[] = "sh",
	    word_c[] = "-c", word_echo[] = "echo mark", word_loader[] = "ld.so",
	    word_preload[] = "--preload", word_quiet[] = "quiet";
static char *const to_mark[] = {word_self, word_mark, NULL};
static char *const to_shell[] = {word_sh, word_c, word_echo, NULL};
static char *const no_env[] = {NULL};

/* Returns only if it was held. */
static enum outcome
start(const char *path, char *const argv[])
{
	execve(path, argv, no_env);
	return HELD;
}

static enum outcome
itself(void)
{
	return start(world.self, to_mark);
}

static enum outcome
shell(void)
{
	return start(SHELL, to_shell);
}

static enum outcome
listed(void)
{
	return start(world.tool, to_mark);
}

static enum outcome
unlisted(void)
{
	return start(world.mark, to_mark);
}

static enum outcome
uploaded(void)
{
	return start(inside("mark"), to_mark);
}

static enum outcome
script(void)
{
	static const char text[] = "#!/bin/sh\necho mark\n";

	put(inside("script"), text, sizeof(text) - 1, 0755);
	return start(inside("script"), to_mark);
}

/* `#!` and this program itself: the kernel executes both. */
static enum outcome
script_itself(void)
{
	char *text;
	int n = asprintf(&text, "#!%s mark\n", world.self);

	put(inside("script"), text, (size_t)n, 0755);
	free(text);
	return start(inside("script"), to_mark);
}

static enum outcome
loader(char *path)
{
	char *const argv[] = {word_loader, path, word_mark, NULL};

	return start(LOADER, argv);
}

static enum outcome
loader_shell(void)
{
	char path[] = SHELL;
	char *const argv[] = {word_loader, path, word_c, word_echo, NULL};

	return start(LOADER, argv);
}

static enum outcome
loader_unlisted(void)
{
	return loader(world.mark);
}

static enum outcome
loader_uploaded(void)
{
	return loader(inside("mark"));
}

static enum outcome
loader_itself(void)
{
	return loader(world.self);
}

static enum outcome
loader_preload(void)
{
	char *const argv[] = {word_loader, word_preload, inside("preload.so"),
	    world.self, word_quiet, NULL};

	return start(LOADER, argv);
}

/* The bytes of a program, from wherever they can be read. */
static int
in_memory(void)
{
	const int from = open(world.self, O_RDONLY | O_CLOEXEC);
	const int fd = (int)syscall(SYS_memfd_create, "mark", 0);
	char *bytes;
	ssize_t n;

	if (from == -1 || fd == -1 || (bytes = malloc(COPY_MAX)) == NULL)
		return -1;
	n = read(from, bytes, COPY_MAX);
	if (n <= 0 || write(fd, bytes, (size_t)n) != n)
		return -1;
	free(bytes);
	close(from);
	return fd;
}

static enum outcome
memory_file(void)
{
	const int fd = in_memory();

	if (fd != -1)
		syscall(SYS_execveat, fd, "", to_mark, no_env, AT_EMPTY_PATH);
	return HELD;
}

static enum outcome
descriptor_path(int fd)
{
	char path[64];

	if (fd == -1)
		return HELD;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return start(path, to_mark);
}

static enum outcome
memory_file_path(void)
{
	return descriptor_path(in_memory());
}

static enum outcome
at_path(void)
{
	syscall(SYS_execveat, AT_FDCWD, world.self, to_mark, no_env, 0);
	return HELD;
}

static enum outcome
at_descriptor(void)
{
	const int fd = open(world.self, O_RDONLY);

	syscall(SYS_execveat, fd, "", to_mark, no_env, AT_EMPTY_PATH);
	return HELD;
}

/* An absolute path makes the kernel forget descriptor and flag. */
static enum outcome
at_ignored(void)
{
	syscall(SYS_execveat, STDIN_FILENO, world.self, to_mark, no_env,
	    AT_EMPTY_PATH);
	return HELD;
}

static enum outcome
at_folder(void)
{
	char *folder = strdup(world.self);
	char *name = strrchr(folder, '/');
	int fd;

	*name++ = '\0';
	fd = open(folder, O_PATH | O_DIRECTORY);
	syscall(SYS_execveat, fd, name, to_mark, no_env, 0);
	close(fd);
	free(folder);
	return HELD;
}

static enum outcome
by_descriptor(void)
{
	return descriptor_path(open(world.self, O_RDONLY));
}

static enum outcome
by_path_descriptor(void)
{
	return descriptor_path(open(world.self, O_PATH));
}

/* Whatever let the first exec through might wait for one that succeeds. */
static enum outcome
after_failed(void)
{
	start("/nonexistent/program", to_mark);
	return itself();
}

static enum outcome
after_bad_pointer(void)
{
	syscall(SYS_execve, 8, 8, 8);
	syscall(SYS_execve, world.self, 8, 8);
	return itself();
}

static enum outcome
again_and_again(void)
{
	for (int i = 0; i < TRIES; i++)
		itself();
	return HELD;
}

static char *volatile raced;

static void *
race(void *unused)
{
	(void)unused;
	for (int i = 0; i < TRIES * TRIES * TRIES; i++) {
		raced[1] = 'x';
		raced[1] = world.self[1];
	}
	return NULL;
}

/* The path changes between the look and the use. */
static enum outcome
race_pointer(void)
{
	pthread_t thread;

	raced = strdup(world.self);
	if (pthread_create(&thread, NULL, race, NULL) != 0)
		return HELD;
	for (int i = 0; i < TRIES; i++)
		start(raced, to_mark);
	pthread_join(thread, NULL);
	return itself();
}

static enum outcome
from_thread(void)
{
	return in_thread(itself);
}

static enum outcome
from_child(void)
{
	return in_child(itself);
}

static enum outcome
from_grandchild(void)
{
	return in_child(from_child);
}

static enum outcome
thread_of_child(void)
{
	return in_child(from_thread);
}

static enum outcome
from_vfork(void)
{
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
	const pid_t pid = vfork();

	if (pid == 0) {
		execve(world.self, to_mark, no_env);
		_exit(HELD);
	}
	return await(pid);
}

static enum outcome
from_raw_clone(void)
{
	const pid_t pid = (pid_t)syscall(SYS_clone, 0UL, 0UL, 0, 0, 0);

	if (pid == 0)
		_exit((int)itself());
	return pid == -1 ? HELD : (waitpid(pid, NULL, __WALL), HELD);
}

/* Whose parent has ended: no longer a child of what was confined. */
static enum outcome
orphan(void)
{
	int fds[2];
	char c;

	if (pipe(fds) == -1)
		return HELD;
	if (fork() == 0) {
		if (fork() == 0) {
			usleep(1000);
			execve(world.self, to_mark, no_env);
		}
		_exit(HELD);
	}
	close(fds[1]);
	/* Until the last of them has ended, and with it the other end. */
	while (read(fds[0], &c, 1) > 0)
		continue;
	close(fds[0]);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	return HELD;
}

static enum outcome
by_spawn(void)
{
	pid_t pid;

	if (posix_spawn(&pid, world.self, NULL, NULL, to_mark, no_env) != 0)
		return HELD;
	return await(pid);
}

/*
 * A listener of its own: once the first is gone, execve goes to whoever has
 * a listener, and the program answers itself.
 */
static struct sock_filter notify_exec[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static int
own_listener(void)
{
	struct sock_fprog program = {.len = sizeof(notify_exec) /
		sizeof(notify_exec[0]),
	    .filter = notify_exec};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void
answer(int listener)
{
	struct seccomp_notif notice = {0};
	struct seccomp_notif_resp reply = {0};

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notice) == -1)
		return;
	reply.id = notice.id;
	reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

static void *
answer_thread(void *listener)
{
	answer(*(int *)listener);
	return NULL;
}

static enum outcome
listener_in_thread(void)
{
	int listener = own_listener();
	pthread_t thread;

	if (listener == -1 ||
	    pthread_create(&thread, NULL, answer_thread, &listener) != 0)
		return HELD;
	return itself();
}

static enum outcome
listener_for_child(void)
{
	const int listener = own_listener();
	pid_t pid;

	if (listener == -1 || (pid = fork()) == -1)
		return HELD;
	if (pid == 0)
		_exit((int)itself());
	answer(listener);
	return await(pid);
}

/* The older call for the same thing. */
static enum outcome
filter_by_prctl(void)
{
	struct sock_fprog program = {.len = sizeof(notify_exec) /
		sizeof(notify_exec[0]),
	    .filter = notify_exec};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return judge(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

const struct attack start_attacks[] = {
    {"start-itself", itself, false},
    {"start-shell", shell, false},
    {"start-listed", listed, false},
    {"start-unlisted", unlisted, false},
    {"start-upload", uploaded, false},
    {"start-script", script, false},
    {"start-script-itself", script_itself, false},
    {"start-loader-shell", loader_shell, false},
    {"start-loader-unlisted", loader_unlisted, false},
    {"start-loader-upload", loader_uploaded, false},
    {"start-loader-itself", loader_itself, false},
    {"start-loader-preload", loader_preload, false},
    {"start-memfd", memory_file, false},
    {"start-memfd-proc", memory_file_path, false},
    {"start-execveat-path", at_path, false},
    {"start-execveat-empty", at_descriptor, false},
    {"start-execveat-ignored", at_ignored, false},
    {"start-execveat-folder", at_folder, false},
    {"start-descriptor", by_descriptor, false},
    {"start-descriptor-path", by_path_descriptor, false},
    {"start-after-failed", after_failed, false},
    {"start-after-bad-pointer", after_bad_pointer, false},
    {"start-again", again_and_again, false},
    {"start-race", race_pointer, false},
    {"start-thread", from_thread, false},
    {"start-child", from_child, false},
    {"start-grandchild", from_grandchild, false},
    {"start-child-thread", thread_of_child, false},
    {"start-vfork", from_vfork, false},
    {"start-clone", from_raw_clone, false},
    {"start-orphan", orphan, false},
    {"start-spawn", by_spawn, false},
    {"start-listener-thread", listener_in_thread, true},
    {"start-listener-child", listener_for_child, true},
    {"start-filter", filter_by_prctl, true},
    {NULL, NULL, false},
};
