/* Files, TCP and signals by Landlock. Trusts the plan: its descriptors are
 * what a rule names, opened and checked. */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
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
	FS_IOCTL_DEV = 1 << 15
};
enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 };
enum { SCOPE_ABSTRACT_SOCKET = 1 << 0, SCOPE_SIGNAL = 1 << 1 };
enum {
	CREATE_VERSION = 1 << 0,
	RULE_PATH_BENEATH = 1,
	RESTRICT_LOG_NEW_EXEC = 1 << 1
};
/* ABI_REFER is the oldest with which programs can rename as they expect. */
enum { ABI_REFER = 2, ABI_LOG = 7 };

struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scope;
};

struct beneath {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

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
};

enum { ABI_NEWEST = sizeof(added) / sizeof(added[0]) - 1 };

/* Rights that a rule on a file may have; the others need a directory. */
#define FS_OF_FILE \
	((uint64_t)(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | \
	    FS_IOCTL_DEV))

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
	if (plan->network != NETWORK_NONE) {
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
add_grant(int ruleset, const struct area *grant, uint64_t fs,
    struct fault *fault)
{
	struct beneath beneath = {.access = fs, .fd = grant->fd};
	struct stat st;

	if (fstat(grant->fd, &st) == -1)
		goto fail;
	if (!S_ISDIR(st.st_mode))
		beneath.access &= FS_OF_FILE;
	/* The kernel takes a rule without rights for a mistake. */
	if (beneath.access == 0)
		return 0;
	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &beneath,
		0) == 0)
		return 0;
fail:
	return fault_set(fault, WHY_NO_SANDBOX, "Landlock rule for %s: %s",
	    grant->path, strerror(errno));
}

static int
check_abi(const struct plan *plan, int abi, struct fault *fault)
{
	if (abi >= ABI_REFER || (abi > 0 && plan->landlock_optional))
		return 0;
	return fault_set(fault, WHY_NO_SANDBOX,
	    "%s: Linux 5.19 or later is "
	    "needed, with landlock in its lsm= list, or `[sandbox] landlock = "
	    "optional` in gatekeeper.ini",
	    abi > 0 ?
		"Landlock without the right to rename between directories" :
		"no Landlock");
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
	const struct area *grant;
	int fd;

	if (check_abi(plan, abi, fault) == -1)
		return -1;
	/* An older kernel takes the longer struct, its tail being zero. */
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (fd == -1)
		return fault_set(fault, WHY_NO_SANDBOX, "Landlock ruleset: %s",
		    strerror(errno));
	for (size_t i = 0; i < plan->ngrants; i++) {
		grant = &plan->grants[i];
		if (add_grant(fd, grant,
			rights(grant->access, plan->links) & all.fs,
			fault) == -1) {
			close(fd);
			return -1;
		}
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
