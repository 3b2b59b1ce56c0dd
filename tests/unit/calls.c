/* calls.c: the words of `syscalls`, and what comes of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <seccomp.h>

#include "access.h"
#include "list.h"
#include "sandbox/calls.h"
#include "sandbox/groups.h"
#include "why.h"
#include "words.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* A NULL text: the words are accepted. */
static const struct {
	const char *words;
	const char *text;
} checks[] = {
    {"@io", NULL},
    {"+@ipc +@priority +@inotify +@memlock +@aio +@numa +@landlock", NULL},
    {"+@setuid", NULL},
    {"read write openat", NULL},
    {"-chmod -@xattr-write -@fs-links -connect", NULL},
    {"+splice +tee +pidfd_open +io_setup", NULL},
    {"+@start +read", NULL},
    {"-ptrace", NULL}, /* it never had it */
    {"+sendto +socketpair +getsockname", NULL}, /* @socket has them */
    {"+_llseek +chown32", NULL}, /* other architectures' */

    {"", "write @groups"},
    {"@ioo", "there is no group of system calls @ioo: did you mean @io?"},
    {"+@", "there is no group of system calls @"},
    {"+@ipcs", "did you mean @ipc?"},
    {"opennat", "there is no system call opennat: did you mean openat?"},
    {"+Chmod", "did you mean chmod?"},
    {"-chmud", "did you mean chmod?"},
    {"+frobnicate", "there is no system call frobnicate"},
    {"+", "there is no system call "},
    {"-", "there is no system call "},
    {"++read", "there is no system call +read"},
    {"read read", "read stands here twice"},
    {"+chmod -chmod", "chmod stands here twice"},
    {"@io -@io", "@io stands here twice"},

    {"-@start", "no program starts without it"},
    {"-execve", "no program starts without it"},
    {"-read", "no program starts without it"},

    {"+@network", "write network = any"},
    {"@network-bind", "write network = any or bind"},
    {"+socket", "write network ="},
    {"+connect", "write network = any, connect or unix"},
    {"+bind", "write network = any or bind"},
    {"accept4", "write network = any or bind"},
    {"+setsockopt", "write network ="},
    {"+sendmsg", "write network ="},
    {"-@network", "network gives it"},
    {"-@network-connect", "network gives it"},
    {"+@fs-links", "links = yes"},
    {"+symlinkat", "links = yes"},

    {"+seccomp", "its own notifications"},
    {"execveat", "no program may call it"},
    {"+@io +memfd_create", "memfd_create: no program may call it"},
};

static void
test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(checks); i++) {
		struct list words = {0};
		struct fault fault = {0};
		int ret;

		assert_int_equal(words_list(&words, checks[i].words, &fault),
		    0);
		ret = calls_check(&words, &fault);
		list_free(&words);
		if ((ret == 0) != (checks[i].text == NULL))
			fail_msg("%s: %d, %s", checks[i].words, ret,
			    fault.text);
		if (ret == 0)
			continue;
		assert_int_equal(fault.why, WHY_POLICY);
		if (strstr(fault.text, checks[i].text) == NULL)
			fail_msg("%s: %s", checks[i].words, fault.text);
	}
}

/* What is permitted to no program, in whatever rule. */
static const char *const never[] = {"_sysctl", "acct", "add_key", "adjtimex",
    "bpf", "chroot", "clock_adjtime", "clock_settime", "clone3",
    "create_module", "delete_module", "execveat", "fanotify_init",
    "fanotify_mark", "fchmodat2", "finit_module", "fsconfig", "fsmount",
    "fsopen", "fspick", "get_kernel_syms", "init_module", "io_uring_enter",
    "io_uring_register", "io_uring_setup", "ioperm", "iopl", "ipc", "kcmp",
    "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "memfd_create",
    "memfd_secret", "migrate_pages", "modify_ldt", "mount", "mount_setattr",
    "move_mount", "move_pages", "name_to_handle_at", "nfsservctl",
    "open_by_handle_at", "open_tree", "openat2", "perf_event_open",
    "personality", "pidfd_getfd", "pidfd_send_signal", "pivot_root",
    "process_madvise", "process_mrelease", "process_vm_readv",
    "process_vm_writev", "ptrace", "query_module", "quotactl", "quotactl_fd",
    "reboot", "request_key", "seccomp", "setdomainname", "sethostname", "setns",
    "settimeofday", "socketcall", "stime", "swapoff", "swapon", "syslog",
    "umount", "umount2", "unshare", "uselib", "userfaultfd", "vhangup",
    "vmsplice"};

static void
test_never(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(never); i++) {
		struct list words = {0};
		struct fault fault = {0};

		if (seccomp_syscall_resolve_name(never[i]) == __NR_SCMP_ERROR)
			fail_msg("%s", never[i]);
		assert_int_equal(list_addf(&words, "+%s", never[i]), 0);
		if (calls_check(&words, &fault) != -1 ||
		    strstr(fault.text, "no program may call it") == NULL)
			fail_msg("+%s: %s", never[i], fault.text);
		list_free(&words);
	}
}

/* Every call there is, of this architecture: either some rule can have it,
 * or it is in the list above. */
static void
test_every_call(void **state)
{
	const uint32_t arch = seccomp_arch_native();
	unsigned forbidden = 0;

	(void)state;
	for (int nr = 0; nr <= CALL_NEWEST; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(arch, nr);
		struct list words = {0};
		struct fault fault = {0};
		bool listed = false;

		if (name == NULL)
			continue;
		for (size_t i = 0; i < NELEM(never); i++)
			listed = listed || strcmp(never[i], name) == 0;
		assert_int_equal(list_add(&words, name), 0);
		if (calls_check(&words, &fault) == -1 &&
		    strstr(fault.text, "no program may") != NULL)
			forbidden++;
		else
			assert_false(listed);
		list_free(&words);
		free(name);
	}
	assert_in_range(forbidden, 50, NELEM(never));
}

static const char *const base[] = {"@io", "@fs-meta", NULL};

/* has and lacks: names, separated by blanks. */
static const struct {
	const char *words;
	bool links;
	unsigned network;
	const char *has;
	const char *lacks;
} resolved[] = {
    {"", false, NETWORK_NONE, "execve read ioctl chmod",
	"getdents64 socket connect bind symlink kill"},
    {"", true, NETWORK_NONE, "symlink linkat", "socket"},
    {"", false, NETWORK_ANY, "socket connect bind accept4 setsockopt", "kill"},
    {"", false, NETWORK_CONNECT, "socket connect setsockopt",
	"bind listen accept accept4"},
    {"", false, NETWORK_BIND, "socket bind listen accept accept4", "connect"},
    {"", false, NETWORK_UNIX, "socket connect", "bind listen accept"},
    {"", false, NETWORK_CONNECT | NETWORK_BIND, "connect bind", "kill"},
    {"+@signal +shmget", false, NETWORK_NONE, "kill shmget chmod", "shmat"},
    {"-chmod -@io", false, NETWORK_NONE, "read fchmod", "chmod ioctl fcntl"},
    {"@signal", false, NETWORK_NONE, "kill execve", "chmod ioctl"},
    {"@signal -kill", false, NETWORK_NONE, "tgkill execve", "kill chmod"},
    {"@io -ioctl +@signal", false, NETWORK_NONE, "kill fcntl", "ioctl chmod"},
    {"-@fs-links", true, NETWORK_NONE, "chmod", "symlink link"},
    {"-listen -ptrace", false, NETWORK_BIND, "bind", "listen ptrace"},
};

static bool
lists(const struct list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], name) == 0)
			return true;
	return false;
}

static void
check_names(const struct list *calls, const char *names, bool expected,
    const char *what)
{
	struct list words = {0};
	struct fault fault;

	assert_int_equal(words_list(&words, names, &fault), 0);
	for (size_t i = 0; i < words.n; i++)
		if (lists(calls, words.v[i]) != expected)
			fail_msg("'%s': %s", what, words.v[i]);
	list_free(&words);
}

static void
test_resolve(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(resolved); i++) {
		struct list words = {0}, calls = {0};
		struct fault fault = {0};

		assert_int_equal(words_list(&words, resolved[i].words, &fault),
		    0);
		if (words.n > 0)
			assert_int_equal(calls_check(&words, &fault), 0);
		assert_int_equal(calls_resolve(&calls, base, &words,
				     resolved[i].links, resolved[i].network),
		    0);
		check_names(&calls, resolved[i].has, true, resolved[i].words);
		check_names(&calls, resolved[i].lacks, false,
		    resolved[i].words);
		for (size_t j = 1; j < calls.n; j++)
			assert_true(strcmp(calls.v[j - 1], calls.v[j]) < 0);
		list_free(&words);
		list_free(&calls);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_never),
	    cmocka_unit_test(test_every_call),
	    cmocka_unit_test(test_resolve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
