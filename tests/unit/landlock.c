/*
 * What is asked of Landlock, by ABI, also of those that are newer than the
 * kernel at hand: its calls are answered here, and written down.
 */

#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "plan.h"
#include "sandbox/landlock.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

enum { RULES_MAX = 16, RULE_PATH = 1, RULE_PORT = 2 };

/* From the kernel's documentation, not from the code. */
enum {
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_DIR = 1 << 3,
	IOCTL_DEV = 1 << 15,
	RESOLVE_UNIX = 1 << 16,
	BIND_TCP = 1 << 0,
	CONNECT_TCP = 1 << 1,
	ABSTRACT = 1 << 0,
	SIGNALS = 1 << 1
};

struct attributes {
	uint64_t fs;
	uint64_t net;
	uint64_t scope;
};

struct rule {
	int type;
	uint64_t access;
	uint64_t port; /* or the descriptor */
};

/* The kernel that answers: its ABI, what was asked, and when it fails. */
static struct {
	int abi;
	struct attributes handled;
	struct rule rules[RULES_MAX];
	size_t nrules;
	size_t fail_at; /* the rule that fails, from 1 */
} kernel;

static long
create(const struct attributes *attributes)
{
	if (attributes == NULL)
		return kernel.abi;
	kernel.handled = *attributes;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static long
add(int type, const void *data)
{
	struct rule *rule = &kernel.rules[kernel.nrules++];
	struct {
		uint64_t access;
		int32_t fd;
	} __attribute__((packed)) beneath;
	uint64_t port[2];

	if (kernel.nrules == RULES_MAX || kernel.nrules == kernel.fail_at) {
		errno = ENOMEM;
		return -1;
	}
	if (type == RULE_PORT) {
		memcpy(port, data, sizeof(port));
		*rule = (struct rule) {type, port[0], port[1]};
	} else {
		memcpy(&beneath, data, sizeof(beneath));
		*rule =
		    (struct rule) {type, beneath.access, (uint64_t)beneath.fd};
	}
	return 0;
}

/* In place of libc's, which nothing else in here needs. */
long
syscall(long nr, ...)
{
	va_list ap;
	long ret = -1;

	va_start(ap, nr);
	if (nr == SYS_landlock_create_ruleset) {
		ret = create(va_arg(ap, const struct attributes *));
	} else if (nr == SYS_landlock_add_rule) {
		int fd = va_arg(ap, int), type = va_arg(ap, int);

		(void)fd;
		ret = add(type, va_arg(ap, const void *));
	} else {
		errno = ENOSYS;
	}
	va_end(ap);
	return ret;
}

static unsigned short numbers[] = {443, 8443};
static const struct ports ports = {numbers, NELEM(numbers)};

/* What a plan has handled on each kernel, and how many rules it makes. */
static const struct {
	const char *what;
	unsigned network;
	int abi;
	bool optional;
	const char *refused; /* part of the sentence; NULL: it is not */
	uint64_t unix_paths;
	uint64_t net;
	uint64_t scope;
	size_t port_rules;
} rows[] = {
    {"none", NETWORK_NONE, 1, false, "5.19", 0, 0, 0, 0},
    {"none", NETWORK_NONE, 1, true, NULL, 0, 0, 0, 0},
    {"none", NETWORK_NONE, 2, false, NULL, 0, 0, 0, 0},
    {"none", NETWORK_NONE, 4, false, NULL, 0, BIND_TCP | CONNECT_TCP, 0, 0},
    {"none", NETWORK_NONE, 7, false, NULL, 0, BIND_TCP | CONNECT_TCP,
	ABSTRACT | SIGNALS, 0},
    {"none", NETWORK_NONE, 9, false, NULL, RESOLVE_UNIX, BIND_TCP | CONNECT_TCP,
	ABSTRACT | SIGNALS, 0},
    {"any", NETWORK_ANY, 7, false, NULL, 0, 0, SIGNALS, 0},
    {"any", NETWORK_ANY, 9, false, NULL, 0, 0, SIGNALS, 0},
    {"connect", NETWORK_CONNECT, 3, false, "6.7", 0, 0, 0, 0},
    {"connect", NETWORK_CONNECT, 3, true, NULL, 0, 0, 0, 0},
    {"connect", NETWORK_CONNECT, 4, false, NULL, 0, BIND_TCP | CONNECT_TCP, 0,
	2},
    {"bind", NETWORK_BIND, 2, false, "6.7", 0, 0, 0, 0},
    {"bind", NETWORK_BIND, 7, false, NULL, 0, BIND_TCP | CONNECT_TCP,
	ABSTRACT | SIGNALS, 2},
    {"connect and bind", NETWORK_CONNECT | NETWORK_BIND, 9, false, NULL,
	RESOLVE_UNIX, BIND_TCP | CONNECT_TCP, ABSTRACT | SIGNALS, 4},
    {"unix", NETWORK_UNIX, 7, false, "network = any", 0, 0, 0, 0},
    {"unix", NETWORK_UNIX, 8, false, "7.1", 0, 0, 0, 0},
    {"unix", NETWORK_UNIX, 8, true, "7.1", 0, 0, 0, 0},
    {"unix", NETWORK_UNIX, 9, false, NULL, RESOLVE_UNIX, BIND_TCP | CONNECT_TCP,
	ABSTRACT | SIGNALS, 0},
    {"unix and connect", NETWORK_UNIX | NETWORK_CONNECT, 9, false, NULL,
	RESOLVE_UNIX, BIND_TCP | CONNECT_TCP, ABSTRACT | SIGNALS, 2},
};

static size_t
count(int type)
{
	size_t n = 0;

	for (size_t i = 0; i < kernel.nrules; i++)
		n += kernel.rules[i].type == type;
	return n;
}

/* A plan with one socket, which is a file, and one folder. */
static int
prepare(unsigned network, int abi, bool optional, struct fault *fault)
{
	char socket_path[] = "/run/socket", folder[] = "/srv";
	struct area grants[] = {
	    {.path = socket_path, .access = ACCESS_CONNECT},
	    {.path = folder, .access = ACCESS_READ},
	};
	const struct plan plan = {.network = network,
	    .landlock_optional = optional,
	    .connect = network & NETWORK_CONNECT ? &ports : NULL,
	    .bind = network & NETWORK_BIND ? &ports : NULL,
	    .grants = grants,
	    .ngrants = NELEM(grants)};
	int fd;

	grants[0].fd = open("/dev/null", O_PATH | O_CLOEXEC);
	grants[1].fd = open("/", O_PATH | O_CLOEXEC);
	memset(&kernel.handled, 0, sizeof(kernel.handled));
	kernel.nrules = 0;
	kernel.abi = abi;
	fd = landlock_prepare(&plan, landlock_abi(), fault);
	close(grants[0].fd);
	close(grants[1].fd);
	return fd;
}

static void
check_handled(size_t i)
{
	const struct attributes *have = &kernel.handled;

	if ((have->fs & RESOLVE_UNIX) != rows[i].unix_paths ||
	    have->net != rows[i].net || have->scope != rows[i].scope)
		fail_msg("%s, ABI %d: handled %#llx %#llx %#llx", rows[i].what,
		    rows[i].abi, (unsigned long long)have->fs,
		    (unsigned long long)have->net,
		    (unsigned long long)have->scope);
	if (count(RULE_PORT) != rows[i].port_rules)
		fail_msg("%s, ABI %d: %zu ports", rows[i].what, rows[i].abi,
		    count(RULE_PORT));
}

static void
test_handled(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct fault fault = {0};
		const int fd = prepare(rows[i].network, rows[i].abi,
		    rows[i].optional, &fault);

		if ((fd == -1) != (rows[i].refused != NULL))
			fail_msg("%s, ABI %d: %d, %s", rows[i].what,
			    rows[i].abi, fd, fault.text);
		if (fd != -1) {
			check_handled(i);
			close(fd);
			continue;
		}
		assert_int_equal(fault.why, WHY_NO_SANDBOX);
		if (strstr(fault.text, rows[i].refused) == NULL)
			fail_msg("%s: %s", rows[i].what, fault.text);
	}
}

/* One right for each: the port that may be connected to is not bound. */
static void
test_port_rules(void **state)
{
	struct fault fault = {0};
	const int fd =
	    prepare(NETWORK_CONNECT | NETWORK_BIND, 7, false, &fault);
	size_t n = 0;

	(void)state;
	assert_int_not_equal(fd, -1);
	close(fd);
	for (size_t i = 0; i < kernel.nrules; i++) {
		if (kernel.rules[i].type != RULE_PORT)
			continue;
		assert_int_equal(kernel.rules[i].port, numbers[n % 2]);
		assert_int_equal(kernel.rules[i].access,
		    n / 2 == 0 ? CONNECT_TCP : BIND_TCP);
		n++;
	}
	assert_int_equal(n, 4);
}

/* The socket gets its right, and the folder does not. */
static void
test_socket_rule(void **state)
{
	struct fault fault = {0};
	const int fd = prepare(NETWORK_UNIX, 9, false, &fault);

	(void)state;
	assert_int_not_equal(fd, -1);
	close(fd);
	assert_int_equal(kernel.nrules, 2);
	assert_int_equal(kernel.rules[0].access, RESOLVE_UNIX);
	assert_int_equal(kernel.rules[1].access, READ_FILE | READ_DIR);
}

static void
test_terminal_rule(void **state)
{
	const struct plan with = {.terminal = true}, without = {0};
	struct fault fault = {0};
	int fd;

	(void)state;
	kernel.abi = 7;
	kernel.nrules = 0;
	fd = landlock_prepare(&without, 7, &fault);
	assert_int_not_equal(fd, -1);
	close(fd);
	assert_int_equal(kernel.nrules, 0);
	fd = landlock_prepare(&with, 7, &fault);
	assert_int_not_equal(fd, -1);
	close(fd);
	if (access("/dev/tty", F_OK) == -1)
		return;
	assert_int_equal(kernel.nrules, 1);
	assert_int_equal(kernel.rules[0].access,
	    READ_FILE | WRITE_FILE | IOCTL_DEV);
}

/* A rule that cannot be made is no sandbox. */
static void
test_rule_fails(void **state)
{
	(void)state;
	for (size_t at = 1; at <= 6; at++) {
		struct fault fault = {0};

		kernel.fail_at = at;
		assert_int_equal(prepare(NETWORK_UNIX | NETWORK_CONNECT |
					 NETWORK_BIND,
				     9, false, &fault),
		    -1);
		assert_int_equal(fault.why, WHY_NO_SANDBOX);
		assert_int_equal(kernel.nrules, at);
	}
	kernel.fail_at = 0;
}

/* Without Landlock at all: what may be optional, and what may not. */
static void
test_check_without(void **state)
{
	static const struct {
		unsigned network;
		bool optional;
		const char *refused;
	} checks[] = {
	    {NETWORK_NONE, false, "5.19"},
	    {NETWORK_CONNECT, false, "5.19"},
	    {NETWORK_UNIX, false, "7.1"},
	    {NETWORK_NONE, true, NULL},
	    {NETWORK_CONNECT | NETWORK_BIND, true, NULL},
	    {NETWORK_ANY, true, NULL},
	    {NETWORK_UNIX, true, "7.1"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(checks); i++) {
		const struct plan plan = {.network = checks[i].network,
		    .landlock_optional = checks[i].optional};
		struct fault fault = {0};
		const int ret = landlock_check(&plan, 0, &fault);

		if ((ret == -1) != (checks[i].refused != NULL) ||
		    (ret == -1 &&
			strstr(fault.text, checks[i].refused) == NULL))
			fail_msg("%zu: %d, %s", i, ret, fault.text);
	}
}

/* A kernel newer than the tables is used as far as they go. */
static void
test_newest(void **state)
{
	(void)state;
	kernel.abi = 9;
	assert_int_equal(landlock_abi(), 9);
	kernel.abi = 99;
	assert_int_equal(landlock_abi(), 9);
	kernel.abi = -1;
	assert_int_equal(landlock_abi(), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_handled),
	    cmocka_unit_test(test_port_rules),
	    cmocka_unit_test(test_socket_rule),
	    cmocka_unit_test(test_terminal_rule),
	    cmocka_unit_test(test_rule_fails),
	    cmocka_unit_test(test_check_without),
	    cmocka_unit_test(test_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
