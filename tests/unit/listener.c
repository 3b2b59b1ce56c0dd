/*
 * listener.c, through the whole of run(): the first exec works and no other does,
 * whoever tries it, and however often the start is stopped on its way.
 */

#include <sys/syscall.h>

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "child.h"
#include "plan.h"
#include "process.h"
#include "run.h"
#include "sandbox/calls.h"
#include "sandbox/groups.h"
#include "sandbox/sandbox.h"
#include "start.h"
#include "why.h"

/* What the kernel of this process is made to be like. */
enum emulate { KERNEL, WATCHED, NO_NOTICE };

struct step {
	const char *script;
	bool many; /* without exec-once */
	enum emulate emulate;
	unsigned long processes; /* a hard limit */
};

static int
build(struct plan *plan, const struct step *step, struct fault *fault)
{
	static const struct list none;

	*plan = (struct plan) {.once = !step->many,
	    .limits = {.processes = step->processes},
	    .landlock_optional = true};
	if (calls_resolve(&plan->calls, calls_default, &none, false,
		NETWORK_NONE) == -1 ||
	    list_add(&plan->argv, "sh") == -1 ||
	    list_add(&plan->argv, "-c") == -1 ||
	    list_add(&plan->argv, step->script) == -1 ||
	    list_add(&plan->env, "A=b") == -1)
		return -1;
	if (start_program(plan, "/bin/sh", fault) == -1 ||
	    start_also(plan, "/bin/true", fault) == -1)
		return -1;
	return start_system(plan, fault);
}

/* A listener that is there before ours, as under a container's supervisor;
 * or a kernel that has never heard of them. */
static int
emulate(enum emulate what)
{
	scmp_filter_ctx ctx;
	int ret;

	if (what == KERNEL)
		return 0;
	ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (what == WATCHED)
		ret = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY,
		    SCMP_SYS(lookup_dcookie), 0);
	else
		ret = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EINVAL),
		    SCMP_SYS(seccomp), 1,
		    (struct scmp_arg_cmp) {0, SCMP_CMP_EQ,
			SECCOMP_GET_NOTIF_SIZES, 0});
	return ret == 0 ? seccomp_load(ctx) : -1;
}

static int
run_step(const void *data)
{
	const struct step *step = data;
	struct fault fault = {0};
	struct plan plan = {0};
	struct sandbox *sandbox = NULL;

	if (process_isolate(&fault) == 0 && emulate(step->emulate) == 0 &&
	    build(&plan, step, &fault) == 0)
		sandbox = sandbox_prepare(&plan, &fault);
	if (sandbox != NULL)
		run(&plan, sandbox, &fault);
	dprintf(STDERR_FILENO, "%s: %s", why_name(fault.why), fault.text);
	return why_exit(fault.why);
}

static void
check(const struct step *step, int status, const char *out)
{
	struct child child;

	child_run(&child, run_step, step);
	assert_string_equal(child.out, out);
	assert_int_equal(child.status, status);
}

static void
test_once(void **state)
{
	static const struct step first = {.script = "echo ran"};
	static const struct step second = {.script = "/bin/true; echo $?"};
	static const struct step exec = {.script = "exec /bin/true"};
	static const struct step child = {.script = "(/bin/true; echo $?)"};
	static const struct step grandchild = {
	    .script = "( ( /bin/true; echo $? ) ) & wait"};
	static const struct step control = {.script = "/bin/true; echo $?",
	    .many = true};

	(void)state;
	check(&first, 0, "ran\n");
	check(&second, 0, "126\n");
	check(&exec, 126, "");
	check(&child, 0, "126\n");
	check(&grandchild, 0, "126\n");
	check(&control, 0, "0\n");
}

/* The thread is there before the limit that would not let it be. */
static void
test_limited(void **state)
{
	static const struct step step = {.script = "echo ran", .processes = 1};

	(void)state;
	check(&step, 0, "ran\n");
}

/* Nothing of ours is left: one thread, and the standard descriptors. */
static void
test_nothing_stays(void **state)
{
	static const struct step step = {
	    .script = "while read -r name value; do "
		      "test \"$name\" != Threads: || echo $value; "
		      "done </proc/self/status; "
		      "for i in 0 1 2 3 4 5 6 7 8 9 10 11 12; do "
		      "test ! -e /proc/self/fd/$i || echo $i; done"};
	struct child child;

	(void)state;
	child_run(&child, run_step, &step);
	/* Without /proc, which is not granted, nothing can be told. */
	if (strstr(child.err, "/proc/self/status") == NULL)
		assert_string_equal(child.out, "1\n0\n1\n2\n");
}

static void
test_refusals(void **state)
{
	static const struct step watched = {.script = "echo ran",
	    .emulate = WATCHED};
	static const struct step old = {.script = "echo ran",
	    .emulate = NO_NOTICE};
	struct child child;

	(void)state;
	child_run(&child, run_step, &watched);
	assert_non_null(strstr(child.err, "watches the calls"));
	assert_string_equal(child.out, "");
	assert_int_equal(child.status, 70);
	child_run(&child, run_step, &old);
	assert_non_null(strstr(child.err, "5.5"));
	assert_string_equal(child.out, "");
	assert_int_equal(child.status, 70);
}

/* Whoever may send signals can stop the start at any moment, and take back
 * the very call that is being answered. */
static void
test_stopped(void **state)
{
	enum { TRIES = 100, STOPS = 60 };
	static const struct step step = {.script = "exit 7"};
	int status;
	pid_t pid;

	(void)state;
	for (int i = 0; i < TRIES; i++) {
		if ((pid = fork()) == 0)
			_exit(run_step(&step));
		for (int n = 0; n < STOPS; n++) {
			kill(pid, SIGSTOP);
			/* Waits that share no beat with the start. */
			for (volatile int z = (i * 7919 + n * 104729) % 20000;
			     z > 0; z--)
				continue;
			kill(pid, SIGCONT);
			sched_yield();
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_once),
	    cmocka_unit_test(test_limited),
	    cmocka_unit_test(test_nothing_stays),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
