/* The groups of system calls: no name misspelt, nothing dangerous in one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <seccomp.h>

#include "sandbox/groups.h"

/* Ways round Landlock or to another process, and the administrator's calls;
 * calls.c has the list of what no rule can add either. */
static const char *const never[] = {"bpf", "chroot", "clone3", "execveat",
    "fchmodat2", "io_uring_enter", "io_uring_setup", "kcmp", "keyctl",
    "memfd_create", "mount", "open_by_handle_at", "openat2", "perf_event_open",
    "personality", "pidfd_getfd", "pidfd_open", "pidfd_send_signal",
    "pkey_mprotect", "process_vm_readv", "process_vm_writev", "ptrace",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "seccomp", "setns", "splice",
    "syslog", "tee", "tkill", "umount2", "unshare", "userfaultfd", "vmsplice"};

/* Of these, no list to begin with has any. */
static const char *const extra[] = {"@aio", "@inotify", "@ipc", "@landlock",
    "@memlock", "@numa", "@priority", "@setuid"};

/* What no rule without a network may hold. */
static const char *const network_only[] = {"accept", "accept4", "bind",
    "connect", "listen", "sendmmsg", "sendmsg", "setsockopt", "socket"};

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static size_t
count(const char *const *names, const char *name)
{
	size_t n = 0;

	for (; *names != NULL; names++)
		n += strcmp(*names, name) == 0;
	return n;
}

static void
test_find(void **state)
{
	(void)state;
	for (const struct group *g = groups; g->name != NULL; g++)
		assert_ptr_equal(group_find(g->name), g);
	assert_null(group_find("@"));
	assert_null(group_find("io"));
	assert_null(group_find("@io "));
	assert_null(group_find(""));
}

/* libseccomp knows a call of any architecture by its name. */
static void
test_names(void **state)
{
	(void)state;
	assert_int_equal(seccomp_syscall_resolve_name("opennat"),
	    __NR_SCMP_ERROR);
	for (const struct group *g = groups; g->name != NULL; g++)
		for (size_t i = 0; g->calls[i] != NULL; i++) {
			if (seccomp_syscall_resolve_name(g->calls[i]) ==
			    __NR_SCMP_ERROR)
				fail_msg("%s in %s", g->calls[i], g->name);
			if (count(g->calls, g->calls[i]) != 1)
				fail_msg("twice: %s in %s", g->calls[i],
				    g->name);
		}
}

static void
test_never(void **state)
{
	(void)state;
	for (const struct group *g = groups; g->name != NULL; g++)
		for (size_t i = 0; i < NELEM(never); i++)
			if (count(g->calls, never[i]) != 0)
				fail_msg("%s in %s", never[i], g->name);
	for (size_t i = 0; i < NELEM(never); i++)
		if (seccomp_syscall_resolve_name(never[i]) == __NR_SCMP_ERROR)
			fail_msg("%s", never[i]);
}

static void
test_network(void **state)
{
	(void)state;
	for (const struct group *g = groups; g->name != NULL; g++)
		for (size_t i = 0; i < NELEM(network_only); i++)
			if (count(g->calls, network_only[i]) != 0 &&
			    strncmp(g->name, "@network", 8) != 0)
				fail_msg("%s in %s", network_only[i], g->name);
}

static void
check_list(const char *const *list)
{
	for (size_t i = 0; list[i] != NULL; i++) {
		if (group_find(list[i]) == NULL)
			fail_msg("%s", list[i]);
		assert_int_equal(count(list, list[i]), 1);
	}
	assert_int_equal(count(list, "@fs-links"), 0);
	for (size_t i = 0; list[i] != NULL; i++)
		assert_int_not_equal(strncmp(list[i], "@network", 8), 0);
	for (size_t i = 0; i < NELEM(extra); i++) {
		assert_non_null(group_find(extra[i]));
		assert_int_equal(count(list, extra[i]), 0);
	}
}

static void
test_lists(void **state)
{
	static const char *const absent[] = {"@fork", "@signal", "@thread",
	    "@socket"};

	(void)state;
	check_list(calls_default);
	check_list(calls_transfer);
	check_list(calls_fetch);
	for (size_t i = 0; i < NELEM(absent); i++) {
		assert_int_equal(count(calls_transfer, absent[i]), 0);
		assert_int_equal(count(calls_default, absent[i]), 1);
	}
}

/* After it has entered the sandbox, the forced command starts the program or
 * records why it could not. */
static void
test_start(void **state)
{
	static const char *const needed[] = {"execve", "write", "clock_gettime",
	    "exit_group"};
	const struct group *start = group_find("@start");

	(void)state;
	assert_non_null(start);
	for (size_t i = 0; i < NELEM(needed); i++)
		assert_int_equal(count(start->calls, needed[i]), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_never),
	    cmocka_unit_test(test_network),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
