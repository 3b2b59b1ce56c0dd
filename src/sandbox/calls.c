/* `syscalls` and the groups of a protocol to one list of names. */

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "list.h"
#include "nearest.h"
#include "sandbox/calls.h"
#include "sandbox/groups.h"
#include "why.h"

#define NAMES(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}

/* Permitted to no program, whatever a rule says. clone3, fchmodat2, openat2
 * and io_uring answer ENOSYS, the others EPERM. */
static const struct {
	const char *reason;
	const char *const *calls;
} forbidden[] = {
    {"it could answer its own notifications, and so let itself do anything",
	NAMES("seccomp")},
    {"it starts programs that no path names", NAMES("execveat")},
    {"its arguments lie in memory, where no filter sees them",
	NAMES("clone3", "fchmodat2", "io_uring_enter", "io_uring_register",
	    "io_uring_setup", "ipc", "openat2", "socketcall")},
    {"it reads or changes other processes",
	NAMES("kcmp", "migrate_pages", "move_pages", "pidfd_getfd",
	    "pidfd_send_signal", "process_madvise", "process_mrelease",
	    "process_vm_readv", "process_vm_writev", "ptrace")},
    {"it makes a file that Landlock does not see, to be executed",
	NAMES("memfd_create", "memfd_secret")},
    {"it makes or enters namespaces, where the account is root",
	NAMES("setns", "unshare")},
    {"it changes what paths mean",
	NAMES("chroot", "fsconfig", "fsmount", "fsopen", "fspick", "mount",
	    "mount_setattr", "move_mount", "open_tree", "pivot_root", "umount",
	    "umount2")},
    {"it opens files without their paths",
	NAMES("fanotify_init", "fanotify_mark", "name_to_handle_at",
	    "open_by_handle_at")},
    {"keys belong to the account, not to the session",
	NAMES("add_key", "keyctl", "request_key")},
    {"it has been the way to attack many kernels, and programs do without",
	NAMES("bpf", "modify_ldt", "perf_event_open", "userfaultfd", "vm86",
	    "vm86old", "vmsplice")},
    {"it changes how the kernel treats this program's memory",
	NAMES("personality", "uselib")},
    {"it is for the administrator of the host",
	NAMES("_sysctl", "acct", "adjtimex", "clock_adjtime", "clock_adjtime64",
	    "clock_settime", "clock_settime64", "create_module",
	    "delete_module", "finit_module", "get_kernel_syms", "init_module",
	    "ioperm", "iopl", "kexec_file_load", "kexec_load", "lookup_dcookie",
	    "nfsservctl", "pciconfig_iobase", "pciconfig_read",
	    "pciconfig_write", "query_module", "quotactl", "quotactl_fd",
	    "reboot", "setdomainname", "sethostname", "settimeofday", "stime",
	    "swapoff", "swapon", "syslog", "vhangup")},
};

/* Another key of the rule gives these groups, or does not. */
static const struct {
	const char *group;
	const char *answer;
} decided[] = {
    {"@network", "write network = any, connect, bind or unix"},
    {"@network-connect", "write network = any, connect or unix"},
    {"@network-bind", "write network = any or bind"},
    {"@fs-links", "rules with command have it, protocols by links = yes"},
};

static const char *
bare(const char *word)
{
	return word + (*word == '+' || *word == '-');
}

static bool
contains(const char *const *names, const char *name)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

static int
unknown(const char *what, const char *name, const char *best,
    struct fault *fault)
{
	if (best != NULL)
		return fault_set(fault, WHY_POLICY,
		    "there is no %s %s: did you mean %s?", what, name, best);
	return fault_set(fault, WHY_POLICY, "there is no %s %s", what, name);
}

static int
check_group(const char *name, struct fault *fault)
{
	struct nearest nearest = {.word = name};

	if (group_find(name) != NULL)
		return 0;
	for (const struct group *g = groups; g->name != NULL; g++)
		nearest_offer(&nearest, g->name);
	return unknown("group of system calls", name, nearest.best, fault);
}

static int
unknown_name(const char *name, struct fault *fault)
{
	const uint32_t arch = seccomp_arch_native();
	struct nearest nearest = {.word = name};
	char *best = NULL, *known;
	int ret;

	for (int nr = 0; nr <= CALL_NEWEST; nr++) {
		const char *before = nearest.best;

		known = seccomp_syscall_resolve_num_arch(arch, nr);
		if (known != NULL)
			nearest_offer(&nearest, known);
		if (nearest.best != before) {
			free(best);
			best = known;
		} else {
			free(known);
		}
	}
	ret = unknown("system call", name, best, fault);
	free(best);
	return ret;
}

/* A name that is known for another architecture alone is accepted: one
 * policy serves many hosts, and here it does nothing. */
static int
check_name(const char *name, struct fault *fault)
{
	const int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR)
		return unknown_name(name, fault);
	if (nr > CALL_NEWEST)
		return fault_set(fault, WHY_POLICY,
		    "%s: newer than gatekeeper, which cannot judge it", name);
	return 0;
}

/* By name, too: but for what an ordinary group has. */
static bool
is_decided(const char *name, const char *group)
{
	if (*name == '@')
		return strcmp(name, group) == 0;
	if (!contains(group_find(group)->calls, name))
		return false;
	for (const struct group *g = groups; g->name != NULL; g++)
		if (strncmp(g->name, group, strlen(group)) != 0 &&
		    contains(g->calls, name))
			return false;
	return true;
}

static int
check_add(const char *name, struct fault *fault)
{
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		if (contains(forbidden[i].calls, name))
			return fault_set(fault, WHY_POLICY,
			    "%s: no program may call it: %s", name,
			    forbidden[i].reason);
	for (size_t i = 0; i < sizeof(decided) / sizeof(decided[0]); i++)
		if (is_decided(name, decided[i].group))
			return fault_set(fault, WHY_POLICY,
			    "%s: syscalls cannot add it: %s", name,
			    decided[i].answer);
	return 0;
}

static int
check_take(const char *name, struct fault *fault)
{
	if (strcmp(name, "@start") == 0 ||
	    contains(group_find("@start")->calls, name))
		return fault_set(fault, WHY_POLICY,
		    "%s: no program starts without it: remove -%s", name, name);
	if (strncmp(name, "@network", strlen("@network")) == 0)
		return fault_set(fault, WHY_POLICY,
		    "%s: network gives it: write less there", name);
	return 0;
}

static int
check_word(const char *word, struct fault *fault)
{
	const char *name = bare(word);
	int ret;

	ret = *name == '@' ? check_group(name, fault) : check_name(name, fault);
	if (ret == -1)
		return -1;
	return *word == '-' ? check_take(name, fault) : check_add(name, fault);
}

/* Taking away what the base has not is no slip: it says what a program must
 * not have, whatever a later base may be. */
int
calls_check(const struct list *words, struct fault *fault)
{
	if (words->n == 0)
		return fault_set(fault, WHY_POLICY,
		    "write @groups and names of system calls, + or - before "
		    "those to add or take away");
	for (size_t i = 0; i < words->n; i++) {
		if (check_word(words->v[i], fault) == -1)
			return -1;
		for (size_t j = 0; j < i; j++)
			if (strcmp(bare(words->v[i]), bare(words->v[j])) == 0)
				return fault_set(fault, WHY_POLICY,
				    "%s stands here twice", bare(words->v[i]));
	}
	return 0;
}

static size_t
position(const struct list *list, const char *name)
{
	size_t i = 0;

	while (i < list->n && strcmp(list->v[i], name) != 0)
		i++;
	return i;
}

static int
add(struct list *list, const char *name)
{
	return position(list, name) < list->n ? 0 : list_add(list, name);
}

static void
take(struct list *list, const char *name)
{
	size_t i = position(list, name);

	if (i == list->n)
		return;
	free(list->v[i]);
	list->v[i] = list->v[--list->n];
	list->v[list->n] = NULL;
}

static int
add_group(struct list *list, const char *name)
{
	const char *const *call = group_find(name)->calls;

	for (; *call != NULL; call++)
		if (add(list, *call) == -1)
			return -1;
	return 0;
}

static int
apply(struct list *list, const char *word)
{
	const char *name = bare(word);
	const char *const *call;

	if (*word != '-')
		return *name == '@' ? add_group(list, name) : add(list, name);
	if (*name != '@') {
		take(list, name);
		return 0;
	}
	for (call = group_find(name)->calls; *call != NULL; call++)
		take(list, *call);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
replaces(const struct list *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (bare(words->v[i]) == words->v[i])
			return true;
	return false;
}

/* The groups that `network` gives, by its bits. */
static const struct {
	const char *group;
	unsigned bits;
} reaches[] = {
    {"@network", NETWORK_UNIX | NETWORK_CONNECT | NETWORK_BIND | NETWORK_ANY},
    {"@network-connect", NETWORK_UNIX | NETWORK_CONNECT | NETWORK_ANY},
    {"@network-bind", NETWORK_BIND | NETWORK_ANY},
};

static int
fill(struct list *list, const char *const *base, const struct list *words,
    bool links, unsigned network)
{
	for (; !replaces(words) && *base != NULL; base++)
		if (add_group(list, *base) == -1)
			return -1;
	if (links && add_group(list, "@fs-links") == -1)
		return -1;
	for (size_t i = 0; i < sizeof(reaches) / sizeof(reaches[0]); i++)
		if ((network & reaches[i].bits) != 0 &&
		    add_group(list, reaches[i].group) == -1)
			return -1;
	for (size_t i = 0; i < words->n; i++)
		if (apply(list, words->v[i]) == -1)
			return -1;
	return add_group(list, "@start");
}

int
calls_resolve(struct list *list, const char *const *base,
    const struct list *words, bool links, unsigned network)
{
	if (fill(list, base, words, links, network) == -1) {
		list_free(list);
		return -1;
	}
	qsort(list->v, list->n, sizeof(*list->v), by_name);
	return 0;
}
