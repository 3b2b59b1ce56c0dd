/* denials.c: the first few are told, and of the rest none is lost. */

#include <sys/mman.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "audit.h"
#include "denials.h"
#include "event.h"
#include "why.h"

/* As denials.c has them. */
enum { TOLD = 10, STRETCH = 10 };
enum { MANY = 1000000, TEXT_BYTES = 65536 };

static struct audit audit = {.syslog_fd = -1};
static const struct event event = {.record = {.session = "s", .key = "k"}};

static int
begin(void **state)
{
	(void)state;
	audit.file_fd = memfd_create("records", MFD_CLOEXEC);
	return audit.file_fd == -1 ? -1 : 0;
}

static int
end(void **state)
{
	(void)state;
	return close(audit.file_fd);
}

static int
add(struct denials *d, int nr, uint64_t arg)
{
	const struct notice notice = {.pid = getpid(),
	    .nr = nr,
	    .args = {arg, 2, 3, 4, 5, UINT64_MAX}};
	struct fault fault = {0};

	return denials_add(d, -1, &notice, &audit, &event, &fault);
}

static int
flush(struct denials *d, int now)
{
	struct fault fault = {0};

	return denials_flush(d, now, &audit, &event, &fault);
}

static char *
records(void)
{
	static char text[TEXT_BYTES];
	const ssize_t n = pread(audit.file_fd, text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

/* How many there are, and what their counts add up to. */
static unsigned
count_records(unsigned long *calls)
{
	static const char count[] = "\"count\":";
	unsigned n = 0;

	*calls = 0;
	for (char *line = strtok(records(), "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		const char *at = strstr(line, count);

		*calls +=
		    at == NULL ? 1 : strtoul(at + strlen(count), NULL, 10);
		n++;
	}
	return n;
}

static void
expect(unsigned n, unsigned long calls)
{
	unsigned long found;

	assert_int_equal(count_records(&found), n);
	assert_int_equal(found, calls);
}

static void
test_told(void **state)
{
	struct denials d = {0};

	(void)state;
	assert_int_equal(denials_wait(&d), -1);
	for (int i = 1; i <= TOLD; i++) {
		assert_int_equal(add(&d, SYS_socket, 2), 0);
		expect((unsigned)i, (unsigned long)i);
		assert_int_equal(denials_wait(&d), -1);
	}
	assert_int_equal(flush(&d, 1), 0);
	expect(TOLD, TOLD);
}

static void
test_counted(void **state)
{
	struct denials d = {0};

	(void)state;
	for (int i = 0; i < TOLD + 7; i++)
		assert_int_equal(add(&d, SYS_socket, 2), 0);
	expect(TOLD, TOLD);
	assert_in_range(denials_wait(&d), 1, STRETCH);
	/* Not yet; then all of them, and once. */
	assert_int_equal(flush(&d, 0), 0);
	expect(TOLD, TOLD);
	assert_int_equal(flush(&d, 1), 0);
	expect(TOLD + 1, TOLD + 7);
	assert_int_equal(denials_wait(&d), -1);
	assert_int_equal(flush(&d, 1), 0);
	expect(TOLD + 1, TOLD + 7);
	/* And the next are told again. */
	assert_int_equal(add(&d, SYS_socket, 2), 0);
	expect(TOLD + 2, TOLD + 8);
}

/* A call that was not made before is told, and each number counted apart:
 * what comes often must not hide what comes once. */
static void
test_apart(void **state)
{
	struct denials d = {0};

	(void)state;
	for (int i = 0; i < TOLD + 5; i++)
		assert_int_equal(add(&d, SYS_socket, 2), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(add(&d, SYS_ptrace, 0), 0);
	expect(TOLD + 1, TOLD + 1);
	assert_non_null(strstr(records(), "\"call\":\"ptrace\""));
	assert_int_equal(flush(&d, 1), 0);
	expect(TOLD + 3, TOLD + 8);
	assert_non_null(strstr(records(), "\"count\":2"));
	assert_non_null(strstr(records(), "\"count\":5"));
}

/* More numbers than are counted apart: none is lost. */
static void
test_crowded(void **state)
{
	struct denials d = {0};
	unsigned long calls;

	(void)state;
	for (int round = 0; round < 3; round++)
		for (int nr = 0; nr < 2 * DENIALS_CALLS; nr++)
			assert_int_equal(add(&d, nr, 0), 0);
	assert_int_equal(flush(&d, 1), 0);
	assert_in_range(count_records(&calls), 2 * DENIALS_CALLS,
	    4 * DENIALS_CALLS);
	assert_int_equal(calls, 6 * DENIALS_CALLS);
}

/* A stretch that is over: what was counted in it comes before the next. */
static void
test_stretch(void **state)
{
	struct denials d = {0};

	(void)state;
	for (int i = 0; i < TOLD + 3; i++)
		assert_int_equal(add(&d, SYS_socket, 2), 0);
	d.since -= STRETCH; /* as if it had been so long ago */
	assert_int_equal(denials_wait(&d), 0);
	assert_int_equal(add(&d, SYS_ptrace, 0), 0);
	expect(TOLD + 2, TOLD + 4);
	assert_int_equal(denials_wait(&d), -1);
	d.since -= STRETCH;
	assert_int_equal(flush(&d, 0), 0);
	expect(TOLD + 2, TOLD + 4);
}

static void
test_many(void **state)
{
	struct denials d = {0};
	unsigned long calls;

	(void)state;
	for (int i = 0; i < MANY; i++)
		assert_int_equal(add(&d, SYS_socket, (uint64_t)i), 0);
	assert_int_equal(flush(&d, 1), 0);
	/* On a slow machine it takes a few stretches. */
	assert_in_range(count_records(&calls), TOLD + 1, 6 * (TOLD + 1));
	assert_int_equal(calls, MANY);
}

static void
test_text(void **state)
{
	struct denials d = {0};
	char self[PATH_MAX], program[PATH_MAX + 32];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	assert_true(n > 0);
	self[n] = '\0';
	assert_int_equal(add(&d, SYS_ptrace, 0x10), 0);
	assert_non_null(strstr(records(),
	    "\"violation\":{\"call\":\"ptrace\",\"number\":"));
	assert_non_null(strstr(records(),
	    "\"args\":[\"0x10\",\"0x2\",\"0x3\",\"0x4\",\"0x5\","
	    "\"0xffffffffffffffff\"]"));
	assert_null(strstr(records(), "\"count\""));
	/* Whoever did it can no longer be told: by then, it may be another. */
	snprintf(program, sizeof(program), "\"executable\":\"%s\"", self);
	assert_null(strstr(records(), program));
	/* A number without a name. */
	assert_int_equal(add(&d, 4000, 0), 0);
	assert_non_null(strstr(records(), "\"number\":4000"));
}

/* A record that cannot be written is said, and tried no more for this call. */
static void
test_lost(void **state)
{
	const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct denials d = {0};

	(void)state;
	assert_int_not_equal(full, -1);
	assert_int_equal(dup2(full, audit.file_fd), audit.file_fd);
	close(full);
	assert_int_equal(add(&d, SYS_socket, 2), -1);
	for (int i = 0; i < TOLD + 1; i++)
		(void)add(&d, SYS_socket, 2);
	assert_int_equal(flush(&d, 1), -1);
}

#define denials_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    denials_test(test_told),
	    denials_test(test_counted),
	    denials_test(test_apart),
	    denials_test(test_crowded),
	    denials_test(test_stretch),
	    denials_test(test_many),
	    denials_test(test_text),
	    denials_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
