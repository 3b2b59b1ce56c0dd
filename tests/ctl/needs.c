/*
 * Needs what a rule can give, all of it by other means than any program: files
 * to read and to write, a program to start, a socket, a port. `serve` is the
 * other side of the last two.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failures;

static void
need(int ok, const char *what)
{
	if (ok)
		return;
	failures++;
	perror(what);
}

static void
read_file(int folder, const char *name)
{
	char byte;
	int fd = openat(folder, name, O_RDONLY);

	need(fd != -1 && read(fd, &byte, 1) == 1, name);
	close(fd);
}

static struct sockaddr_in
loopback(const char *port)
{
	return (struct sockaddr_in) {.sin_family = AF_INET,
	    .sin_port = htons((unsigned short)atoi(port)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void
connect_port(const char *port)
{
	const struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	need(fd != -1 &&
		connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0,
	    "port");
	close(fd);
}

static struct sockaddr_un
local(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	return to;
}

static int
connect_local(const char *path)
{
	const struct sockaddr_un to = local(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int ret = connect(fd, (const struct sockaddr *)&to, sizeof(to));

	close(fd);
	return ret;
}

static void
start(const char *program)
{
	char *argv[] = {strdup(program), NULL}, *env[] = {NULL};
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execve("/nonexistent/child", argv, env);
		execve(program, argv, env);
		_exit(99);
	}
	need(waitpid(pid, &status, 0) == pid && status == 0, program);
	free(argv[0]);
}

/* In DIR: in/1 to in/3, "a name" and bin/child are there; none is not. */
static int
work(const char *dir, const char *port)
{
	int out, fd;

	need(chdir(dir) == 0, dir);
	read_file(AT_FDCWD, "in/1");
	read_file(AT_FDCWD, "link/2");
	fd = open("in", O_PATH | O_DIRECTORY);
	read_file(fd, "3");
	close(fd);
	read_file(AT_FDCWD, "a name");
	close(open("none", O_RDONLY));
	need(rename("none", "out/none") == -1, "none");
	out = open("out/new", O_WRONLY | O_CREAT | O_EXCL, 0644);
	need(out != -1 && write(out, "x", 1) == 1, "out/new");
	close(out);
	need(rename("out/new", "out/kept") == 0, "rename");
	need(unlink("out/kept") == 0, "unlink");
	start("bin/child");
	connect_port(port);
	return failures > 0;
}

static int
serve(const char *path)
{
	const struct sockaddr_un here = local(path);
	struct sockaddr_in there = loopback("0");
	socklen_t size = sizeof(there);
	int one = socket(AF_UNIX, SOCK_STREAM, 0);
	int two = socket(AF_INET, SOCK_STREAM, 0);

	need(bind(one, (const struct sockaddr *)&here, sizeof(here)) == 0 &&
		listen(one, 9) == 0 &&
		bind(two, (const struct sockaddr *)&there, size) == 0 &&
		listen(two, 9) == 0 &&
		getsockname(two, (struct sockaddr *)&there, &size) == 0,
	    "serve");
	printf("%d\n", ntohs(there.sin_port));
	fflush(stdout);
	if (failures == 0)
		pause();
	return 1;
}

int
main(int argc, char *argv[])
{
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2]);
	if (argc == 3 && strcmp(argv[1], "local") == 0) {
		need(connect_local("/nonexistent/socket") == -1, "none");
		need(connect_local(argv[2]) == 0, argv[2]);
		return failures > 0;
	}
	if (argc == 3 && strcmp(argv[1], "udp") == 0)
		return socket(AF_INET, SOCK_DGRAM, 0) == -1;
	if (argc == 4 && strcmp(argv[1], "work") == 0)
		return work(argv[2], argv[3]);
	return 64;
}
