/* refuse.c: one line on standard error, as much in it as may be told. What
 * an sftp client reads besides is tests/unit/decline.c. */

#include <signal.h>
#include <string.h>

#include "child.h"
#include "refuse.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define ID "0123456789ABCDEFGHJKMNPQRS"

struct row {
	struct fault fault;
	enum detail detail;
	const char *line;
};

static int
refuse_row(const void *data)
{
	const struct row *row = data;

	return refuse(&row->fault, row->detail, ID, false);
}

static void
test_rows(void **state)
{
	static const struct row rows[] = {
	    {{.why = WHY_NO_RULE, .text = "secret"}, DETAIL_REASON,
		"gatekeeper: refused: no rule permits this command "
		"(session " ID ")\n"},
	    {{.why = WHY_NO_RULE, .text = "secret"}, DETAIL_UNSET,
		"gatekeeper: refused: no rule permits this command "
		"(session " ID ")\n"},
	    {{.why = WHY_NO_RULE, .text = "secret", .at = 3}, DETAIL_NONE,
		"gatekeeper: refused (session " ID ")\n"},
	    {{.why = WHY_OUTSIDE, .text = "/etc: not inside"}, DETAIL_FULL,
		"gatekeeper: refused: the path is not in a directory that "
		"this key may use that way (/etc: not inside) "
		"(session " ID ")\n"},
	    {{.why = WHY_CONTROL_BYTE, .text = "only a tab", .at = 7},
		DETAIL_FULL,
		"gatekeeper: refused: the command contains a control "
		"character (byte 7: only a tab) (session " ID ")\n"},
	    /* A terminal is not led by what the client, or a file's name,
	     * says; nor can it forge a second line. */
	    {{.why = WHY_OUTSIDE, .text = "\x1b[2J\n\r\"\\\xff\x07: x"},
		DETAIL_FULL,
		"gatekeeper: refused: the path is not in a directory that "
		"this key may use that way "
		"(\\x1b[2J\\n\\r\\\"\\\\\\xff\\x07: x) (session " ID ")\n"},
	    /* This side's affairs are not the client's. */
	    {{.why = WHY_POLICY,
		 .text = "secret",
		 .line = 12,
		 .file = "keys/a.ini"},
		DETAIL_FULL,
		"gatekeeper: refused: the policy is broken; tell the "
		"administrator (session " ID ")\n"},
	    {{.why = WHY_PROGRAM, .text = "/opt/secret"}, DETAIL_FULL,
		"gatekeeper: refused: the program of the rule is missing; "
		"tell the administrator (session " ID ")\n"},
	    {{.why = WHY_POLICY, .text = "secret"}, DETAIL_NONE,
		"gatekeeper: refused (session " ID ")\n"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct child child;

		child_run(&child, refuse_row, &rows[i]);
		assert_string_equal(child.err, rows[i].line);
		assert_string_equal(child.out, "");
		assert_int_equal(child.status, why_exit(rows[i].fault.why));
	}
}

/* In every mode and for every reason: one line, the session, no more than
 * `full` allows, and the exit status of the reason. */
static void
test_all(void **state)
{
	static const enum detail details[] = {DETAIL_UNSET, DETAIL_REASON,
	    DETAIL_NONE, DETAIL_FULL};

	(void)state;
	for (size_t i = 0; i < WHY_MAX * NELEM(details); i++) {
		const struct row row = {.fault = {.why = (enum why)(
						      i / NELEM(details)),
					    .text = "secret\n"},
		    .detail = details[i % NELEM(details)]};
		const int status = why_exit(row.fault.why);
		struct child child;

		child_run(&child, refuse_row, &row);
		assert_int_equal(child.status, status);
		assert_string_equal(child.out, "");
		assert_ptr_equal(strchr(child.err, '\n'),
		    child.err + strlen(child.err) - 1);
		assert_non_null(strstr(child.err, "(session " ID ")\n"));
		assert_int_equal(strstr(child.err, "secret") != NULL,
		    row.detail == DETAIL_FULL && status == 126);
		assert_int_equal(strstr(child.err, why_text(row.fault.why)) !=
			NULL,
		    row.detail != DETAIL_NONE);
	}
}

/* A client that is gone changes nothing. */
static int
refuse_gone(const void *data)
{
	int fds[2];

	if (pipe(fds) == -1 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return 1;
	dup2(fds[1], STDERR_FILENO);
	close(fds[0]);
	close(fds[1]);
	return refuse_row(data);
}

static int
refuse_closed(const void *data)
{
	close(STDERR_FILENO);
	return refuse_row(data);
}

static void
test_gone(void **state)
{
	static const struct row row = {{.why = WHY_NO_RULE, .text = "x"},
	    DETAIL_FULL, ""};
	struct child child;

	(void)state;
	child_run(&child, refuse_gone, &row);
	assert_int_equal(child.status, 126);
	assert_string_equal(child.out, "");
	child_run(&child, refuse_closed, &row);
	assert_int_equal(child.status, 126);
	assert_string_equal(child.out, "");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
