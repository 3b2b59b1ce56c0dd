/*
 * Kernels whose Landlock is older than the one at hand: a listener answers
 * for it which ABI there is, and all other calls are real. What is refused,
 * what the record says, and that the filter holds what Landlock does not yet.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <linux/random.h>
#include <pthread.h>

#include "confined.h"

enum { ABI_NEWEST = 7 };

static struct {
	int listener;
	int abi;
} older;

static void *
answer(void *unused)
{
	struct seccomp_notif *notice;
	struct seccomp_notif_resp *reply;

	(void)unused;
	if (seccomp_notify_alloc(&notice, &reply) != 0)
		_exit(NOT_ENTERED);
	for (;;) {
		/* The kernel wants it clean. */
		memset(notice, 0, sizeof(*notice));
		if (seccomp_notify_receive(older.listener, notice) != 0)
			continue;
		memset(reply, 0, sizeof(*reply));
		reply->id = notice->id;
		reply->val = older.abi;
		seccomp_notify_respond(older.listener, reply);
	}
	return NULL;
}

/* 0: a kernel without, or one that was told not to; by the error. */
static void
emulate(int abi, int error)
{
	enum { VERSION = 1 };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	pthread_t thread;
	int ret;

	if (ctx == NULL)
		_exit(NOT_ENTERED);
	if (abi == 0)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ERRNO((unsigned)error),
		    SCMP_SYS(landlock_create_ruleset), 0);
	else
		ret = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY,
		    SCMP_SYS(landlock_create_ruleset), 1,
		    SCMP_A2(SCMP_CMP_EQ, VERSION, 0));
	if (ret != 0 || seccomp_load(ctx) != 0)
		_exit(NOT_ENTERED);
	if (abi != 0) {
		older.abi = abi;
		older.listener = seccomp_notify_fd(ctx);
		if (pthread_create(&thread, NULL, answer, NULL) != 0)
			_exit(NOT_ENTERED);
	}
	seccomp_release(ctx);
}

/* What each ABI is enough for; NULL: nothing is refused. */
static const struct {
	enum set set;
	int abi;
	int error; /* of ABI 0 */
	bool optional;
	const char *refused;
} answers[] = {
    {BARE, 0, ENOSYS, false, "no Landlock: Linux 5.19"},
    {BARE, 0, EOPNOTSUPP, false, "no Landlock: Linux 5.19"},
    {BARE, 0, ENOSYS, true, NULL},
    {BARE, 0, EOPNOTSUPP, true, NULL},
    {BARE, 1, 0, false, "without the right to rename"},
    {BARE, 1, 0, true, NULL},
    {BARE, 2, 0, false, NULL},
    {BARE, 3, 0, false, NULL},
    {BARE, 4, 0, false, NULL},
    {BARE, 5, 0, false, NULL},
    {BARE, 6, 0, false, NULL},
    {BARE, 7, 0, false, NULL},
    {TRANSFER, 2, 0, false, NULL},
    {NETWORK, 2, 0, false, NULL},
    {CONNECT, 0, ENOSYS, false, "no Landlock"},
    {CONNECT, 2, 0, false, "Linux 6.7"},
    {CONNECT, 3, 0, false, "Linux 6.7"},
    {CONNECT, 3, 0, true, NULL},
    {CONNECT, 4, 0, false, NULL},
    {BIND, 2, 0, false, "Linux 6.7"},
    {BIND, 3, 0, false, "Linux 6.7"},
    {BIND, 4, 0, false, NULL},
    {SOCKETS, 0, ENOSYS, true, "Linux 7.1"},
    {SOCKETS, 2, 0, false, "Linux 7.1"},
    {SOCKETS, 7, 0, false, "Linux 7.1"},
    {SOCKETS, 7, 0, true, "Linux 7.1"},
};

/* The rest of the description is not about Landlock. */
static bool
is_described(const struct sandbox *sandbox, int abi)
{
	char text[32] = "seccomp";

	if (abi > 0)
		snprintf(text, sizeof(text), "landlock%d,seccomp", abi);
	return strncmp(sandbox_describe(sandbox), text, strlen(text)) == 0;
}

static int
prepare(size_t i)
{
	struct sandbox *sandbox;
	struct built built;
	struct fault fault = {0};

	build(&built, answers[i].set, NULL);
	built.plan.landlock_optional = answers[i].optional;
	sandbox = sandbox_prepare(&built.plan, &fault);
	if (sandbox != NULL) {
		if (answers[i].refused == NULL &&
		    is_described(sandbox, answers[i].abi))
			return 0;
		dprintf(2, "made: %s\n", sandbox_describe(sandbox));
		return 1;
	}
	if (answers[i].refused != NULL && fault.why == WHY_NO_SANDBOX &&
	    strstr(fault.text, answers[i].refused) != NULL)
		return 0;
	dprintf(2, "refused: %s\n", fault.text);
	return 1;
}

static void
test_answers(void **state)
{
	unsigned wrong = 0;
	char what[64];
	pid_t pid;

	(void)state;
	need_landlock(2);
	for (size_t i = 0; i < NELEM(answers); i++) {
		if (answers[i].abi > landlock_abi())
			continue;
		if ((pid = fork()) == 0) {
			emulate(answers[i].abi, answers[i].error);
			_exit(prepare(i));
		}
		snprintf(what, sizeof(what), "Landlock %d", answers[i].abi);
		wrong +=
		    !expect(what, sets[answers[i].set].name, 0, ending(pid));
	}
	assert_int_equal(wrong, 0);
}

/* Attempts; each sets errno. */

static int
truncate_outside(void)
{
	return truncate("none/file", 0);
}

static int
truncate_inside(void)
{
	return truncate("both/file", 0);
}

static int
empty_outside(void)
{
	return open("none/file", O_WRONLY | O_TRUNC | O_CLOEXEC);
}

static int
empty_by_reading(void)
{
	return open("none/file", O_RDONLY | O_TRUNC | O_CLOEXEC);
}

/* Access mode 3, which asks for neither. */
static int
empty_by_neither(void)
{
	return open("none/file", O_ACCMODE | O_TRUNC | O_CLOEXEC);
}

static int
empty_inside(void)
{
	return open("both/file", O_WRONLY | O_TRUNC | O_CLOEXEC);
}

static int
cut_inside(void)
{
	const int fd = open("both/file", O_WRONLY | O_CLOEXEC);

	return fd == -1 ? -1 : ftruncate(fd, 0);
}

static int
rename_across(void)
{
	return rename("both/file", "both/sub/file");
}

static int
ask_device(unsigned long request, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	char room[256] = {0};

	return fd == -1 ? -1 : ioctl(fd, request, room);
}

static int
device_type(void)
{
	return ask_device(TIOCSTI, "/dev/null");
}

static int
device_entropy(void)
{
	return ask_device(RNDADDTOENTCNT, "/dev/urandom");
}

static int
device_modes(void)
{
	return ask_device(TCGETS, "/dev/null");
}

static int
signal_other(void)
{
	return kill(getppid(), 0);
}

/* A name that nobody listens on. */
static int
reach_abstract(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(to.sun_path + 1, "gatekeeper-none", 15);
	return fd == -1 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof(to));
}

/* Which could be connected to others, by names of any kind. */
static int
make_datagrams(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds);
}

static int
reach_port(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* What it answers on Landlocks before that ABI, and from then on. What needs
 * no Landlock at all is 0 there. */
static const struct {
	const char *what;
	enum set set;
	int (*try)(void);
	int since;
	int before;
	int from;
	int outside; /* of any sandbox; UNSURE: as it comes */
} attempts[] = {
    {"truncate outside", BARE, truncate_outside, 3, EPERM, EACCES, 0},
    {"truncate inside", BARE, truncate_inside, 3, EPERM, 0, 0},
    {"truncate, transfer", TRANSFER, truncate_outside, 3, EPERM, EACCES, 0},
    {"O_TRUNC outside", BARE, empty_outside, 0, 0, EACCES, 0},
    {"O_RDONLY | O_TRUNC", BARE, empty_by_reading, 0, 0, EPERM, 0},
    {"access mode 3, O_TRUNC", BARE, empty_by_neither, 0, 0, EPERM, 0},
    {"O_TRUNC inside", TRANSFER, empty_inside, 0, 0, 0, 0},
    {"ftruncate inside", TRANSFER, cut_inside, 0, 0, 0, 0},
    {"rename across", TRANSFER, rename_across, 0, 0, 0, 0},
    {"TIOCSTI", BARE, device_type, 0, 0, EPERM, ENOTTY},
    {"RNDADDTOENTCNT", BARE, device_entropy, 0, 0, EPERM, UNSURE},
    {"TCGETS of a device", BARE, device_modes, 5, ENOTTY, EACCES, ENOTTY},
    {"signal, transfer", TRANSFER, signal_other, 0, 0, EPERM, 0},
    {"signal, command", BARE, signal_other, 6, 0, EPERM, 0},
    {"abstract socket", BARE, reach_abstract, 0, 0, EPERM, ECONNREFUSED},
    {"abstract, transfer", TRANSFER, reach_abstract, 0, 0, EPERM, ECONNREFUSED},
    {"abstract, network", NETWORK, reach_abstract, 0, 0, ECONNREFUSED,
	ECONNREFUSED},
    {"datagrams", BARE, make_datagrams, 0, 0, EPERM, 0},
    {"TCP", BARE, reach_port, 0, 0, EPERM, 0},
};

/* Leaves the tree as it was, whatever the attempt did. */
static int
attempt(size_t i, int abi)
{
	const char *tree = abi > 0 ? "in" : "out";
	pid_t pid;
	int ret;

	assert_int_equal(make_files(tree), 0);
	assert_int_equal(chdir(scratch), 0);
	if ((pid = fork()) == 0) {
		if (abi > 0)
			emulate(abi, 0);
		if (chdir(tree) == -1)
			_exit(NOT_ENTERED);
		if (abi > 0)
			enter(attempts[i].set, NULL);
		errno = 0;
		_exit(attempts[i].try() == -1 ? errno : 0);
	}
	ret = ending(pid);
	unlink("in/both/sub/file");
	unlink("out/both/sub/file");
	return ret;
}

/* What was denied has changed nothing. */
static bool
is_whole(int abi)
{
	struct stat st;

	return abi == 0 || (stat("in/none/file", &st) == 0 && st.st_size > 0);
}

static unsigned
check_attempt(size_t i, int abi)
{
	const int expected = abi == 0 ? attempts[i].outside :
	    abi < attempts[i].since   ? attempts[i].before :
					attempts[i].from;
	const int found = attempt(i, abi);
	char where[32] = "outside";

	if (abi > 0)
		snprintf(where, sizeof(where), "Landlock %d", abi);
	if (expected != UNSURE &&
	    !expect(attempts[i].what, where, expected, found))
		return 1;
	return is_whole(abi) ? 0 : 1;
}

static void
test_attempts(void **state)
{
	const int newest = landlock_abi();
	unsigned wrong = 0;

	(void)state;
	need_landlock(2);
	for (size_t i = 0; i < NELEM(attempts); i++) {
		wrong += check_attempt(i, 0);
		for (int abi = 2; abi <= ABI_NEWEST && abi <= newest; abi++)
			wrong += check_attempt(i, abi);
	}
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_attempts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
