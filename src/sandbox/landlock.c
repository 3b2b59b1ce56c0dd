/* Files, TCP and signals by Landlock. Trusts the plan: its descriptors are
 * what a rule names, opened and checked. */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "sandbox/landlock.h"
#include "why.h"

/* Debian 12's <linux/landlock.h> stops at ABI 2, so all of it is here. */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEV = 1 << 15,
	FS_RESOLVE_UNIX = 1 << 16
};
enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 };
enum { SCOPE_ABSTRACT_SOCKET = 1 << 0, SCOPE_SIGNAL = 1 << 1 };
enum {
	CREATE_VERSION = 1 << 0,
	RULE_PATH_BENEATH = 1,
	RULE_NET_PORT = 2,
	RESTRICT_LOG_NEW_EXEC = 1 << 1
};
/* ABI_REFER is the oldest with which programs can rename as they expect. */
enum { ABI_REFER = 2, ABI_PORTS = 4, ABI_LOG = 7, ABI_SOCKETS = 9 };

struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scope;
};

struct beneath {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

struct port {
	uint64_t access;
	uint64_t port;
};

/* The rights that each ABI added to those before it. */
static const struct ruleset added[] = {
    {0, 0, 0},
    {FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_READ_DIR | FS_REMOVE_DIR |
	    FS_REMOVE_FILE | FS_MAKE_CHAR | FS_MAKE_DIR | FS_MAKE_REG |
	    FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_BLOCK | FS_MAKE_SYM,
	0, 0},
    {FS_REFER, 0, 0},
    {FS_TRUNCATE, 0, 0},
    {0, NET_BIND_TCP | NET_CONNECT_TCP, 0},
    {FS_IOCTL_DEV, 0, 0},
    {0, 0, SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL},
    {0, 0, 0},
    {0, 0, 0},
    {FS_RESOLVE_UNIX, 0, 0},
};

enum { ABI_NEWEST = sizeof(added) / sizeof(added[0]) - 1 };

/* Rights that a rule on a file may have; the others need a directory. */
#define FS_OF_FILE \
	((uint64_t)(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | \
	    FS_IOCTL_DEV | FS_RESOLVE_UNIX))

/* What each word of a policy means. Nobody makes devices, and links only
 * where the plan says so. */
static const struct {
	unsigned access;
	uint64_t fs;
} granted[] = {
    {ACCESS_READ, FS_READ_FILE | FS_READ_DIR},
    {ACCESS_WRITE,
	FS_WRITE_FILE | FS_TRUNCATE | FS_REMOVE_DIR | FS_REMOVE_FILE |
	    FS_MAKE_REG | FS_MAKE_DIR | FS_MAKE_FIFO | FS_MAKE_SOCK | FS_REFER},
    {ACCESS_EXECUTE, FS_EXECUTE | FS_READ_FILE},
    {ACCESS_DEVICE, FS_READ_FILE | FS_WRITE_FILE},
    {ACCESS_CONNECT, FS_RESOLVE_UNIX},
};

static struct ruleset
handled(const struct plan *plan, int abi)
{
	struct ruleset all = {0};

	for (int i = 1; i <= abi && i <= ABI_NEWEST; i++) {
		all.fs |= added[i].fs;
		all.net |= added[i].net;
		all.scope |= added[i].scope;
	}
	if ((plan->network & NETWORK_ANY) != 0) {
		all.fs &= ~(uint64_t)FS_RESOLVE_UNIX;
		all.net = 0;
		all.scope &= ~(uint64_t)SCOPE_ABSTRACT_SOCKET;
	}
	return all;
}

static uint64_t
rights(unsigned access, bool links)
{
	uint64_t fs = 0;

	for (size_t i = 0; i < sizeof(granted) / sizeof(granted[0]); i++)
		if ((access & granted[i].access) != 0)
			fs |= granted[i].fs;
	if (links && (access & ACCESS_WRITE) != 0)
		fs |= FS_MAKE_SYM;
	return fs;
}

static int
add_path(int ruleset, int fd, uint64_t fs)
{
	struct beneath beneath = {.access = fs, .fd = fd};
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode))
		beneath.access &= FS_OF_FILE;
	/* The kernel takes a rule without rights for a mistake. */
	if (beneath.access == 0)
		return 0;
	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH,
	    &beneath, 0);
}

static int
add_grants(int ruleset, const struct plan *plan, uint64_t handled_fs,
    struct fault *fault)
{
	for (size_t i = 0; i < plan->ngrants; i++) {
		const struct area *grant = &plan->grants[i];
		const uint64_t fs = rights(grant->access, plan->links);

		if (add_path(ruleset, grant->fd, fs & handled_fs) == -1)
			return fault_set(fault, WHY_NO_SANDBOX,
			    "Landlock rule for %s: %s", grant->path,
			    strerror(errno));
	}
	return 0;
}

static int
add_ports(int ruleset, const struct ports *ports, uint64_t access,
    struct fault *fault)
{
	for (size_t i = 0; ports != NULL && i < ports->n; i++) {
		const struct port port = {access, ports->v[i]};

		if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT,
			&port, 0) == -1)
			return fault_set(fault, WHY_NO_SANDBOX,
			    "Landlock rule for port %u: %s", ports->v[i],
			    strerror(errno));
	}
	return 0;
}

/* Its own terminal by the name that stands for whichever it is; a host may
 * do without. */
static int
add_terminal(int ruleset, uint64_t handled_fs, struct fault *fault)
{
	const uint64_t fs = FS_READ_FILE | FS_WRITE_FILE | FS_IOCTL_DEV;
	const int fd = open("/dev/tty", O_PATH | O_CLOEXEC);
	int ret;

	if (fd == -1)
		return 0;
	ret = add_path(ruleset, fd, fs & handled_fs);
	if (ret == -1)
		fault_set(fault, WHY_NO_SANDBOX,
		    "Landlock rule for /dev/tty: %s", strerror(errno));
	close(fd);
	return ret;
}

static int
add_rules(int ruleset, const struct plan *plan, const struct ruleset *all,
    struct fault *fault)
{
	if (add_grants(ruleset, plan, all->fs, fault) == -1)
		return -1;
	if (plan->terminal && add_terminal(ruleset, all->fs, fault) == -1)
		return -1;
	/* Nothing to permit where ports are not handled. */
	if (all->net == 0)
		return 0;
	if (add_ports(ruleset, plan->connect, NET_CONNECT_TCP, fault) == -1)
		return -1;
	return add_ports(ruleset, plan->bind, NET_BIND_TCP, fault);
}

int
landlock_check(const struct plan *plan, int abi, struct fault *fault)
{
	const unsigned ports = NETWORK_CONNECT | NETWORK_BIND;

	/* Without it any local socket could be reached, and those of system
	 * daemons start programs: no setting makes that optional. */
	if ((plan->network & NETWORK_UNIX) != 0 && abi < ABI_SOCKETS)
		return fault_set(fault, WHY_NO_SANDBOX,
		    "network = unix: Linux 7.1 or later is needed, with "
		    "landlock in its lsm= list: older ones cannot tell local "
		    "sockets apart; write network = any, or run a program that "
		    "relays to the socket on a port of network = connect");
	if (plan->landlock_optional)
		return 0;
	if (abi < ABI_REFER)
		return fault_set(fault, WHY_NO_SANDBOX,
		    "%s: Linux 5.19 or later is "
		    "needed, with landlock in its lsm= list, or `[sandbox] "
		    "landlock = optional` in gatekeeper.ini",
		    abi > 0 ? "Landlock without the right to rename between "
			      "directories" :
			      "no Landlock");
	if ((plan->network & ports) != 0 && abi < ABI_PORTS)
		return fault_set(fault, WHY_NO_SANDBOX,
		    "network = connect or bind: Linux 6.7 or later is needed, "
		    "whose Landlock judges ports; `[sandbox] landlock = "
		    "optional` in gatekeeper.ini permits every port of TCP");
	return 0;
}

int
landlock_abi(void)
{
	long abi;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	if (abi < 0)
		return 0;
	return abi < ABI_NEWEST ? (int)abi : ABI_NEWEST;
}

int
landlock_prepare(const struct plan *plan, int abi, struct fault *fault)
{
	const struct ruleset all = handled(plan, abi);
	int fd;

	if (landlock_check(plan, abi, fault) == -1)
		return -1;
	/* An older kernel takes the longer struct, its tail being zero. */
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (fd == -1)
		return fault_set(fault, WHY_NO_SANDBOX, "Landlock ruleset: %s",
		    strerror(errno));
	if (add_rules(fd, plan, &all, fault) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
landlock_enter(int ruleset, struct fault *fault)
{
	/* What the program is denied goes to the kernel's audit log, as it
	 * does by the filter; without this only our own denials would. */
	unsigned flags = landlock_abi() < ABI_LOG ? 0 : RESTRICT_LOG_NEW_EXEC;

	if (syscall(SYS_landlock_restrict_self, ruleset, flags) == 0)
		return 0;
	return fault_set(fault, WHY_NO_SANDBOX, "Landlock: %s",
	    strerror(errno));
}
