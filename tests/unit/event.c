/* event.c: a session as a record, field by field, and nothing in it that
 * does not apply. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "decide.h"
#include "event.h"
#include "policy.h"
#include "request.h"
#include "settings.h"
#include "why.h"

#define PROGRAM 4711

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static char account[] = "backup", address[] = "192.0.2.7";
static char policy_file[] = "keys/backup.ini", rule_name[] = "upload";
static char program[] = "/usr/bin/scp", first[] = "scp", second[] = "-t";
static char *args[] = {first, second, NULL};

static const struct request request = {
    .key = "backup",
    .fingerprint = "SHA256:x",
    .uid = 998,
    .account = account,
    .address = address,
    .port = 4022,
    .when = {1234567890, 123456789},
    .kind = REQUEST_COMMAND,
    .command = "scp -t /srv",
};
static const struct settings settings = {.command_max = 8192};
static const struct policy policy = {.file = policy_file,
    .mtime = {1000000000, 7}};
static const struct rule rule = {.name = rule_name};
static const struct verdict permitted = {.answer = PERMIT,
    .rule = &rule,
    .plan = {.program = program, .argv = {.v = args, .n = 2}}};

static void
check_common(const struct record *r)
{
	char host[256] = "";

	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	assert_int_equal(r->action, RECORD_REQUEST);
	assert_string_equal(r->session, "session-id");
	assert_string_equal(r->host, host);
	assert_string_equal(r->key, "backup");
	assert_string_equal(r->fingerprint, "SHA256:x");
	assert_string_equal(r->account, "backup");
	assert_int_equal(r->uid, 998);
	assert_string_equal(r->address, "192.0.2.7");
	assert_int_equal(r->port, 4022);
	assert_int_equal(r->when.tv_sec, 1234567890);
	assert_int_equal(r->when.tv_nsec, 123456789);
	assert_int_equal(r->command_max, 8192);
	assert_int_equal(r->exit_code, -1);
	assert_int_equal(r->duration, -1);
}

static void
test_permit(void **state)
{
	const struct record *r;
	struct event event;

	(void)state;
	memset(&event, 0xa5, sizeof(event));
	event_request(&event, "session-id", &request, &settings, &policy,
	    &permitted, PROGRAM, "landlock2,seccomp");
	r = &event.record;
	check_common(r);
	assert_int_equal(r->verdict, RECORD_PERMIT);
	assert_int_equal(r->request, RECORD_COMMAND);
	assert_string_equal(r->command, "scp -t /srv");
	assert_int_equal(r->command_bytes, 11);
	assert_string_equal(r->rule, "upload");
	assert_string_equal(r->policy_file, "keys/backup.ini");
	assert_int_equal(r->policy_mtime.tv_sec, 1000000000);
	assert_int_equal(r->pid, PROGRAM);
	assert_string_equal(r->executable, "/usr/bin/scp");
	assert_ptr_equal(r->args, args);
	assert_string_equal(r->sandbox, "landlock2,seccomp");
	assert_int_equal(r->why, WHY_UNDECIDED);
	assert_null(r->detail);
}

/* Refused before a policy was read: nothing will run, nothing is named. */
static void
test_refuse(void **state)
{
	const struct verdict verdict = {
	    .fault = {.why = WHY_UNKNOWN_KEY, .text = "none"}};
	const struct record *r;
	struct event event;

	(void)state;
	memset(&event, 0xa5, sizeof(event));
	event_request(&event, "session-id", &request, &settings, NULL, &verdict,
	    PROGRAM, NULL);
	r = &event.record;
	check_common(r);
	assert_int_equal(r->verdict, RECORD_REFUSE);
	assert_int_equal(r->why, WHY_UNKNOWN_KEY);
	assert_string_equal(r->detail, "none");
	assert_string_equal(r->command, "scp -t /srv");
	assert_null(r->rule);
	assert_null(r->policy_file);
	assert_int_equal(r->policy_mtime.tv_sec, 0);
	assert_int_equal(r->pid, 0);
	assert_null(r->executable);
	assert_null(r->args);
	assert_null(r->sandbox);
}

/* A refusal after a permit was planned says nothing of the plan, which does
 * not run; and a policy that did not load has no file. */
static void
test_refuse_late(void **state)
{
	const struct policy none = {.file = NULL};
	struct verdict verdict = permitted;
	struct event event;

	(void)state;
	verdict.answer = REFUSE;
	verdict.fault = (struct fault) {.why = WHY_AUDIT, .text = "full"};
	event_request(&event, "session-id", &request, &settings, &none,
	    &verdict, PROGRAM, "landlock2");
	assert_int_equal(event.record.verdict, RECORD_REFUSE);
	assert_int_equal(event.record.why, WHY_AUDIT);
	assert_string_equal(event.record.rule, "upload");
	assert_null(event.record.policy_file);
	assert_null(event.record.executable);
	assert_null(event.record.args);
	assert_null(event.record.sandbox);
	assert_int_equal(event.record.pid, 0);
}

static void
test_kinds(void **state)
{
	static const struct {
		enum request_kind kind;
		const char *command;
		enum record_request request;
		size_t bytes;
	} rows[] = {
	    {REQUEST_COMMAND, "a", RECORD_COMMAND, 1},
	    {REQUEST_SFTP, "internal-sftp", RECORD_SFTP, 13},
	    {REQUEST_SHELL, NULL, RECORD_SHELL, 0},
	    {REQUEST_SHELL, "", RECORD_SHELL, 0},
	};
	const struct verdict verdict = {.fault = {.why = WHY_NO_SHELL}};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct request req = request;
		struct event event;

		req.kind = rows[i].kind;
		req.command = rows[i].command;
		event_request(&event, "session-id", &req, &settings, NULL,
		    &verdict, PROGRAM, NULL);
		assert_int_equal(event.record.request, rows[i].request);
		assert_int_equal(event.record.command_bytes, rows[i].bytes);
		if (rows[i].bytes == 0)
			assert_null(event.record.command);
		else
			assert_string_equal(event.record.command,
			    rows[i].command);
	}
}

static const struct {
	struct fault fault;
	const char *detail;
} faults[] = {
    {{.text = "text"}, "text"},
    {{.text = "text", .at = 7}, "byte 7: text"},
    {{.text = "text", .file = "keys/a.ini"}, "keys/a.ini: text"},
    {{.text = "text", .file = "keys/a.ini", .line = 12}, "keys/a.ini:12: text"},
    {{.text = "", .file = "keys/a.ini", .line = 12}, "keys/a.ini:12: "},
    {{.text = "%s%n", .at = 1}, "byte 1: %s%n"},
};

static void
test_details(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(faults); i++) {
		struct verdict verdict = {.fault = faults[i].fault};
		struct event event;

		verdict.fault.why = WHY_POLICY;
		event_request(&event, "session-id", &request, &settings, NULL,
		    &verdict, PROGRAM, NULL);
		assert_string_equal(event.record.detail, faults[i].detail);
	}
}

/* The longest fault there can be is told whole. */
static void
test_longest(void **state)
{
	struct verdict verdict = {
	    .fault = {.why = WHY_POLICY, .line = UINT32_MAX}};
	struct fault *fault = &verdict.fault;
	struct event event;

	(void)state;
	memset(fault->file, 'f', sizeof(fault->file) - 1);
	memset(fault->text, 't', sizeof(fault->text) - 1);
	event_request(&event, "session-id", &request, &settings, NULL, &verdict,
	    PROGRAM, NULL);
	assert_int_equal(strlen(event.record.detail),
	    strlen(fault->file) + strlen(":4294967295: ") +
		strlen(fault->text));
}

/* The end of a program that did not start keeps who and what, and adds how
 * and how long. */
static void
test_failed(void **state)
{
	const struct fault fault = {.why = WHY_PROGRAM,
	    .text = "/usr/bin/scp: gone"};
	const struct record *r;
	struct event event;
	struct timespec now;

	(void)state;
	event_request(&event, "session-id", &request, &settings, &policy,
	    &permitted, PROGRAM, "landlock2");
	event_failed(&event, &fault);
	clock_gettime(CLOCK_REALTIME, &now);
	r = &event.record;
	assert_int_equal(r->action, RECORD_END);
	assert_int_equal(r->exit_code, 127);
	assert_int_equal(r->why, WHY_PROGRAM);
	assert_string_equal(r->detail, "/usr/bin/scp: gone");
	assert_null(r->args); /* the request's record has them */
	assert_true(r->duration >= 0 && r->duration < 1000000000);
	assert_true(now.tv_sec - r->when.tv_sec <= 1);
	assert_string_equal(r->session, "session-id");
	assert_string_equal(r->key, "backup");
	assert_string_equal(r->rule, "upload");
	assert_string_equal(r->executable, "/usr/bin/scp");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_permit),
	    cmocka_unit_test(test_refuse),
	    cmocka_unit_test(test_refuse_late),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_details),
	    cmocka_unit_test(test_longest),
	    cmocka_unit_test(test_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
