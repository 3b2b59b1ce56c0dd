/*
 * Stands in for a permitted program and tries what it must not be able to
 * do. One line for each attempt: its name and `ok`, or the error. The paths
 * are compiled in, so that it also serves where nobody chooses the arguments,
 * as `rdistd -S`.
 */

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The test says where on the compiler's command line. */
#ifndef INSIDE
#define INSIDE "/nonexistent/inside"
#define OUTSIDE "/nonexistent/outside"
#define POLICY "/nonexistent/policy"
#define RECORDS "/nonexistent/records"
#define KEYS "/nonexistent/keys"
#endif

#define SHELL_STATUS 42
#define FD_MAX 1024

/* Each returns 0, or -1 with errno. */

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd == -1)
		return -1;
	return close(fd);
}

static int
try_read(const char *path)
{
	return try_open(path, O_RDONLY);
}

static int
try_create(const char *path)
{
	return try_open(path, O_WRONLY | O_CREAT);
}

static int
try_truncate(const char *path)
{
	return try_open(path, O_WRONLY | O_TRUNC);
}

static int
try_list(const char *path)
{
	return try_open(path, O_RDONLY | O_DIRECTORY);
}

static int
try_mkdir(const char *path)
{
	return mkdir(path, 0755);
}

/* From a file that was just made inside. */
static int
try_rename(const char *path)
{
	return rename(INSIDE "/made", path);
}

static int
try_link(const char *path)
{
	return symlink(path, INSIDE "/link");
}

static int
try_setuid(const char *path)
{
	return chmod(path, 04755);
}

/* An exec that works ends the child with a status that nothing else has. */
static int
try_exec(char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid == -1)
		return -1;
	if (pid == 0) {
		execv(argv[0], argv);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) == -1)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EFAULT;
	return errno == SHELL_STATUS ? 0 : -1;
}

/* execv() takes no const, and changes nothing. */
static char in_shell[] = "/bin/sh", option[] = "-c", script[] = "exit 42";

static int
try_shell(const char *path)
{
	char program[64];
	char *argv[] = {program, option, script, NULL};

	snprintf(program, sizeof(program), "%s", path);
	return try_exec(argv);
}

/* What is readable can be run by the loader, which is executable. That it
 * was started is seen by its own status, 127: no error of an exec. */
static int
try_loader(const char *path)
{
	char program[64];
	char *argv[] = {program, in_shell, option, script, NULL};

	snprintf(program, sizeof(program), "%s", path);
	return try_exec(argv);
}

static int
try_memory(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	return fd == -1 ? -1 : close(fd);
}

static int
open_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	return fd == -1 ? -1 : close(fd);
}

static int
try_internet(const char *unused)
{
	(void)unused;
	return open_socket(AF_INET, SOCK_STREAM);
}

static int
try_local(const char *unused)
{
	(void)unused;
	return open_socket(AF_UNIX, SOCK_STREAM);
}

static int
try_netlink(const char *unused)
{
	(void)unused;
	return open_socket(AF_NETLINK, SOCK_RAW);
}

/* A pair is no socket(2), and a datagram end of one can be sent anywhere. */
static int
try_pair(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fds[2], ret;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == -1)
		return -1;
	strncpy(to.sun_path, path, sizeof(to.sun_path) - 1);
	ret = connect(fds[0], (struct sockaddr *)&to, sizeof(to));
	close(fds[0]);
	close(fds[1]);
	return ret;
}

static int
try_kill(const char *unused)
{
	(void)unused;
	return kill(-1, 0);
}

static int
try_trace(const char *unused)
{
	(void)unused;
	return (int)syscall(SYS_ptrace, 0, 0, NULL, NULL);
}

static int
try_descriptor(const char *unused)
{
	(void)unused;
	for (int fd = 3; fd < FD_MAX; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			return 0;
	errno = EBADF;
	return -1;
}

static const struct attempt {
	const char *name;
	int (*try)(const char *);
	const char *path;
} attempts[] = {
    {"create-inside", try_create, INSIDE "/made"},
    {"mkdir-inside", try_mkdir, INSIDE "/folder"},
    {"setuid-inside", try_setuid, INSIDE "/made"},
    {"read-inside", try_read, INSIDE "/file"},
    {"list-inside", try_list, INSIDE},
    {"read-outside", try_read, OUTSIDE "/file"},
    {"create-outside", try_create, OUTSIDE "/made"},
    {"truncate-outside", try_truncate, OUTSIDE "/file"},
    {"mkdir-outside", try_mkdir, OUTSIDE "/folder"},
    {"rename-outside", try_rename, OUTSIDE "/renamed"},
    {"list-outside", try_list, OUTSIDE},
    {"link", try_link, OUTSIDE "/file"},
    {"follow-link", try_truncate, INSIDE "/link"},
    {"read-shadow", try_read, "/etc/shadow"},
    {"read-policy", try_read, POLICY "/gatekeeper.ini"},
    {"write-policy", try_truncate, POLICY "/gatekeeper.ini"},
    {"read-records", try_read, RECORDS},
    {"truncate-records", try_truncate, RECORDS},
    {"read-keys", try_read, KEYS},
    {"write-keys", try_truncate, KEYS},
    {"read-root", try_list, "/"},
    {"read-shell", try_read, "/bin/sh"},
    {"read-environ", try_read, "/proc/1/environ"},
    {"exec-shell", try_shell, "/bin/sh"},
    {"exec-bash", try_shell, "/bin/bash"},
    {"exec-loader", try_loader, "/lib64/ld-linux-x86-64.so.2"},
    {"memory-file", try_memory, "probe"},
    {"internet-socket", try_internet, NULL},
    {"local-socket", try_local, NULL},
    {"netlink-socket", try_netlink, NULL},
    {"pair-outside", try_pair, "/dev/log"},
    {"kill-others", try_kill, NULL},
    {"trace", try_trace, NULL},
    {"descriptor", try_descriptor, NULL},
};

int
main(int argc, char *argv[])
{
	printf("asked-as");
	for (int i = 1; i < argc; i++)
		printf(" %s", argv[i]);
	printf("\n");
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		const struct attempt *a = &attempts[i];

		errno = 0;
		printf("%s %s\n", a->name,
		    a->try(a->path) != -1 ? "ok" : strerrorname_np(errno));
		fflush(stdout);
	}
	printf("end\n");
	return 0;
}
