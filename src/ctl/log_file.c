/* Files of records, plain or compressed, into the reader. zlib is linked;
 * what else a host compresses with, its own program takes apart. */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zlib.h>

#include "ctl/log.h"
#include "ctl/log_file.h"
#include "ctl/show.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define BLOCK ((size_t)256 * 1024)
#define MAGIC_MAX 6
#define DAMAGED "it is damaged, and what comes before counts"

static const struct packer {
	const char *magic;
	const char *program;
	const char *missing;
} packers[] = {
    {"\xfd"
     "7zXZ",
	"/usr/bin/xz", "apt install xz-utils"},
    {"\x28\xb5\x2f\xfd", "/usr/bin/zstd", "apt install zstd"},
    {"BZh", "/usr/bin/bzip2", "apt install bzip2"},
};

struct input {
	struct log *log;
	const char *path;
	int fd; /* of the file, whose offset is the progress */
	off_t total;
	const struct log_progress *progress;
};

/* What is wrong, and what to do about it or NULL. */
static int
fail(const struct input *in, const char *what, const char *more)
{
	if (in->progress != NULL)
		in->progress->clear(in->progress->arg);
	show(stderr, "%s: %s%s%s\n", in->path, what, more != NULL ? "; " : "",
	    more != NULL ? more : "");
	return -1;
}

static void
take(const struct input *in, const char *s, size_t size)
{
	log_bytes(in->log, s, size);
	if (in->progress != NULL)
		in->progress->tell(in->progress->arg,
		    lseek(in->fd, 0, SEEK_CUR), in->total);
}

/* Plain, or of gzip: zlib looks for itself. */
static int
read_zlib(const struct input *in)
{
	int fd = fcntl(in->fd, F_DUPFD_CLOEXEC, 3), n, error = Z_OK;
	gzFile gz = fd != -1 ? gzdopen(fd, "rb") : NULL;
	static char block[BLOCK];
	const char *text;

	if (gz == NULL) {
		if (fd != -1)
			close(fd);
		show_need(NULL);
	}
	gzbuffer(gz, BLOCK);
	while ((n = gzread(gz, block, BLOCK)) > 0)
		take(in, block, (size_t)n);
	text = gzerror(gz, &error);
	if (error == Z_ERRNO)
		fail(in, strerror(errno), NULL);
	else if (error != Z_OK)
		fail(in, text, DAMAGED);
	gzclose_r(gz);
	return error == Z_OK ? 0 : -1;
}

static const struct packer *
find_packer(int fd)
{
	char magic[MAGIC_MAX];
	ssize_t n = pread(fd, magic, sizeof(magic), 0);

	for (size_t i = 0; i < NELEM(packers); i++) {
		size_t size = strlen(packers[i].magic);

		if (n >= (ssize_t)size &&
		    memcmp(magic, packers[i].magic, size) == 0)
			return &packers[i];
	}
	return NULL;
}

static int
start(const struct packer *packer, int in, int out, pid_t *pid)
{
	char program[32], option[] = "-dcqq";
	char *argv[] = {program, option, NULL};
	posix_spawn_file_actions_t actions;
	int error;

	snprintf(program, sizeof(program), "%s", packer->program);
	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, in, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, out, 1) != 0)
		show_need(NULL);
	error = posix_spawn(pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static void
read_pipe(const struct input *in, int fd)
{
	static char block[BLOCK];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n > 0)
			take(in, block, (size_t)n);
		else if (errno != EINTR)
			break;
	}
}

static int
read_packed(const struct input *in, const struct packer *packer)
{
	int fds[2], status = -1, error;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return fail(in, strerror(errno), NULL);
	error = start(packer, in->fd, fds[1], &pid);
	close(fds[1]);
	if (error != 0) {
		close(fds[0]);
		return fail(in, packer->missing, strerror(error));
	}
	read_pipe(in, fds[0]);
	close(fds[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return status == 0 ? 0 : fail(in, packer->program, DAMAGED);
}

static int
read_fd(struct input *in)
{
	const struct packer *packer = find_packer(in->fd);
	struct stat st;
	int ret;

	if (fstat(in->fd, &st) == 0 && S_ISREG(st.st_mode))
		in->total = st.st_size;
	ret = packer != NULL ? read_packed(in, packer) : read_zlib(in);
	log_end(in->log);
	return ret;
}

/* NULL: nothing is. */
static const char *
find_problem(int fd, bool found)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return strerror(EISDIR);
	/* A pipe in the place of a file would hold us for ever. */
	return found && !S_ISREG(st.st_mode) ? "not a regular file" : NULL;
}

static int
read_path(struct log *log, const char *path, bool found,
    const struct log_progress *progress)
{
	struct input in = {log, path, -1, 0, progress};
	const char *problem;
	int ret;

	in.fd = open(path,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY |
		(found ? O_NOFOLLOW | O_NONBLOCK : 0));
	if (in.fd == -1)
		return fail(&in,
		    errno == ELOOP ? "a symbolic link" : strerror(errno), NULL);
	if ((problem = find_problem(in.fd, found)) != NULL)
		ret = fail(&in, problem, NULL);
	else
		ret = read_fd(&in);
	close(in.fd);
	return ret;
}

int
log_file_found(struct log *log, const char *path,
    const struct log_progress *progress)
{
	return read_path(log, path, true, progress);
}

int
log_file(struct log *log, const char *path, const struct log_progress *progress)
{
	struct input in = {log, "standard input", STDIN_FILENO, 0, progress};

	if (strcmp(path, "-") == 0)
		return read_fd(&in);
	return read_path(log, path, false, progress);
}
