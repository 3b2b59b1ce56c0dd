/* Counters across processes: none is lost, none is forgiven. */

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "state.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static char name_a[] = "rate:a", name_b[] = "rate:a:b";

static int
open_state(void)
{
	struct fault fault;
	int fd;

	scratch_make();
	fd = state_open(scratch_text("ROOT/state"), &fault);

	if (fd == -1)
		fail_msg("%s", fault.text);
	return fd;
}

static void
test_parse(void **unused)
{
	static const struct {
		const char *text;
		unsigned count;
		unsigned seconds;
	} rows[] = {{"1/second", 1, 1}, {"5/minute", 5, 60},
	    {"30/hour", 30, 3600}, {"10000/day", 10000, 86400},
	    {"0/hour", 0, 0}, {"10001/day", 0, 0}, {"/day", 0, 0}, {"5", 0, 0},
	    {"5/", 0, 0}, {"5/week", 0, 0}, {"5/hours", 0, 0},
	    {"05/hour", 0, 0}, {"-5/hour", 0, 0}, {"5 /hour", 0, 0},
	    {"5/ hour", 0, 0}, {"99999999999999999999/hour", 0, 0},
	    {"5/hour x", 0, 0}};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct rate rate = {0};
		struct fault fault;
		int ret = state_parse_rate(&rate, rows[i].text, &fault);

		if (ret != (rows[i].count != 0 ? 0 : -1) ||
		    rate.count != rows[i].count ||
		    rate.seconds != rows[i].seconds)
			fail_msg("%s: %d", rows[i].text, ret);
	}
}

static int
take(int state, unsigned count, unsigned seconds, time_t now)
{
	const struct quota quota = {name_a, {count, seconds}};
	const struct timespec when = {.tv_sec = now};
	struct fault fault;
	int ret = state_take(state, &quota, 1, &when, &fault);

	if (ret == -1)
		assert_int_equal(fault.why, WHY_RATE);
	return ret;
}

static void
test_take(void **unused)
{
	int state = open_state();

	(void)unused;
	assert_int_equal(take(state, 2, 60, 1000), 0);
	assert_int_equal(take(state, 2, 60, 1030), 0);
	assert_int_equal(take(state, 2, 60, 1031), -1);
	assert_int_equal(take(state, 2, 60, 1059), -1);
	/* The first is a minute old; the second is not. */
	assert_int_equal(take(state, 2, 60, 1060), 0);
	assert_int_equal(take(state, 2, 60, 1061), -1);
	/* A clock set back forgives nothing: all count from now on. */
	assert_int_equal(take(state, 2, 60, 10), -1);
	assert_int_equal(take(state, 2, 60, 69), -1);
	/* And no longer than that. */
	assert_int_equal(take(state, 2, 60, 70), 0);
	close(state);
}

/* What one quota lacks is not taken from the other. */
static void
test_take_both(void **unused)
{
	const struct timespec now = {.tv_sec = 1000};
	const struct quota both[] = {{name_a, {3, 60}}, {name_b, {1, 60}}};
	struct fault fault;
	int state = open_state();

	(void)unused;
	assert_int_equal(state_take(state, both, 2, &now, &fault), 0);
	assert_int_equal(state_take(state, both, 2, &now, &fault), -1);
	assert_int_equal(state_take(state, both, 2, &now, &fault), -1);
	assert_non_null(strstr(fault.text, "rate:a:b"));
	assert_int_equal(take(state, 3, 60, 1000), 0);
	assert_int_equal(take(state, 3, 60, 1000), 0);
	assert_int_equal(take(state, 3, 60, 1000), -1);
	close(state);
}

/* Of many at once, exactly as many as the rate says. */
static void
test_take_many(void **unused)
{
	enum { PROCESSES = 40, COUNT = 7 };
	int taken = 0;

	(void)unused;
	scratch_make();
	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		assert_true(pid != -1);
		if (pid == 0) {
			struct fault fault;
			const struct quota quota = {name_a, {COUNT, 60}};
			const struct timespec now = {.tv_sec = 1000};
			int fd = state_open(scratch_text("ROOT/state"), &fault);

			_exit(state_take(fd, &quota, 1, &now, &fault) == 0);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_true(wait(&status) != -1);
		assert_true(WIFEXITED(status));
		taken += WEXITSTATUS(status);
	}
	assert_int_equal(taken, COUNT);
}

/* A stopped holder of the lock hangs nobody for ever, and gives nothing. */
static void
test_locked(void **unused)
{
	const struct quota quota = {name_a, {5, 60}};
	const struct timespec now = {.tv_sec = 1000};
	struct fault fault;
	int state = open_state(), pipefd[2];
	char byte;
	pid_t pid;

	(void)unused;
	assert_int_equal(pipe(pipefd), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		int fd = openat(state, name_a, O_RDWR | O_CREAT, 0600);

		if (flock(fd, LOCK_EX) == 0 && write(pipefd[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(pipefd[0], &byte, 1), 1);
	assert_int_equal(state_take(state, &quota, 1, &now, &fault), -1);
	assert_int_equal(fault.why, WHY_STATE);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(state_take(state, &quota, 1, &now, &fault), 0);
	close(pipefd[0]);
	close(pipefd[1]);
	close(state);
}

/* The first few at once, then one after the other, never for ever. */
static void
test_refused(void **unused)
{
	static const unsigned waits[] = {0, 0, 0, 0, 0, 5, 10, 15, 20, 25, 30,
	    30, 30};
	struct timespec now = {.tv_sec = 1000};
	int state = open_state();

	(void)unused;
	for (size_t i = 0; i < NELEM(waits); i++)
		assert_int_equal(state_refused(state, "k", &now), waits[i]);
	assert_int_equal(state_refused(state, "other", &now), 0);
	now.tv_sec += 3600;
	assert_int_equal(state_refused(state, "k", &now), 0);
	assert_true(state_refused(-1, "k", &now) > 0);
	close(state);
}

/* Whoever holds a slot tells its name, and goes on holding it. */
static pid_t
hold(unsigned slots, char *answer)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		struct fault fault = {0};
		const int state =
		    state_open(scratch_text("ROOT/state"), &fault);
		const int fd = state_hold(state, "k", slots, &fault);
		const char c = fd != -1   ? 'y' :
		    fault.why == WHY_BUSY ? 'b' :
					    '?';

		if (write(fds[1], &c, 1) == 1 && fd != -1)
			pause();
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], answer, 1), 1);
	close(fds[0]);
	return pid;
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* As many as there are slots, and one more for each that is gone, however. */
static void
test_hold(void **unused)
{
	enum { SLOTS = 5 };
	pid_t holders[SLOTS], other;
	char answer;

	(void)unused;
	scratch_make();
	for (int i = 0; i < SLOTS; i++) {
		holders[i] = hold(SLOTS, &answer);
		assert_int_equal(answer, 'y');
	}
	for (int i = 0; i < SLOTS; i++) {
		end(hold(SLOTS, &answer));
		assert_int_equal(answer, 'b');
		end(holders[(i * 3) % SLOTS]);
		holders[(i * 3) % SLOTS] = hold(SLOTS, &answer);
		assert_int_equal(answer, 'y');
	}
	/* A policy that was changed meanwhile: more, and fewer. */
	other = hold(SLOTS + 1, &answer);
	assert_int_equal(answer, 'y');
	end(hold(2, &answer));
	assert_int_equal(answer, 'b');
	end(other);
	for (int i = 0; i < SLOTS; i++)
		end(holders[i]);
	end(hold(1, &answer));
	assert_int_equal(answer, 'y');
}

/* A copy holds it too, until the last is gone; close-on-exec, it never gets
 * to a program. */
static void
test_hold_copies(void **unused)
{
	struct fault fault;
	const int state = open_state();
	int fd = state_hold(state, "k", 1, &fault), copy;
	char answer;

	(void)unused;
	assert_int_not_equal(fd, -1);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	copy = dup(fd);
	close(fd);
	end(hold(1, &answer));
	assert_int_equal(answer, 'b');
	/* Another key's are others. */
	fd = state_hold(state, "l", 1, &fault);
	assert_int_not_equal(fd, -1);
	close(fd);
	close(copy);
	end(hold(1, &answer));
	assert_int_equal(answer, 'y');
	close(state);
}

/* What is no file of ours is no slot. */
static void
test_hold_refused(void **unused)
{
	struct fault fault;
	const int state = open_state();

	(void)unused;
	assert_int_equal(symlinkat("elsewhere", state, "sessions:k"), 0);
	assert_int_equal(state_hold(state, "k", 1, &fault), -1);
	assert_int_equal(fault.why, WHY_STATE);
	assert_int_equal(mkdirat(state, "sessions:l", 0700), 0);
	assert_int_equal(state_hold(state, "l", 1, &fault), -1);
	assert_int_equal(fault.why, WHY_STATE);
	close(state);
}

static void
check_open(const char *dir, const char *problem)
{
	struct fault fault = {0};
	int fd = state_open(scratch_text(dir), &fault);

	assert_int_equal(fd, -1);
	assert_int_equal(fault.why, WHY_STATE);
	if (strstr(fault.text, problem) == NULL)
		fail_msg("<%s> lacks <%s>", fault.text, problem);
}

static void
test_open(void **unused)
{
	char own[64];

	(void)unused;
	scratch_make();
	snprintf(own, sizeof(own), "ROOT/open/%lu", (unsigned long)geteuid());
	assert_int_equal(mkdir(scratch_text("ROOT/open"), 0700), 0);
	assert_int_equal(chmod(scratch_text("ROOT/open"), 0777), 0);
	check_open("ROOT/open", "others can write it");
	assert_int_equal(chmod(scratch_text("ROOT/open"), 01733), 0);
	assert_int_equal(mkdir(scratch_text(own), 0700), 0);
	assert_int_equal(chmod(scratch_text(own), 0750), 0);
	check_open("ROOT/open", "not its own");
	assert_int_equal(rmdir(scratch_text(own)), 0);
	assert_int_equal(symlink(".", scratch_text(own)), 0);
	check_open("ROOT/open", "");
	check_open("ROOT/no/such", "");
	close(open(scratch_text("ROOT/file"), O_CREAT | O_WRONLY, 0600));
	check_open("ROOT/file", "not a directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    scratch_test(test_take),
	    scratch_test(test_take_both),
	    scratch_test(test_take_many),
	    scratch_test(test_locked),
	    scratch_test(test_refused),
	    scratch_test(test_hold),
	    scratch_test(test_hold_copies),
	    scratch_test(test_hold_refused),
	    scratch_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
