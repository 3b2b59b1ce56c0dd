#ifndef TEST_CHILD_H
#define TEST_CHILD_H

/* Runs a step that changes its process, or ends it, in one of its own. */

#include <sys/mman.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

struct child {
	int status; /* its exit status; -1: it ended by a signal */
	char out[4096]; /* what it wrote on standard output */
	char err[4096];
};

static inline void
child_output(int fd, char *buf, size_t size)
{
	const ssize_t n = pread(fd, buf, size - 1, 0);

	assert_true(n >= 0);
	buf[n] = '\0';
	close(fd);
}

/* body returns the exit status; cmocka's assertions do not work in it. */
static inline void
child_run(struct child *child, int (*body)(const void *), const void *data)
{
	const int out = memfd_create("out", MFD_CLOEXEC);
	const int err = memfd_create("err", MFD_CLOEXEC);
	int status;
	pid_t pid;

	assert_true(out != -1 && err != -1);
	fflush(NULL);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		_exit(body(data));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	child->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	child_output(out, child->out, sizeof(child->out));
	child_output(err, child->err, sizeof(child->err));
}

#endif
