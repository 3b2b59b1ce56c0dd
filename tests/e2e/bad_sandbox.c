/*
 * Starts a program on a machine that lacks something: an old kernel, by an
 * outer filter, or little room, by limits. The words before `--` say what:
 *
 *	CALL=ERRNO		the call fails, whatever it is asked
 *	CALL:ARG:VALUE=ERRNO	where that argument is VALUE
 *	landlock=ABI		Landlock says that it is that old
 *	watched=		somebody else watches the calls
 *	nofile=N, as=N		limits
 */

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ERRNO_MAX = 4096, PATIENCE = 60 };

static struct {
	scmp_filter_ctx ctx;
	bool listens;
	long abi; /* what Landlock says; 0: nobody asks */
	struct rlimit files, space;
} machine;

static void
die(const char *what)
{
	fprintf(stderr, "bad_sandbox: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int
errno_of(const char *name)
{
	for (int i = 1; i < ERRNO_MAX; i++)
		if (strerrorname_np(i) != NULL &&
		    strcmp(strerrorname_np(i), name) == 0)
			return i;
	errno = EINVAL;
	die(name);
	return -1;
}

static int
number_of(const char *call)
{
	const int nr = seccomp_syscall_resolve_name(call);

	if (nr < 0)
		die(call);
	return nr;
}

/* CALL or CALL:ARG:VALUE, cut up. */
static void
fail_call(char *call, const char *error)
{
	char *arg = strchr(call, ':'), *value;
	struct scmp_arg_cmp cmp = {.op = SCMP_CMP_EQ};
	unsigned n = 0;

	if (arg != NULL) {
		*arg++ = '\0';
		cmp.arg = (unsigned)strtoul(arg, &value, 10);
		cmp.datum_a = strtoull(value + 1, NULL, 10);
		n = 1;
	}
	if (seccomp_rule_add_array(machine.ctx,
		SCMP_ACT_ERRNO((unsigned)errno_of(error)), number_of(call), n,
		&cmp) != 0)
		die(call);
}

static void
ask_listener(const char *call, unsigned n, struct scmp_arg_cmp cmp)
{
	if (seccomp_rule_add_array(machine.ctx, SCMP_ACT_NOTIFY,
		number_of(call), n, &cmp) != 0)
		die(call);
	machine.listens = true;
}

static void
lack(char *word)
{
	char *value = strchr(word, '=');

	if (value == NULL)
		die(word);
	*value++ = '\0';
	if (strcmp(word, "nofile") == 0) {
		machine.files.rlim_cur = strtoul(value, NULL, 10);
	} else if (strcmp(word, "as") == 0) {
		machine.space.rlim_cur = strtoul(value, NULL, 10);
	} else if (strcmp(word, "landlock") == 0) {
		machine.abi = strtol(value, NULL, 10);
		ask_listener("landlock_create_ruleset", 1,
		    (struct scmp_arg_cmp) {2, SCMP_CMP_EQ, 1, 0});
	} else if (strcmp(word, "watched") == 0) {
		ask_listener("lookup_dcookie", 0, (struct scmp_arg_cmp) {0});
	} else {
		fail_call(word, value);
	}
}

/* Until the last process behind the filter has ended. */
static void
serve(int listener)
{
	struct pollfd poll_fd = {.fd = listener, .events = POLLIN};
	struct seccomp_notif *notice;
	struct seccomp_notif_resp *reply;

	if (seccomp_notify_alloc(&notice, &reply) != 0)
		_exit(1);
	alarm(PATIENCE);
	while (poll(&poll_fd, 1, -1) == 1 && (poll_fd.revents & POLLHUP) == 0) {
		/* The kernel wants it clean. */
		memset(notice, 0, sizeof(*notice));
		if (seccomp_notify_receive(listener, notice) != 0)
			continue;
		memset(reply, 0, sizeof(*reply));
		reply->id = notice->id;
		reply->val = machine.abi;
		seccomp_notify_respond(listener, reply);
	}
	_exit(0);
}

/* A process outside of the filter answers. It shares the descriptors until
 * the program is executed, and then keeps its own. */
static void
load(void)
{
	int fds[2], listener = -1;
	long pid = 0;

	if (machine.listens) {
		if (pipe(fds) == -1)
			die("pipe");
		pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
		if (pid == 0) {
			if (read(fds[0], &listener, sizeof(listener)) !=
			    sizeof(listener))
				_exit(1);
			serve(listener);
		}
	}
	if (pid == -1 || seccomp_load(machine.ctx) != 0)
		die("filter");
	if (machine.listens) {
		listener = seccomp_notify_fd(machine.ctx);
		if (write(fds[1], &listener, sizeof(listener)) !=
		    sizeof(listener))
			die("pipe");
	}
}

int
main(int argc, char *argv[])
{
	int i = 1;

	if ((machine.ctx = seccomp_init(SCMP_ACT_ALLOW)) == NULL ||
	    getrlimit(RLIMIT_NOFILE, &machine.files) == -1 ||
	    getrlimit(RLIMIT_AS, &machine.space) == -1)
		die("start");
	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		lack(argv[i]);
	if (i + 1 >= argc)
		die("no program");
	load();
	if (setrlimit(RLIMIT_NOFILE, &machine.files) == -1 ||
	    setrlimit(RLIMIT_AS, &machine.space) == -1)
		die("limits");
	execv(argv[i + 1], argv + i + 1);
	die(argv[i + 1]);
}
