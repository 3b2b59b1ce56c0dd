/* The administrator's editor: which it is, and running it without a shell. */

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/edit.h"
#include "list.h"
#include "why.h"
#include "words.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static const char *const variables[] = {"VISUAL", "EDITOR"};
static const char *const programs[] = {
    "/usr/bin/sensible-editor",
    "/usr/bin/editor",
    "/usr/bin/vi",
};

/* Of the terminal: they are meant for the editor. */
static const int theirs[] = {SIGINT, SIGQUIT};

static int
from_variables(struct list *words, struct fault *fault)
{
	for (size_t i = 0; i < NELEM(variables); i++) {
		const char *value = getenv(variables[i]);

		if (value == NULL || value[strspn(value, " \t")] == '\0')
			continue;
		if (words_list(words, value, fault) == 0)
			return 0;
		return fault_set(fault, WHY_USAGE,
		    "%s names no editor: write a program and its options, "
		    "quoted with '...' where there are blanks",
		    variables[i]);
	}
	return 0;
}

static int
choose(struct list *words, struct fault *fault)
{
	if (from_variables(words, fault) == -1)
		return -1;
	for (size_t i = 0; i < NELEM(programs) && words->n == 0; i++)
		if (access(programs[i], X_OK) == 0 &&
		    list_add(words, programs[i]) == -1)
			return edit_fail(fault, programs[i]);
	if (words->n == 0)
		return fault_set(fault, WHY_PROGRAM,
		    "there is no editor: set EDITOR");
	return 0;
}

/* As system(3) does: what was ignored before stays so. */
static int
start(char *const argv[], pid_t *pid, const struct sigaction *were)
{
	posix_spawnattr_t attr;
	sigset_t defaults;
	int error;

	sigemptyset(&defaults);
	for (size_t i = 0; i < NELEM(theirs); i++)
		if (were[i].sa_handler != SIG_IGN)
			sigaddset(&defaults, theirs[i]);
	if ((error = posix_spawnattr_init(&attr)) != 0)
		return error;
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	error = posix_spawnp(pid, argv[0], NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	return error;
}

/* 0 with the wait status, or an error of starting it. */
static int
run(char *const argv[], int *status)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN},
			       take = {.sa_handler = SIG_DFL};
	struct sigaction were[NELEM(theirs)], child;
	pid_t pid;
	int error;

	for (size_t i = 0; i < NELEM(theirs); i++)
		sigaction(theirs[i], &ignore, &were[i]);
	/* Ignored by whoever started us, it would lose the exit status. */
	sigaction(SIGCHLD, &take, &child);
	error = start(argv, &pid, were);
	while (error == 0 && waitpid(pid, status, 0) == -1)
		if (errno != EINTR)
			error = errno;
	sigaction(SIGCHLD, &child, NULL);
	for (size_t i = 0; i < NELEM(theirs); i++)
		sigaction(theirs[i], &were[i], NULL);
	return error;
}

static int
judge(const char *name, int error, int status, struct fault *fault)
{
	if (error != 0)
		return fault_set(fault, WHY_PROGRAM,
		    "the editor %s cannot be started: %s: set EDITOR", name,
		    strerror(error));
	if (WIFSIGNALED(status))
		return fault_set(fault, WHY_PROGRAM,
		    "the editor %s was ended by signal %d", name,
		    WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return fault_set(fault, WHY_PROGRAM,
		    "the editor %s ended with status %d", name,
		    WEXITSTATUS(status));
	return 0;
}

int
editor_run(const char *path, struct fault *fault)
{
	struct list words = {0};
	int status = 0, error, ret = -1;

	if (choose(&words, fault) == -1)
		goto out;
	if (list_add(&words, path) == -1) {
		edit_fail(fault, path);
		goto out;
	}
	error = run(words.v, &status);
	ret = judge(words.v[0], error, status, fault);
out:
	list_free(&words);
	return ret;
}
