/* Programs of the host that are asked for something. */

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/output.h"
#include "ctl/show.h"

enum { OUTPUT_MAX = 16 * 1024 * 1024, TRIES = 1000, FAILED = 127 };

/* In files and not in pipes: whoever says much must not be waited for. */
static void
become(const char *const argv[], int out, int err)
{
	static char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8";
	char *const environment[] = {path, locale, NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null != -1 && dup2(null, STDIN_FILENO) != -1 &&
	    dup2(out, STDOUT_FILENO) != -1 && dup2(err, STDERR_FILENO) != -1)
		execve(argv[0], (char *const *)(const void *)argv, environment);
	_exit(FAILED);
}

static int
wait_for(pid_t child)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	int status = 0;

	for (int i = 0; i < TRIES; i++) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		nanosleep(&pause, NULL);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return -1;
}

static char *
text_of(int fd)
{
	struct stat st;
	size_t size = 0, want;
	char *text;
	ssize_t n;

	if (fstat(fd, &st) == -1 || st.st_size < 0)
		st.st_size = 0;
	want = st.st_size < OUTPUT_MAX ? (size_t)st.st_size : OUTPUT_MAX;
	text = show_need(malloc(want + 1));
	while (size < want &&
	    (n = pread(fd, text + size, want - size, (off_t)size)) > 0)
		size += (size_t)n;
	text[size] = '\0';
	return text;
}

int
output_of(struct output *output, const char *const argv[])
{
	int out = memfd_create("out", MFD_CLOEXEC);
	int err = memfd_create("err", MFD_CLOEXEC);
	int ret = -1;
	pid_t child;

	*output = (struct output) {.status = -1};
	if (out == -1 || err == -1 || access(argv[0], X_OK) == -1)
		goto close_them;
	child = fork();
	if (child == 0)
		become(argv, out, err);
	if (child == -1)
		goto close_them;
	output->status = wait_for(child);
	output->out = text_of(out);
	output->err = text_of(err);
	output->err[strcspn(output->err, "\r\n")] = '\0';
	ret = 0;
close_them:
	if (out != -1)
		close(out);
	if (err != -1)
		close(err);
	return ret;
}

void
output_free(struct output *output)
{
	free(output->out);
	free(output->err);
	*output = (struct output) {0};
}
