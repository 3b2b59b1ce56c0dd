/* System calls by seccomp: an allowlist by group, and by argument where a
 * call can do more than one thing. libseccomp makes the program. */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "sandbox/filter.h"
#include "sandbox/groups.h"
#include "why.h"

/* A row counts only where the plan has what it needs. */
enum {
	NEED_NETWORK = 1 << 0,
	NEED_FORK = 1 << 1,
	NEED_TRUNCATE = 1 << 2 /* Landlock can tell who may truncate */
};

enum { ARGS_MAX = 3, ABI_TRUNCATE = 3 };

/*
 * A permitted form of a call: all of its comparisons hold. A call with rows
 * is permitted only in one of these forms, in whatever group it stands.
 */
struct row {
	const char *call;
	unsigned need;
	struct scmp_arg_cmp cmp[ARGS_MAX]; /* ended by op 0 */
};

/* clang-format off */

/* The kernel looks at the low 32 bits of an int, and so do all masks here:
 * an ioctl compared whole would let TIOCSTI | 1 << 32 through. */
#define LOW 0xffffffffU
#define HAS(arg, mask, value) \
	{(arg), SCMP_CMP_MASKED_EQ, (mask), (value)}
#define IS(arg, value) HAS(arg, LOW, (uint32_t)(value))

/* chmod u+s: a program left behind that runs as this account. */
#define SET_ID (S_ISUID | S_ISGID)
#define CLEAN_MODE(arg) HAS(arg, SET_ID, 0)
#define NODE(arg, type) HAS(arg, S_IFMT | SET_ID, type)

/* O_TMPFILE has O_DIRECTORY's bit in it. */
#define CREATES (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))

/* Two conditions in six forms. What creates has a clean mode; other opens
 * leave rubbish in that register. And what truncates opens for writing:
 * before its ABI 3, Landlock lets O_RDONLY | O_TRUNC, and access mode 3 too,
 * empty any file. */
#define OPENS(call, flags, mode) \
	{call, 0, {HAS(flags, O_TRUNC | CREATES, 0)}}, \
	{call, 0, {HAS(flags, O_TRUNC, 0), CLEAN_MODE(mode)}}, \
	{call, 0, {HAS(flags, O_ACCMODE | CREATES, O_WRONLY)}}, \
	{call, 0, {HAS(flags, O_ACCMODE, O_WRONLY), CLEAN_MODE(mode)}}, \
	{call, 0, {HAS(flags, O_ACCMODE | CREATES, O_RDWR)}}, \
	{call, 0, {HAS(flags, O_ACCMODE, O_RDWR), CLEAN_MODE(mode)}}

#define NODES(call, mode) \
	{call, 0, {NODE(mode, 0)}}, \
	{call, 0, {NODE(mode, S_IFREG)}}, \
	{call, 0, {NODE(mode, S_IFIFO)}}, \
	{call, 0, {NODE(mode, S_IFSOCK)}}

/* A positive pid other than 1, said with masks: no sign, and one of the bits
 * above the lowest. In a container, process 1 may be the account's own. */
#define SIGN 0x80000000U
#define PID(call, bit) {call, 0, {HAS(0, SIGN | 1U << (bit), 1U << (bit))}}
#define PIDS(call) \
	PID(call, 1), PID(call, 2), PID(call, 3), PID(call, 4), \
	PID(call, 5), PID(call, 6), PID(call, 7), PID(call, 8), \
	PID(call, 9), PID(call, 10), PID(call, 11), PID(call, 12), \
	PID(call, 13), PID(call, 14), PID(call, 15), PID(call, 16), \
	PID(call, 17), PID(call, 18), PID(call, 19), PID(call, 20), \
	PID(call, 21), PID(call, 22), PID(call, 23), PID(call, 24), \
	PID(call, 25), PID(call, 26), PID(call, 27), PID(call, 28), \
	PID(call, 29), PID(call, 30)

/* Not CLONE_NEWTIME: in clone(2), its bit is part of the exit signal. */
#define CLONE_NEW (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
	CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

#define SOCK_KIND (LOW & ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC))
#define SOCKETS(domain) \
	{"socket", NEED_NETWORK, {IS(0, domain), \
	    HAS(1, SOCK_KIND, SOCK_STREAM)}}, \
	{"socket", NEED_NETWORK, {IS(0, domain), \
	    HAS(1, SOCK_KIND, SOCK_DGRAM)}}
#define NETLINKS(kind) \
	{"socket", NEED_NETWORK, {IS(0, AF_NETLINK), \
	    HAS(1, SOCK_KIND, kind), IS(2, NETLINK_ROUTE)}}

static const struct row rows[] = {
	OPENS("open", 1, 2),
	OPENS("openat", 2, 3),
	{"creat", 0, {CLEAN_MODE(1)}},
	{"truncate", NEED_TRUNCATE, {{0}}},

	{"chmod", 0, {CLEAN_MODE(1)}},
	{"fchmod", 0, {CLEAN_MODE(1)}},
	{"fchmodat", 0, {CLEAN_MODE(2)}},
	{"mkdir", 0, {CLEAN_MODE(1)}},
	{"mkdirat", 0, {CLEAN_MODE(2)}},
	NODES("mknod", 1),
	NODES("mknodat", 2),

	/* Nothing that types into a terminal, changes one, or names the
	 * process that a signal goes to. */
	{"ioctl", 0, {IS(1, TCGETS)}},
	{"ioctl", 0, {IS(1, TCGETS2)}},
	{"ioctl", 0, {IS(1, TIOCGWINSZ)}},
	{"ioctl", 0, {IS(1, TIOCGPGRP)}},
	{"ioctl", 0, {IS(1, TIOCOUTQ)}},
	{"ioctl", 0, {IS(1, FIONREAD)}},
	{"ioctl", 0, {IS(1, FIONBIO)}},
	{"ioctl", 0, {IS(1, FIOCLEX)}},
	{"ioctl", 0, {IS(1, FIONCLEX)}},
	{"ioctl", 0, {IS(1, FICLONE)}},
	{"ioctl", 0, {IS(1, FICLONERANGE)}},
	{"ioctl", 0, {IS(1, FS_IOC_GETFLAGS)}},
	{"ioctl", 0, {IS(1, FS_IOC_GETVERSION)}},
	{"ioctl", 0, {IS(1, FS_IOC_FSGETXATTR)}},
	{"ioctl", NEED_NETWORK, {IS(1, SIOCGIFCONF)}},
	{"ioctl", NEED_NETWORK, {IS(1, SIOCGIFNAME)}},
	{"ioctl", NEED_NETWORK, {IS(1, SIOCGIFINDEX)}},
	{"ioctl", NEED_NETWORK, {IS(1, SIOCGIFFLAGS)}},
	{"ioctl", NEED_NETWORK, {IS(1, SIOCGIFADDR)}},
	{"ioctl", NEED_NETWORK, {IS(1, SIOCGIFNETMASK)}},
	{"ioctl", NEED_NETWORK, {IS(1, SIOCGIFMTU)}},

	/* F_SETOWN and F_SETSIG would make a kill of any signal to any
	 * process of the account. */
	{"fcntl", 0, {IS(1, F_DUPFD)}},
	{"fcntl", 0, {IS(1, F_DUPFD_CLOEXEC)}},
	{"fcntl", 0, {IS(1, F_GETFD)}},
	{"fcntl", 0, {IS(1, F_SETFD)}},
	{"fcntl", 0, {IS(1, F_GETFL)}},
	{"fcntl", 0, {IS(1, F_SETFL)}},
	{"fcntl", 0, {IS(1, F_GETLK)}},
	{"fcntl", 0, {IS(1, F_SETLK)}},
	{"fcntl", 0, {IS(1, F_SETLKW)}},
	{"fcntl", 0, {IS(1, F_OFD_GETLK)}},
	{"fcntl", 0, {IS(1, F_OFD_SETLK)}},
	{"fcntl", 0, {IS(1, F_OFD_SETLKW)}},
	{"fcntl", 0, {IS(1, F_GETPIPE_SZ)}},
	{"fcntl", 0, {IS(1, F_SETPIPE_SZ)}},
	{"fcntl", 0, {IS(1, F_GET_SEALS)}},

	/* No PR_SET_PDEATHSIG: it undoes what ends the program with us. */
	{"prctl", 0, {IS(0, PR_SET_NAME)}},
	{"prctl", 0, {IS(0, PR_GET_NAME)}},
	{"prctl", 0, {IS(0, PR_SET_DUMPABLE)}},
	{"prctl", 0, {IS(0, PR_GET_DUMPABLE)}},
	{"prctl", 0, {IS(0, PR_CAPBSET_READ)}},
	{"prctl", 0, {IS(0, PR_SET_NO_NEW_PRIVS)}},
	{"prctl", 0, {IS(0, PR_GET_NO_NEW_PRIVS)}},
	{"prctl", 0, {IS(0, PR_SET_VMA)}},

	{"prlimit64", 0, {IS(0, 0)}},
	{"kill", 0, {IS(0, 0)}},
	PIDS("kill"),
	PIDS("tgkill"),
	{"clone", NEED_FORK, {HAS(0, CLONE_NEW, 0)}},
	{"clone", 0, {HAS(0, CLONE_NEW | CLONE_THREAD, CLONE_THREAD)}},

	/* A pair of datagram sockets can be connected to others outside. */
	{"socketpair", 0, {IS(0, AF_UNIX), HAS(1, SOCK_KIND, SOCK_STREAM)}},
	{"sendto", 0, {HAS(4, UINT64_MAX, 0)}},
	{"sendto", NEED_NETWORK, {{0}}},
	SOCKETS(AF_UNIX),
	{"socket", NEED_NETWORK, {IS(0, AF_UNIX),
	    HAS(1, SOCK_KIND, SOCK_SEQPACKET)}},
	SOCKETS(AF_INET),
	SOCKETS(AF_INET6),
	NETLINKS(SOCK_RAW),
	NETLINKS(SOCK_DGRAM),
};
/* clang-format on */

/*
 * Calls that hide their arguments in memory, where no filter sees them, and
 * that libraries do without when the kernel seems not to have them.
 */
static const char *const unheard_of[] = {"clone3", "fchmodat2",
    "io_uring_enter", "io_uring_register", "io_uring_setup", "openat2"};

/* Numbers above are newer than these tables, and answer ENOSYS, whatever the
 * libseccomp at hand knows; from x32's bit on, libseccomp kills. */
enum { NUMBER_NEWEST = 456, NUMBER_X32 = 0x40000000 };

struct filter {
	struct sock_filter *code;
	size_t n;
};

static int
failed(struct fault *fault, const char *what, int error)
{
	return fault_set(fault, error == ENOMEM ? WHY_MEMORY : WHY_NO_SANDBOX,
	    "system call filter: %s: %s", what, strerror(error));
}

static int
add(scmp_filter_ctx ctx, uint32_t action, const char *call,
    const struct scmp_arg_cmp *cmp, struct fault *fault)
{
	const int nr = seccomp_syscall_resolve_name(call);
	unsigned n = 0;
	int rc;

	/* Another architecture's, or newer than this libseccomp. */
	if (nr < 0)
		return 0;
	while (cmp != NULL && n < ARGS_MAX && cmp[n].op != 0)
		n++;
	rc = seccomp_rule_add_exact_array(ctx, action, nr, n, cmp);
	return rc == 0 ? 0 : failed(fault, call, -rc);
}

static int
add_call(scmp_filter_ctx ctx, const char *call, unsigned have,
    struct fault *fault)
{
	bool whole = true;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].call, call) != 0)
			continue;
		whole = false;
		if ((rows[i].need & ~have) != 0)
			continue;
		if (add(ctx, SCMP_ACT_ALLOW, call, rows[i].cmp, fault) == -1)
			return -1;
	}
	return whole ? add(ctx, SCMP_ACT_ALLOW, call, NULL, fault) : 0;
}

static int
add_group(scmp_filter_ctx ctx, const char *name, unsigned have,
    struct fault *fault)
{
	const struct group *group = group_find(name);

	if (group == NULL)
		return fault_set(fault, WHY_NO_SANDBOX,
		    "no group of system calls is called %s", name);
	for (size_t i = 0; group->calls[i] != NULL; i++)
		if (add_call(ctx, group->calls[i], have, fault) == -1)
			return -1;
	return 0;
}

/* Decided by a flag of the plan, not by its list. */
static bool
flagged(const char *group)
{
	return strcmp(group, "@fs-links") == 0 ||
	    strcmp(group, "@network") == 0;
}

static int
add_plan(scmp_filter_ctx ctx, const struct plan *plan, int abi,
    struct fault *fault)
{
	const bool network = plan->network == NETWORK_ANY;
	const char *const *group;
	unsigned have = 0;

	if (network)
		have |= NEED_NETWORK;
	if (abi >= ABI_TRUNCATE)
		have |= NEED_TRUNCATE;
	for (group = plan->calls; *group != NULL; group++)
		if (strcmp(*group, "@fork") == 0)
			have |= NEED_FORK;
	for (group = plan->calls; *group != NULL; group++)
		if (!flagged(*group) &&
		    add_group(ctx, *group, have, fault) == -1)
			return -1;
	if (plan->links && add_group(ctx, "@fs-links", have, fault) == -1)
		return -1;
	if (network && add_group(ctx, "@network", have, fault) == -1)
		return -1;
	return add_group(ctx, "@start", have, fault);
}

static int
add_unheard_of(scmp_filter_ctx ctx, struct fault *fault)
{
	for (size_t i = 0; i < sizeof(unheard_of) / sizeof(unheard_of[0]); i++)
		if (add(ctx, SCMP_ACT_ERRNO(ENOSYS), unheard_of[i], NULL,
			fault) == -1)
			return -1;
	return 0;
}

static int
emit(struct filter *filter, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	struct sock_filter *p;

	p = reallocarray(filter->code, filter->n + 1, sizeof(*p));
	if (p == NULL)
		return -1;
	p[filter->n++] = (struct sock_filter) {code, jt, jf, k};
	filter->code = p;
	return 0;
}

static int
emit_unknown(struct filter *filter, uint32_t from, uint32_t to)
{
	if (emit(filter, BPF_JMP | BPF_JGE | BPF_K, 0, 2, from) == -1 ||
	    emit(filter, BPF_JMP | BPF_JGT | BPF_K, 1, 0, to) == -1)
		return -1;
	return emit(filter, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
}

static bool
known(uint32_t arch, int nr)
{
	char *name;
	bool found;

	if (nr > NUMBER_NEWEST)
		return false;
	name = seccomp_syscall_resolve_num_arch(arch, nr);
	found = name != NULL;
	free(name);
	return found;
}

/*
 * libseccomp has one answer to all that no rule names, EPERM, and cannot
 * compare numbers by size. So each run of unknown numbers gets its ENOSYS
 * in front of libseccomp's program, for the native architecture alone; the
 * last jump, patched in, leads other ones to the program, which kills them.
 */
static int
emit_prologue(struct filter *filter, struct fault *fault)
{
	const uint32_t arch = seccomp_arch_native();
	int from = -1;

	if (emit(filter, BPF_LD | BPF_W | BPF_ABS, 0, 0,
		offsetof(struct seccomp_data, arch)) == -1 ||
	    emit(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, arch) == -1 ||
	    emit(filter, BPF_LD | BPF_W | BPF_ABS, 0, 0,
		offsetof(struct seccomp_data, nr)) == -1)
		goto memory;
	for (int nr = 0; nr <= NUMBER_NEWEST + 1; nr++) {
		if (!known(arch, nr)) {
			from = from == -1 ? nr : from;
			continue;
		}
		if (from != -1 && emit_unknown(filter, from, nr - 1) == -1)
			goto memory;
		from = -1;
	}
	if (emit_unknown(filter, from, NUMBER_X32 - 1) == -1)
		goto memory;
	if (filter->n - 2 > UINT8_MAX)
		return failed(fault, "prologue", E2BIG);
	filter->code[1].jf = (uint8_t)(filter->n - 2);
	return 0;
memory:
	return failed(fault, "prologue", ENOMEM);
}

/* Appends libseccomp's program, which it gives out by a descriptor only. */
static int
append(struct filter *filter, scmp_filter_ctx ctx, int fd)
{
	struct sock_filter *p;
	struct stat st;
	size_t n;
	int rc;

	if ((rc = seccomp_export_bpf(ctx, fd)) != 0) {
		errno = -rc;
		return -1;
	}
	if (fstat(fd, &st) == -1)
		return -1;
	n = (size_t)st.st_size / sizeof(*p);
	if (filter->n + n > BPF_MAXINSNS) {
		errno = E2BIG;
		return -1;
	}
	p = reallocarray(filter->code, filter->n + n, sizeof(*p));
	if (p == NULL)
		return -1;
	filter->code = p;
	if (pread(fd, p + filter->n, n * sizeof(*p), 0) != st.st_size) {
		errno = EIO;
		return -1;
	}
	filter->n += n;
	return 0;
}

static int
compile(struct filter *filter, scmp_filter_ctx ctx, struct fault *fault)
{
	int fd;
	int ret = 0;

	if (emit_prologue(filter, fault) == -1)
		return -1;
	fd = memfd_create("filter", MFD_CLOEXEC);
	if (fd == -1 || append(filter, ctx, fd) == -1)
		ret = failed(fault, "program", errno);
	if (fd != -1)
		close(fd);
	return ret;
}

static int
set_attributes(scmp_filter_ctx ctx, struct fault *fault)
{
	int rc;

	rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	/* A tree: the kernel walks it for each number when it loads. */
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return rc == 0 ? 0 : failed(fault, "attributes", -rc);
}

struct filter *
filter_prepare(const struct plan *plan, int abi, struct fault *fault)
{
	struct filter *filter = NULL;
	scmp_filter_ctx ctx;
	bool done = false;

	if ((ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM))) == NULL ||
	    (filter = calloc(1, sizeof(*filter))) == NULL) {
		failed(fault, "context", ENOMEM);
		goto out;
	}
	if (set_attributes(ctx, fault) == -1 ||
	    add_plan(ctx, plan, abi, fault) == -1 ||
	    add_unheard_of(ctx, fault) == -1 ||
	    compile(filter, ctx, fault) == -1)
		goto out;
	done = true;
out:
	if (ctx != NULL)
		seccomp_release(ctx);
	if (!done) {
		filter_free(filter);
		filter = NULL;
	}
	return filter;
}

int
filter_enter(const struct filter *filter, struct fault *fault)
{
	const struct sock_fprog program = {
	    .len = (unsigned short)filter->n,
	    .filter = filter->code,
	};

	/* Without LOG, the kernel's audit log would not see denials. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_LOG, &program) == 0)
		return 0;
	return failed(fault, "load", errno);
}

void
filter_free(struct filter *filter)
{
	if (filter == NULL)
		return;
	free(filter->code);
	free(filter);
}
