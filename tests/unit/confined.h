#ifndef TEST_CONFINED_H
#define TEST_CONFINED_H

/*
 * Children in a sandbox: plans to confine them by, and two scratch trees
 * alike, of which they change the one from the inside of a sandbox and the
 * other from the outside.
 */

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <seccomp.h>

#include "plan.h"
#include "sandbox/calls.h"
#include "sandbox/filter.h"
#include "sandbox/groups.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* How a child ended: an errno, or this and a signal; or it never entered. */
enum { SIGNALLED = 1000, NOT_ENTERED = 250 };
/* The control run needs privileges, or a host of a certain kind. */
enum { UNSURE = -1 };

/*
 * The plans. Each grants read/, write/ and both/ of the scratch tree in
 * which the child stands, and not none/.
 */
enum set {
	BARE,
	TOOLS,
	TRANSFER,
	NETWORK,
	CONNECT,
	BIND,
	SOCKETS,
	LINKS,
	THREADS,
	MORE,
	LESS,
	GROUP_ID,
	SET_IDS,
	JIT,
	HELD,
	TERMINAL,
	OLD,
	SETS
};

static const char *const calls_thread[] = {"@io", "@fs-read", "@thread", NULL};

/* The ports of CONNECT and BIND; a test may choose others. */
static unsigned short port_list[] = {9};
static const struct ports ports = {port_list, 1};

static const struct {
	const char *name;
	const char *const *calls;
	const char *words[8]; /* of `syscalls` */
	unsigned network;
	mode_t set_id;
	bool links;
	bool tools; /* may execute them */
	bool jit;
	bool terminal;
	bool hold; /* as if the kernel did not know MDWE */
	int abi; /* of Landlock, as if it were that old; 0: the kernel's */
	bool filter; /* without Landlock, which cannot do it yet */
} sets[SETS] = {
    [BARE] = {.name = "bare", .calls = calls_default},
    [TOOLS] = {.name = "tools", .calls = calls_default, .tools = true},
    [TRANSFER] = {.name = "transfer", .calls = calls_transfer},
    [NETWORK] = {.name = "network",
	.calls = calls_default,
	.network = NETWORK_ANY,
	.tools = true},
    [CONNECT] = {.name = "connect",
	.calls = calls_default,
	.network = NETWORK_CONNECT},
    [BIND] = {.name = "bind", .calls = calls_default, .network = NETWORK_BIND},
    [SOCKETS] = {.name = "sockets",
	.calls = calls_default,
	.network = NETWORK_UNIX,
	.filter = true},
    [LINKS] = {.name = "links",
	.calls = calls_default,
	.links = true,
	.tools = true},
    [THREADS] = {.name = "threads", .calls = calls_thread},
    [MORE] = {.name = "more",
	.calls = calls_transfer,
	.words = {"+@ipc", "+@priority", "+@inotify", "+tkill",
	    "+rt_sigqueueinfo", "+clone", "+pkey_mprotect"}},
    [LESS] = {.name = "less",
	.calls = calls_default,
	.words = {"-@xattr-write", "-chmod", "-fchmodat"}},
    [GROUP_ID] = {.name = "group-id",
	.calls = calls_default,
	.set_id = S_ISGID},
    [SET_IDS] = {.name = "set-ids",
	.calls = calls_default,
	.set_id = S_ISUID | S_ISGID},
    [JIT] = {.name = "jit",
	.calls = calls_default,
	.words = {"+@ipc"},
	.jit = true},
    [HELD] = {.name = "held",
	.calls = calls_default,
	.words = {"+pkey_mprotect"},
	.tools = true,
	.hold = true},
    [TERMINAL] = {.name = "terminal", .calls = calls_default, .terminal = true},
    [OLD] = {.name = "old", .calls = calls_default, .abi = 2},
};

struct grant {
	const char *path;
	unsigned access;
};

/* Those that do not exist here are passed over. */
static const struct grant base[] = {
    {"read", ACCESS_READ},
    {"write", ACCESS_WRITE},
    {"both", ACCESS_READ | ACCESS_WRITE},
    {"one-file", ACCESS_READ | ACCESS_WRITE},
    {"/dev/null", ACCESS_DEVICE},
    {"/dev/urandom", ACCESS_READ},
    {"/etc/group", ACCESS_READ},
    {"/etc/gitconfig", ACCESS_READ},
    {"/etc/hosts", ACCESS_READ},
    {"/etc/ld.so.cache", ACCESS_READ},
    {"/etc/nsswitch.conf", ACCESS_READ},
    {"/etc/passwd", ACCESS_READ},
    {"/lib/ld-linux-aarch64.so.1", ACCESS_EXECUTE},
    {"/lib64/ld-linux-x86-64.so.2", ACCESS_EXECUTE},
    {"/usr/lib", ACCESS_READ},
    {"/usr/share/git-core", ACCESS_READ},
};

static const char *const tools[] = {"/bin/sh", "/bin/bash", "/bin/cat",
    "/bin/chmod", "/bin/cp", "/bin/date", "/bin/grep", "/bin/gzip", "/bin/ln",
    "/bin/ls", "/bin/mkdir", "/bin/mktemp", "/bin/mv", "/bin/rm", "/bin/sed",
    "/bin/sleep", "/bin/tar", "/usr/bin/env", "/usr/bin/git",
    "/usr/bin/python3", "/usr/bin/rsync", "/usr/bin/seq", "/usr/bin/sort",
    "/usr/bin/touch", "/usr/bin/xargs", "/usr/lib/git-core"};

struct built {
	struct plan plan;
	struct area grants[NELEM(base) + NELEM(tools) + 1];
};

static inline void
grant(struct built *built, const char *path, unsigned access)
{
	const int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd == -1)
		return;
	built->grants[built->plan.ngrants++] =
	    (struct area) {.path = strdup(path), .fd = fd, .access = access};
}

static inline void
resolve(struct plan *plan, const char *const *groups_of,
    const char *const *word, bool links)
{
	struct list words = {0};
	struct fault fault;

	for (; *word != NULL; word++)
		if (list_add(&words, *word) == -1)
			abort();
	if (words.n > 0 && calls_check(&words, &fault) == -1) {
		fprintf(stderr, "calls: %s\n", fault.text);
		abort();
	}
	if (calls_resolve(&plan->calls, groups_of, &words, links,
		plan->network) == -1)
		abort();
	list_free(&words);
}

/* program: what will be executed, or NULL. */
static inline void
build(struct built *built, enum set set, const char *program)
{
	struct plan *plan = &built->plan;

	*built = (struct built) {0};
	plan->grants = built->grants;
	plan->network = sets[set].network;
	plan->connect = plan->bind = &ports;
	plan->set_id = sets[set].set_id;
	plan->links = sets[set].links;
	plan->jit = sets[set].jit;
	plan->terminal = sets[set].terminal;
	resolve(plan, sets[set].calls, sets[set].words, plan->links);
	for (size_t i = 0; i < NELEM(base); i++)
		grant(built, base[i].path, base[i].access);
	for (size_t i = 0; sets[set].tools && i < NELEM(tools); i++)
		grant(built, tools[i], ACCESS_EXECUTE);
	if (program != NULL)
		grant(built, program, ACCESS_EXECUTE);
}

static inline void
built_free(struct built *built)
{
	for (size_t i = 0; i < built->plan.ngrants; i++) {
		close(built->grants[i].fd);
		free(built->grants[i].path);
	}
	list_free(&built->plan.calls);
}

/* As sandbox.c does it, on a Landlock of our choice; 0: without. */
static inline int
enter_old(const struct plan *plan, int abi, struct fault *fault)
{
	struct filter *filter;
	int ruleset = -1, ret;

	if (abi != 0 && (ruleset = landlock_prepare(plan, abi, fault)) == -1)
		return -1;
	if ((filter = filter_prepare(plan, abi, true, fault)) == NULL)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    (abi != 0 && landlock_enter(ruleset, fault) == -1))
		return -1;
	ret = filter_enter(filter, NULL, fault);
	filter_free(filter);
	return ret;
}

/* A kernel older than 6.3, by an outer filter. */
static inline void
hide_mdwe(void)
{
	enum { SET_MDWE = 65, GET_MDWE = 66 };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	const uint32_t invalid = SCMP_ACT_ERRNO(EINVAL);

	if (ctx == NULL ||
	    seccomp_rule_add(ctx, invalid, SCMP_SYS(prctl), 1,
		SCMP_A0(SCMP_CMP_EQ, SET_MDWE, 0)) != 0 ||
	    seccomp_rule_add(ctx, invalid, SCMP_SYS(prctl), 1,
		SCMP_A0(SCMP_CMP_EQ, GET_MDWE, 0)) != 0 ||
	    seccomp_load(ctx) != 0)
		_exit(NOT_ENTERED);
	seccomp_release(ctx);
}

static inline void
enter(enum set set, const char *program)
{
	struct sandbox *sandbox;
	struct built built;
	struct fault fault = {0};
	int ret = -1;

	build(&built, set, program);
	if (sets[set].hold)
		hide_mdwe();
	if (sets[set].abi != 0 || sets[set].filter)
		ret = enter_old(&built.plan, sets[set].abi, &fault);
	else if ((sandbox = sandbox_prepare(&built.plan, &fault)) != NULL)
		ret = sandbox_enter(sandbox, &fault);
	if (ret == 0)
		return;
	fprintf(stderr, "sandbox: %s\n", fault.text);
	_exit(NOT_ENTERED);
}

static char scratch[] = "/tmp/gatekeeper-sandbox-XXXXXX";
static char self[4096];

static const char *const folders[] = {"in", "out", "in/read", "out/read",
    "in/write", "out/write", "in/write/sub", "out/write/sub", "in/both",
    "out/both", "in/both/sub", "out/both/sub", "in/none", "out/none"};

#define ZONE "@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n"

static const struct {
	const char *path;
	const char *text;
} files[] = {
    {"one-file", "one\n"},
    {"read/file", "hello\n"},
    {"read/mine", "hello\n"},
    {"read/zone", ZONE},
    {"write/file", "hello\n"},
    {"write/a", "a\n"},
    {"write/b", "b\n"},
    {"write/c", "c\n"},
    {"write/d", "d\n"},
    {"write/e", "e\n"},
    {"both/file", "hello\n"},
    {"none/file", "hello\n"},
    {"none/mine", "hello\n"},
};

static inline int
make_files(const char *tree)
{
	FILE *f;

	if (chdir(scratch) == -1 || chdir(tree) == -1)
		return -1;
	for (size_t i = 0; i < NELEM(files); i++) {
		if ((f = fopen(files[i].path, "w")) == NULL)
			return -1;
		fputs(files[i].text, f);
		if (fclose(f) != 0)
			return -1;
	}
	return 0;
}

static inline int
setup(void **state)
{
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	if (n == -1 || mkdtemp(scratch) == NULL || chdir(scratch) == -1)
		return -1;
	self[n] = '\0';
	for (size_t i = 0; i < NELEM(folders); i++)
		if (mkdir(folders[i], 0755) == -1)
			return -1;
	if (make_files("in") == -1 || make_files("out") == -1)
		return -1;
	return chdir(scratch);
}

static inline int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int
teardown(void **state)
{
	(void)state;
	return nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline int
ending(pid_t pid)
{
	int status;

	assert_int_not_equal(pid, -1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static const int faults[] = {SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS};

/* A child in a tree of its own, inside a sandbox or not. */
static inline pid_t
spawn(enum set set, bool inside)
{
	const pid_t pid = fork();

	if (pid != 0)
		return pid;
	/* A fault in here is no business of cmocka's handlers. */
	for (size_t i = 0; i < NELEM(faults); i++)
		signal(faults[i], SIG_DFL);
	if (chdir(inside ? "in" : "out") == -1)
		_exit(NOT_ENTERED);
	if (inside)
		enter(set, NULL);
	return 0;
}

static inline bool
expect(const char *what, const char *where, int expected, int found)
{
	if (found == expected)
		return true;
	print_error("%s, %s: %d (%s), not %d\n", what, where, found,
	    found < SIGNALLED ? strerror(found) : strsignal(found - SIGNALLED),
	    expected);
	return false;
}

/* A kernel without Landlock has a test of its own. */
static inline void
need_landlock(int abi)
{
	if (landlock_abi() < abi) {
		print_message("skipped: Landlock ABI %d\n", abi);
		skip();
	}
}

#endif
