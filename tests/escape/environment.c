/*
 * What a program inherits. The warden starts the forced command with hostile
 * variables, open descriptors, ignored signals and its own working folder;
 * the control is this program without any gatekeeper.
 */

#include <sys/resource.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

enum { DESCRIPTORS = 1024 };

/* The warden gives each of them this value. */
static enum outcome
has(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && strstr(value, "hostile") != NULL ? SUCCEEDED :
								   HELD;
}

/* preload.c has this name in it. */
static enum outcome
preloaded(void)
{
	return dlsym(RTLD_DEFAULT, "gk_preloaded") != NULL ? SUCCEEDED : HELD;
}

static enum outcome
original_command(void)
{
	return getenv("SSH_ORIGINAL_COMMAND") != NULL ? SUCCEEDED : HELD;
}

#define VARIABLE(function, name) \
	static enum outcome function(void) \
	{ \
		return has(name); \
	}

VARIABLE(audit, "LD_AUDIT")
VARIABLE(library_path, "LD_LIBRARY_PATH")
VARIABLE(tunables, "GLIBC_TUNABLES")
VARIABLE(conversions, "GCONV_PATH")
VARIABLE(shell_file, "BASH_ENV")
VARIABLE(shell_function, "BASH_FUNC_x%%")
VARIABLE(shell_path, "PATH")
VARIABLE(separators, "IFS")
VARIABLE(home, "HOME")
VARIABLE(agent, "SSH_AUTH_SOCK")
VARIABLE(python_path, "PYTHONPATH")
VARIABLE(perl_options, "PERL5OPT")
VARIABLE(remote_shell, "RSYNC_RSH")
VARIABLE(git_shell, "GIT_SSH_COMMAND")
VARIABLE(zone, "TZ")

/* Above 2, wherever. */
static enum outcome
descriptor(void)
{
	enum outcome outcome = HELD;
	char c;

	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
		if (pread(fd, &c, 1, 0) == 1)
			outcome = leak_fd(fd);
	return outcome;
}

/* Of any kind: a listener, a rule set, a file of records. */
static enum outcome
open_descriptor(void)
{
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			return SUCCEEDED;
	return HELD;
}

/* The folder that it was started in, by no name at all. */
static enum outcome
working_folder(void)
{
	return leak_path("secret");
}

static enum outcome
ignored_signal(void)
{
	struct sigaction action;

	return sigaction(SIGUSR2, NULL, &action) == 0 &&
		action.sa_handler == SIG_IGN ?
	    SUCCEEDED :
	    HELD;
}

static enum outcome
blocked_signal(void)
{
	sigset_t blocked;

	return sigprocmask(SIG_BLOCK, NULL, &blocked) == 0 &&
		sigismember(&blocked, SIGUSR2) == 1 ?
	    SUCCEEDED :
	    HELD;
}

/* A core file has the contents of memory in it. */
static enum outcome
core_file(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max != 0 ?
	    SUCCEEDED :
	    HELD;
}

const struct attack environment_attacks[] = {
    {"environment-preload", preloaded, false},
    {"environment-original-command", original_command, false},
    {"environment-audit", audit, false},
    {"environment-library-path", library_path, false},
    {"environment-tunables", tunables, false},
    {"environment-conversions", conversions, false},
    {"environment-shell-file", shell_file, false},
    {"environment-shell-function", shell_function, false},
    {"environment-path", shell_path, false},
    {"environment-separators", separators, false},
    {"environment-home", home, false},
    {"environment-agent", agent, false},
    {"environment-python", python_path, false},
    {"environment-perl", perl_options, false},
    {"environment-rsync", remote_shell, false},
    {"environment-git", git_shell, false},
    {"environment-zone", zone, false},
    {"environment-descriptor", descriptor, false},
    {"environment-open-descriptor", open_descriptor, false},
    {"environment-working-folder", working_folder, false},
    {"environment-ignored-signal", ignored_signal, false},
    {"environment-blocked-signal", blocked_signal, false},
    {"environment-core-file", core_file, false},
    {NULL, NULL, false},
};
