/*
 * A permitted program that tries what its arguments name, one after another:
 * `WORD` or `WORD:VALUE`. One line for each: the argument and `ok`, or the
 * error. With `serve`, it is the other side: it listens on two ports, prints
 * them and one that is free, and waits.
 */

#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { MPTCP = 262 };

/* Each returns 0 or a number, or -1 with errno. */

static struct sockaddr_in
here(const char *port)
{
	return (struct sockaddr_in) {.sin_family = AF_INET,
	    .sin_port = htons((in_port_t)atoi(port)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int
try_connect_by(int type, int protocol, const char *port)
{
	const struct sockaddr_in to = here(port);
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC, protocol);

	if (fd == -1)
		return -1;
	return connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

static int
try_connect(const char *port)
{
	return try_connect_by(SOCK_STREAM, 0, port);
}

static int
try_mptcp(const char *port)
{
	return try_connect_by(SOCK_STREAM, MPTCP, port);
}

static int
try_udp(const char *port)
{
	return try_connect_by(SOCK_DGRAM, 0, port);
}

static int
try_fast_open(const char *port)
{
	const struct sockaddr_in to = here(port);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	return (int)sendto(fd, "x", 1, MSG_FASTOPEN,
	    (const struct sockaddr *)&to, sizeof(to));
}

static int
try_listen(const char *port)
{
	const struct sockaddr_in at = here(port);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int yes = 1;

	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == -1 ||
	    bind(fd, (const struct sockaddr *)&at, sizeof(at)) == -1)
		return -1;
	return listen(fd, 1);
}

static int
try_memory(const char *unused)
{
	(void)unused;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ?
	    -1 :
	    0;
}

/* What a just-in-time compiler does: write, then execute. */
static int
try_gain(const char *unused)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

/* MODE, of a file that this makes in its folder. */
static int
try_mode(const char *mode)
{
	const int fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1)
		return -1;
	close(fd);
	return chmod("file", (mode_t)strtoul(mode, NULL, 8));
}

static int
try_mkdir(const char *mode)
{
	rmdir("folder");
	return mkdir("folder", (mode_t)strtoul(mode, NULL, 8));
}

static int
try_inotify(const char *unused)
{
	(void)unused;
	return inotify_init1(IN_CLOEXEC);
}

static int
try_shared(const char *unused)
{
	const int id = shmget(IPC_PRIVATE, 4096, 0600);

	(void)unused;
	return id == -1 ? -1 : shmctl(id, IPC_RMID, NULL);
}

static int
try_nice(const char *pid)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity(atoi(pid), sizeof(set), &set);
}

static int
try_attribute(const char *path)
{
	char list[4096];

	return (int)listxattr(path, list, sizeof(list));
}

static int
try_stat(const char *path)
{
	struct stat st;

	return stat(path, &st);
}

/* Terminals. */

static int
try_isatty(const char *unused)
{
	(void)unused;
	return isatty(STDIN_FILENO) ? 0 : -1;
}

static int
try_size(const char *unused)
{
	struct winsize size;

	(void)unused;
	return ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
}

/* Only those who have it as their own may ask. */
static int
try_foreground(const char *unused)
{
	(void)unused;
	return tcgetpgrp(STDIN_FILENO);
}

static int
try_job(const char *unused)
{
	(void)unused;
	return tcsetpgrp(STDIN_FILENO, getpgrp());
}

static int
try_modes(const char *unused)
{
	struct termios modes;

	(void)unused;
	if (tcgetattr(STDIN_FILENO, &modes) == -1)
		return -1;
	modes.c_lflag &= ~(tcflag_t)ECHO;
	return tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

static int
try_open(const char *path)
{
	struct winsize size;
	const int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd == -1 ? -1 : ioctl(fd, TIOCGWINSZ, &size);
}

static int
try_again(const char *unused)
{
	const char *name = ttyname(STDIN_FILENO);

	(void)unused;
	return try_open(name != NULL ? name : "/dev/pts/none");
}

static int
try_type(const char *unused)
{
	(void)unused;
	return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static int
try_type_high(const char *unused)
{
	(void)unused;
	return ioctl(STDIN_FILENO, TIOCSTI | 1UL << 32, "x");
}

static int
try_take(const char *unused)
{
	(void)unused;
	return ioctl(STDIN_FILENO, TIOCSCTTY, 1);
}

static const struct attempt {
	const char *name;
	int (*try)(const char *);
} attempts[] = {
    {"connect", try_connect},
    {"mptcp", try_mptcp},
    {"udp", try_udp},
    {"fast-open", try_fast_open},
    {"listen", try_listen},
    {"memory", try_memory},
    {"gain", try_gain},
    {"mode", try_mode},
    {"mkdir", try_mkdir},
    {"inotify", try_inotify},
    {"shared", try_shared},
    {"affinity", try_nice},
    {"attribute", try_attribute},
    {"stat", try_stat},
    {"isatty", try_isatty},
    {"size", try_size},
    {"foreground", try_foreground},
    {"job", try_job},
    {"modes", try_modes},
    {"open", try_open},
    {"again", try_again},
    {"type", try_type},
    {"type-high", try_type_high},
    {"take", try_take},
};

static void
attempt(const char *argument)
{
	const size_t length = strcspn(argument, ":");
	const char *value = argument + length + (argument[length] == ':');

	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		if (strlen(attempts[i].name) != length ||
		    strncmp(attempts[i].name, argument, length) != 0)
			continue;
		errno = 0;
		printf("%s %s\n", argument,
		    attempts[i].try(value) != -1 ? "ok" :
						   strerrorname_np(errno));
		fflush(stdout);
		return;
	}
	printf("%s unknown\n", argument);
}

static int
serve(void)
{
	struct sockaddr_in at = here("0");
	socklen_t size = sizeof(at);
	int fd = -1;

	for (int i = 0; i < 3; i++) {
		at.sin_port = 0;
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd == -1 || bind(fd, (struct sockaddr *)&at, size) == -1 ||
		    listen(fd, 100) == -1 ||
		    getsockname(fd, (struct sockaddr *)&at, &size) == -1)
			return 1;
		printf("%d ", ntohs(at.sin_port));
	}
	close(fd);
	printf("serving\n");
	fflush(stdout);
	for (;;)
		pause();
}

int
main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "serve") == 0)
		return serve();
	for (int i = 1; i < argc; i++)
		attempt(argv[i]);
	printf("end\n");
	return 0;
}
