/*
 * run.c: the last steps, each in a process of its own: what the program
 * finds, and why it was not run. The exit status of a failure is that of its
 * reason, the text stands on standard error.
 */

#include "run.h"
#include "child.h"
#include "plan.h"
#include "process.h"
#include "sandbox/calls.h"
#include "sandbox/groups.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"
#include "scratch.h"
#include "start.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

struct step {
	const char *program; /* granted, and set as the plan's */
	const char *instead; /* if not NULL, the plan's without a grant */
	const char *args[5];
	const char *env[3];
	const char *chdir;
	int umask; /* -1: none */
	bool terminal;
	bool unconfined;
};

static int
build(struct plan *plan, const struct step *step, struct fault *fault)
{
	static const struct list none;

	*plan = (struct plan) {.has_umask = step->umask != -1,
	    .umask = step->umask != -1 ? (mode_t)step->umask : 0,
	    .terminal = step->terminal,
	    .unconfined = step->unconfined,
	    .landlock_optional = true};
	plan->chdir = strdup(step->chdir);
	if (calls_resolve(&plan->calls, calls_default, &none, false,
		NETWORK_NONE) == -1)
		return -1;
	if (start_program(plan, step->program, fault) == -1 ||
	    start_system(plan, fault) == -1)
		return -1;
	if (step->instead != NULL) {
		free(plan->program);
		plan->program = strdup(step->instead);
	}
	for (size_t i = 0; step->args[i] != NULL; i++)
		if (list_add(&plan->argv, step->args[i]) == -1)
			return -1;
	for (size_t i = 0; step->env[i] != NULL; i++)
		if (list_add(&plan->env, step->env[i]) == -1)
			return -1;
	return 0;
}

static int
run_step(const void *data)
{
	struct fault fault = {0};
	struct plan plan = {0};
	struct sandbox *sandbox = NULL;

	umask(022);
	if (process_isolate(&fault) == 0 && build(&plan, data, &fault) == 0)
		sandbox = sandbox_prepare(&plan, &fault);
	if (sandbox != NULL)
		run(&plan, sandbox, &fault);
	dprintf(STDERR_FILENO, "%s: %s", why_name(fault.why), fault.text);
	return why_exit(fault.why);
}

static void
check(const struct step *step, int status, const char *out, const char *err)
{
	struct child child;

	child_run(&child, run_step, step);
	assert_string_equal(child.err, err);
	assert_string_equal(child.out, out);
	assert_int_equal(child.status, status);
}

#define SHELL(script) \
	.program = "/bin/sh", .args = {"sh", "-c", script}, \
	.env = {"A=b", "C=d e"}

static void
test_ran(void **state)
{
	static const struct step env = {.program = "/usr/bin/env",
	    .args = {"env"},
	    .env = {"A=b", "C=d e"},
	    .chdir = "/",
	    .umask = -1};
	static const struct step args = {SHELL("printf '<%s>' \"$0\" \"$@\""),
	    .chdir = "/", .umask = -1};
	static const struct step folder = {SHELL("pwd"), .chdir = "/usr/bin",
	    .umask = -1};
	static const struct step mask = {SHELL("umask"), .chdir = "/",
	    .umask = 027};
	static const struct step no_mask = {SHELL("umask"), .chdir = "/",
	    .umask = -1};
	static const struct step status = {SHELL("exit 7"), .chdir = "/",
	    .umask = -1};
	struct step more = args;

	(void)state;
	check(&env, 0, "A=b\nC=d e\n", "");
	more.args[3] = "a b";
	check(&more, 0, "<a b>", "");
	check(&folder, 0, "/usr/bin\n", "");
	check(&mask, 0, "0027\n", "");
	check(&no_mask, 0, "0022\n", "");
	check(&status, 7, "", "");
}

/* Nothing of this process but the standard descriptors: not the granted
 * ones, nor an ignored signal, which a pipeline needs. */
static void
test_inherited(void **state)
{
	static const struct step fds =
	    {SHELL(
		 "for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do "
		 "test ! -e /proc/self/fd/$i || echo $i; done"),
		.chdir = "/", .umask = -1};
	static const struct step pipe = {SHELL("kill -PIPE $$; echo ignored"),
	    .chdir = "/", .umask = -1};

	(void)state;
	check(&fds, 0, "0\n1\n2\n", "");
	check(&pipe, -1, "", "");
}

static void
test_failed(void **state)
{
	static const struct step no_folder = {SHELL("echo ran"),
	    .chdir = "/nonexistent", .umask = -1};
	static const struct step no_program = {SHELL("echo ran"),
	    .instead = "/nonexistent/sh", .chdir = "/", .umask = -1};
	static const struct step no_grant = {SHELL("echo ran"),
	    .instead = "/usr/bin/env", .chdir = "/", .umask = -1};
	static const struct step no_file = {SHELL("echo ran"),
	    .instead = "/usr", .chdir = "/", .umask = -1};

	(void)state;
	check(&no_folder, 70, "",
	    "system: chdir /nonexistent: No such file or directory");
	check(&no_program, 127, "",
	    "program-missing: /nonexistent/sh: No such file or directory");
	if (landlock_abi() > 0)
		check(&no_grant, 70, "",
		    "exec: /usr/bin/env: Permission denied");
	check(&no_file, 70, "", "exec: /usr: Permission denied");
}

/* A script whose interpreter has gone since the plan was made. */
static int
run_script(const void *data)
{
	const struct step *step = data;
	struct fault fault = {0};
	struct plan plan;
	struct sandbox *sandbox;

	if (build(&plan, step, &fault) == -1)
		return 1;
	sandbox = sandbox_prepare(&plan, &fault);
	if (sandbox == NULL || unlink(step->args[1]) == -1)
		return 2;
	run(&plan, sandbox, &fault);
	return why_exit(fault.why);
}

static void
test_interpreter_gone(void **state)
{
	struct step step = {.chdir = "/", .umask = -1};
	struct child child;

	(void)state;
	scratch_make();
	scratch_file("ROOT/sh", 0755, "#!/bin/sh\n");
	scratch_file("ROOT/script", 0755, "#!ROOT/sh\n");
	step.program = step.args[0] = scratch_text("ROOT/script");
	step.args[1] = scratch_text("ROOT/sh");
	child_run(&child, run_script, &step);
	assert_int_equal(child.status, 127);
}

/* As the leader of a session with a terminal on 0, whose other side must
 * stay open in a process that stays. */
static int
run_on_terminal(const void *data)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY);
	int fd, status;
	pid_t pid;

	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
		return 1;
	if ((pid = fork()) == 0) {
		if (setsid() == -1)
			_exit(2);
		fd = open(ptsname(master), O_RDWR);
		if (fd == -1 || dup2(fd, STDIN_FILENO) == -1)
			_exit(3);
		_exit(run_step(data));
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return 4;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 5;
}

/* Unless the rule says so, or lets the program run as sshd would run it. By
 * what only the terminal's own session is told: /dev/tty is denied anyway. */
static void
test_terminal(void **state)
{
	struct step step = {.program = "/usr/bin/perl",
	    .args = {"perl", "-MPOSIX", "-e",
		"print -t STDIN ? 'is ' : 'no ', POSIX::tcgetpgrp(0)"},
	    .chdir = "/",
	    .umask = -1};
	struct child child;

	(void)state;
	if (access(step.program, X_OK) == -1) {
		print_message("skipped: no perl\n");
		skip();
	}
	child_run(&child, run_on_terminal, &step);
	assert_string_equal(child.err, "");
	assert_string_equal(child.out, "is -1");
	step.terminal = true;
	child_run(&child, run_on_terminal, &step);
	assert_true(strtol(child.out + strlen("is "), NULL, 10) > 1);
	step.terminal = false;
	step.unconfined = true;
	child_run(&child, run_on_terminal, &step);
	assert_true(strtol(child.out + strlen("is "), NULL, 10) > 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ran),
	    cmocka_unit_test(test_inherited),
	    cmocka_unit_test(test_failed),
	    scratch_test(test_interpreter_gone),
	    cmocka_unit_test(test_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
