/* Records: whole lines for the usual events, single fields for the rest. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../json.h"
#include "record.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define SESSION "0123456789abcdefghjkmnpqrs"
#define COMMAND(s) .command = s, .command_bytes = sizeof(s) - 1

static char program[] = "rsync", option[] = "--server", operand[] = "a b";
static char *const run_args[] = {program, option, operand, NULL};

/* The refusal of the design's example. */
static const struct record refused = {
    .action = RECORD_REQUEST,
    .verdict = RECORD_REFUSE,
    .request = RECORD_COMMAND,
    .when = {1795212663, 123456789},
    .session = SESSION,
    .host = "store1",
    .key = "backup",
    .fingerprint = NULL,
    .account = "backup",
    .uid = 998,
    .address = "192.0.2.7",
    .port = 40122,
    .why = WHY_SHELL_SYNTAX,
    .policy_file = "keys/backup.ini",
    .policy_mtime = {1793520000, 5},
    COMMAND("ls; id"),
    .command_max = 8192,
    .exit_code = -1,
};

static const struct record permitted = {
    .action = RECORD_REQUEST,
    .verdict = RECORD_PERMIT,
    .request = RECORD_COMMAND,
    .when = {1795212663, 1000},
    .session = SESSION,
    .host = "store1",
    .key = "backup",
    .fingerprint = "SHA256:ab+/9",
    .account = "backup",
    .uid = 998,
    .address = "2001:db8::7",
    .port = 40122,
    .rule = "probes/uptime",
    .policy_file = "keys/backup.ini",
    .policy_mtime = {1793520000, 5},
    COMMAND("rsync --server 'a b'"),
    .command_max = 8192,
    .pid = 4711,
    .executable = "/usr/bin/rsync",
    .args = run_args,
    .sandbox = "landlock7,seccomp,exec-once",
    .exit_code = -1,
};

static const struct record ended = {
    .action = RECORD_END,
    .verdict = RECORD_PERMIT,
    .when = {1795212665, 250000000},
    .session = SESSION,
    .key = "backup",
    .account = "backup",
    .rule = "upload",
    .exit_code = 0,
    .duration = 1750000000,
};

static const struct record failed = {
    .action = RECORD_END,
    .verdict = RECORD_PERMIT,
    .request = RECORD_SFTP,
    .when = {0, 0},
    .session = SESSION,
    .key = "backup",
    .why = WHY_EXEC,
    .detail = "/usr/bin/scp: Permission denied",
    COMMAND("internal-sftp"),
    .command_max = 8192,
    .exit_code = 126,
    .duration = -1,
};

static const uint64_t call_args[RECORD_CALL_ARGS] = {1, 2, 0, 0, 0, UINT64_MAX};
static const struct record_call denied = {"socket", 41, call_args, 1};
static const struct record_call often = {NULL, 999, call_args, 12};
static const struct record_use used = {.cpu = 1500000000, .peak = 4096};
static const struct record_use moved = {.relayed = true, .in = 7, .out = 8};

/* Nothing known: the zero value refuses. */
static const struct record nothing = {.when = {0, 0}};

struct whole {
	const struct record *record;
	const char *json;
	const char *text;
};

static const struct whole wholes[] = {
    {&refused,
	"{\"@timestamp\":\"2026-11-20T22:11:03.123456Z\","
	"\"event\":{\"kind\":\"event\",\"category\":[\"process\"],"
	"\"action\":\"request\",\"type\":[\"start\",\"denied\"],"
	"\"outcome\":\"failure\",\"reason\":\"shell-syntax\"},"
	"\"host\":{\"name\":\"store1\"},"
	"\"user\":{\"name\":\"backup\",\"id\":\"998\"},"
	"\"source\":{\"ip\":\"192.0.2.7\",\"port\":40122},"
	"\"gatekeeper\":{\"session\":\"" SESSION "\",\"key\":\"backup\","
	"\"verdict\":\"refuse\",\"command\":\"ls; id\","
	"\"request\":\"command\","
	"\"policy\":{\"file\":\"keys/backup.ini\","
	"\"mtime\":\"2026-11-01T08:00:00Z\"}}}",
	"refused session=" SESSION " key=backup rule=- addr=192.0.2.7 "
	"port=40122 account=backup reason=shell-syntax "
	"command=\"ls; id\""},
    {&permitted,
	"{\"@timestamp\":\"2026-11-20T22:11:03.000001Z\","
	"\"event\":{\"kind\":\"event\",\"category\":[\"process\"],"
	"\"action\":\"request\",\"type\":[\"start\",\"allowed\"],"
	"\"outcome\":\"success\"},"
	"\"host\":{\"name\":\"store1\"},"
	"\"user\":{\"name\":\"backup\",\"id\":\"998\"},"
	"\"source\":{\"ip\":\"2001:db8::7\",\"port\":40122},"
	"\"process\":{\"pid\":4711,\"executable\":\"/usr/bin/rsync\","
	"\"args\":[\"rsync\",\"--server\",\"a b\"]},"
	"\"rule\":{\"name\":\"probes/uptime\"},"
	"\"gatekeeper\":{\"session\":\"" SESSION "\",\"key\":\"backup\","
	"\"fingerprint\":\"SHA256:ab+/9\",\"verdict\":\"permit\","
	"\"command\":\"rsync --server 'a b'\","
	"\"request\":\"command\","
	"\"sandbox\":\"landlock7,seccomp,exec-once\","
	"\"policy\":{\"file\":\"keys/backup.ini\","
	"\"mtime\":\"2026-11-01T08:00:00Z\"}}}",
	"permitted session=" SESSION " key=backup rule=probes/uptime "
	"addr=2001:db8::7 port=40122 account=backup "
	"fingerprint=SHA256:ab+/9 pid=4711 program=/usr/bin/rsync "
	"sandbox=landlock7,seccomp,exec-once "
	"command=\"rsync --server 'a b'\""},
    {&ended,
	"{\"@timestamp\":\"2026-11-20T22:11:05.250000Z\","
	"\"event\":{\"kind\":\"event\",\"category\":[\"process\"],"
	"\"action\":\"end\",\"type\":[\"end\"],\"outcome\":\"success\","
	"\"duration\":1750000000},"
	"\"user\":{\"name\":\"backup\",\"id\":\"0\"},"
	"\"process\":{\"exit_code\":0},"
	"\"rule\":{\"name\":\"upload\"},"
	"\"gatekeeper\":{\"session\":\"" SESSION "\",\"key\":\"backup\","
	"\"verdict\":\"permit\",\"request\":\"command\"}}",
	"ended session=" SESSION " key=backup rule=upload addr=- port=- "
	"account=backup exit=0 seconds=1.750"},
    {&failed,
	"{\"@timestamp\":\"1970-01-01T00:00:00.000000Z\","
	"\"event\":{\"kind\":\"event\",\"category\":[\"process\"],"
	"\"action\":\"end\",\"type\":[\"end\"],\"outcome\":\"failure\","
	"\"reason\":\"exec\"},"
	"\"user\":{\"id\":\"0\"},"
	"\"process\":{\"exit_code\":126},"
	"\"error\":{\"message\":\"/usr/bin/scp: Permission denied\"},"
	"\"gatekeeper\":{\"session\":\"" SESSION "\",\"key\":\"backup\","
	"\"verdict\":\"permit\",\"command\":\"internal-sftp\","
	"\"request\":\"sftp\"}}",
	"failed session=" SESSION " key=backup rule=- addr=- port=- "
	"account=- request=sftp reason=exec exit=126 "
	"detail=\"/usr/bin/scp: Permission denied\" "
	"command=\"internal-sftp\""},
    {&nothing,
	"{\"@timestamp\":\"1970-01-01T00:00:00.000000Z\","
	"\"event\":{\"kind\":\"event\",\"category\":[\"process\"],"
	"\"action\":\"request\",\"type\":[\"start\",\"denied\"],"
	"\"outcome\":\"failure\",\"reason\":\"undecided\"},"
	"\"user\":{\"id\":\"0\"},"
	"\"gatekeeper\":{\"verdict\":\"refuse\","
	"\"request\":\"command\"}}",
	"refused session=- key=- rule=- addr=- port=- account=- "
	"reason=undecided"},
};

static void
test_whole_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(wholes); i++) {
		char *json = record_json(wholes[i].record);
		char *text = record_text(wholes[i].record);

		assert_string_equal(json, wholes[i].json);
		assert_true(json_valid(json));
		assert_string_equal(text, wholes[i].text);
		free(json);
		free(text);
	}
}

/* One field of a record, and what it must become: a part of the text, and
 * the value at a path of the JSON. NULL: not there. */
struct row {
	struct record record;
	const char *text;
	const char *path;
	const char *value;
};

static char arg0[] = "/bin/x", arg1[] = "aaaa", arg2[] = "bbbb";
static char *const three[] = {arg0, arg1, arg2, NULL};

static const struct row rows[] = {
    /* What is no address cannot pass for one. */
    {{.address = "UNKNOWN"}, " addr=\"UNKNOWN\" port=- ", "source.ip", NULL},
    {{.address = "UNKNOWN"}, " addr=\"UNKNOWN\" ", "source.address", "UNKNOWN"},
    {{.address = "192.0.2.7"}, " addr=192.0.2.7 ", "source.address", NULL},
    {{.address = "::ffff:192.0.2.7"}, " addr=::ffff:192.0.2.7 ", "source.ip",
	"::ffff:192.0.2.7"},
    {{.address = "fe80::1%eth0"}, " addr=\"fe80::1%eth0\" ", "source.address",
	"fe80::1%eth0"},
    {{.address = "192.0.2.1 account=root\nx"},
	" addr=\"192.0.2.1 account=root\\nx\" port=- account=- ",
	"source.address", "192.0.2.1 account=root\nx"},
    {{.address = "192.0.2.7\" "}, " addr=\"192.0.2.7\\\" \" ", "source.address",
	"192.0.2.7\" "},
    {{.address = ""}, " addr=\"\" ", "source.address", ""},
    {{.address = "-"}, " addr=\"-\" ", "source.address", "-"},
    /* Names that try to be fields, or to be absent. */
    {{.account = "-"}, " account=\"-\" ", "user.name", "-"},
    {{.account = ""}, " account=\"\" ", "user.name", ""},
    {{.account = "a b=c"}, " account=\"a b=c\" ", "user.name", "a b=c"},
    {{.key = "a=b"}, " key=\"a=b\" rule=", "gatekeeper.key", "a=b"},
    {{.rule = "x\"y"}, " rule=\"x\\\"y\" addr=", "rule.name", "x\"y"},
    {{.account = "\xff\xfe"}, " account=\"\\xff\\xfe\" ", "user.name",
	"\\xff\\xfe"},
    {{.uid = UINT32_MAX}, "refused ", "user.id", "4294967295"},
    /* The detail quotes the client, so it is quoted itself. */
    {{.detail = "byte 3: ;"}, " detail=\"byte 3: ;\"", "error.message",
	"byte 3: ;"},
    {{.detail = "x\" addr=192.0.2.1"}, " detail=\"x\\\" addr=192.0.2.1\"",
	"error.message", "x\" addr=192.0.2.1"},
    {{.detail = ""}, " detail=\"\"", "error.message", ""},
    {{.detail = "d", COMMAND("c"), .command_max = 9},
	" detail=\"d\" command=\"c\"", "gatekeeper.command", "c"},
    /* The command. */
    {{COMMAND("x\" addr=192.0.2.1\nsshd: Failed"), .command_max = 99},
	" command=\"x\\\" addr=192.0.2.1\\nsshd: Failed\"",
	"gatekeeper.command", "x\" addr=192.0.2.1\nsshd: Failed"},
    {{COMMAND("\xff;"), .command_max = 99}, " command=\"\\xff;\"",
	"gatekeeper.command_base64", "/zs="},
    {{COMMAND("\xff;"), .command_max = 99}, " command=\"\\xff;\"",
	"gatekeeper.command", NULL},
    {{COMMAND("id"), .command_max = 99}, " command=\"id\"",
	"gatekeeper.command_base64", NULL},
    {{COMMAND(""), .command_max = 99}, " command=\"\"", "gatekeeper.command",
	""},
    {{.command = NULL}, " reason=undecided", "gatekeeper.command", NULL},
    {{.request = RECORD_SHELL}, " request=shell reason=", "gatekeeper.request",
	"shell"},
    /* A cut never halves a character, unless there is none. */
    {{COMMAND("abcdef"), .command_max = 6}, " command=\"abcdef\"",
	"gatekeeper.command_bytes", NULL},
    {{COMMAND("abcdef"), .command_max = 5},
	" command-bytes=6 command=\"abcde\"", "gatekeeper.command_bytes", "6"},
    {{COMMAND("ab\u20acx"), .command_max = 5},
	" command-bytes=6 command=\"ab\u20ac\"", "gatekeeper.command",
	"ab\u20ac"},
    {{COMMAND("ab\u20acx"), .command_max = 4},
	" command-bytes=6 command=\"ab\"", "gatekeeper.command", "ab"},
    {{COMMAND("ab\u20acx"), .command_max = 3},
	" command-bytes=6 command=\"ab\"", "gatekeeper.command", "ab"},
    {{COMMAND("\U0001f600"), .command_max = 3}, " command-bytes=4 command=\"\"",
	"gatekeeper.command", ""},
    {{COMMAND("abc"), .command_max = 0}, " command-bytes=3 command=\"\"",
	"gatekeeper.command", ""},
    {{COMMAND("\x80\x80\x80\x80\x80\x80"), .command_max = 5},
	" command-bytes=6 command=\"\\x80\\x80\"", "gatekeeper.command_base64",
	"gIA="},
    /* Arguments are cut as the command is, and then counted. */
    {{.args = three, .command_max = 12}, "refused ", "process.args_count", "3"},
    {{.args = three, .command_max = 99}, "refused ", "process.args_count",
	NULL},
    /* Ends. */
    {{.action = RECORD_END, .verdict = RECORD_PERMIT, .exit_code = 24},
	" exit=24", "event.outcome", "failure"},
    {{.action = RECORD_END, .verdict = RECORD_PERMIT, .exit_code = -1},
	"ended ", "process.exit_code", NULL},
    {{.action = RECORD_REQUEST, .verdict = RECORD_PERMIT, .exit_code = 1},
	"permitted ", "process.exit_code", NULL},
    {{.action = RECORD_END, .duration = -1}, "ended ", "event.duration", NULL},
    {{.action = RECORD_END, .duration = 7}, " seconds=0.000", "event.duration",
	"7"},
    {{.action = RECORD_REQUEST, .duration = 7}, "refused ", "event.duration",
	NULL},
    {{.action = RECORD_END, .exit_code = -1, .signal = 15}, "failed ",
	"process.signal", "SIGTERM"},
    {{.action = RECORD_END, .exit_code = -1, .signal = 35}, " signal=35",
	"process.signal", "35"},
    {{.action = RECORD_END, .ended_by = "timeout"}, " ended-by=timeout",
	"event.outcome", "failure"},
    {{.action = RECORD_END, .verdict = RECORD_OBSERVE, .why = WHY_NO_RULE},
	"ended ", "event.outcome", "success"},
    {{.action = RECORD_END, .use = &used}, " cpu=1.500 memory=4096",
	"gatekeeper.cpu_time", "1500000000"},
    {{.action = RECORD_END, .use = &used}, "ended ", "gatekeeper.bytes_in",
	NULL},
    {{.action = RECORD_END, .use = &moved}, " in=7 out=8",
	"gatekeeper.bytes_out", "8"},
    {{.action = RECORD_END, .transcript = "lost"}, " transcript=lost",
	"gatekeeper.transcript", "lost"},
    /* Denied calls. */
    {{.action = RECORD_VIOLATION, .verdict = RECORD_PERMIT, .call = &denied},
	"violation session", "event.type[0]", "denied"},
    {{.action = RECORD_VIOLATION, .verdict = RECORD_PERMIT, .call = &denied},
	" call=socket args=0x1,0x2,0x0,0x0,0x0,0xffffffffffffffff",
	"gatekeeper.violation.args[5]", "0xffffffffffffffff"},
    {{.action = RECORD_VIOLATION, .call = &denied}, "violation ",
	"gatekeeper.violation.count", NULL},
    {{.action = RECORD_VIOLATION, .call = &often}, " call=999 args=0x1",
	"gatekeeper.violation.number", "999"},
    {{.action = RECORD_VIOLATION, .call = &often}, " count=12",
	"gatekeeper.violation.count", "12"},
    /* What follows. */
    {{.action = RECORD_ON_SUCCESS, .verdict = RECORD_PERMIT}, "followed ",
	"event.action", "on-success"},
    {{.action = RECORD_ON_SUCCESS, .exit_code = 3}, "follow-failed ",
	"process.exit_code", "3"},
    /* A year that RFC 3339 has no digits for. */
    {{.policy_file = "k", .policy_mtime = {INT64_MAX, 0}}, "refused ",
	"gatekeeper.policy.mtime", NULL},
    {{.policy_file = "k", .policy_mtime = {253402300799, 0}}, "refused ",
	"gatekeeper.policy.mtime", "9999-12-31T23:59:59Z"},
    {{.policy_file = "k", .policy_mtime = {253402300800, 0}}, "refused ",
	"gatekeeper.policy.mtime", NULL},
    {{.policy_mtime = {1, 0}}, "refused ", "gatekeeper.policy", NULL},
};

static void
check_row(const struct row *row)
{
	char *json = record_json(&row->record), *value;
	char *text = record_text(&row->record);
	size_t size;

	assert_true(json_valid(json));
	assert_null(strchr(text, '\n'));
	if (strstr(text, row->text) == NULL)
		fail_msg("no <%s> in <%s>", row->text, text);
	value = json_get(json, row->path, &size);
	if (row->value == NULL)
		assert_null(value);
	else
		assert_string_equal(value, row->value);
	free(value);
	free(json);
	free(text);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++)
		check_row(&rows[i]);
}

/* The client's text is the last field, whatever else is set. */
static void
test_client_text_is_last(void **state)
{
	static const char tail[] = " command-bytes=20 command=\"rsync\"";
	struct record record = permitted;
	char *text;

	(void)state;
	record.why = WHY_EXEC;
	record.action = RECORD_END;
	record.exit_code = 127;
	record.duration = 5;
	record.detail = "x";
	record.command_max = 5;
	text = record_text(&record);
	assert_non_null(text);
	assert_string_equal(text + strlen(text) - strlen(tail), tail);
	free(text);
}

static unsigned
digit(char c)
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	const char *found = strchr(digits, c);

	assert_true(c != '\0' && found != NULL);
	return (unsigned)(found - digits);
}

/* Over many ids, each of the 128 bits is seen set and clear, and the two
 * above them are clear. */
static void
test_session(void **state)
{
	char id[SESSION_ID_LENGTH + 1], last[SESSION_ID_LENGTH + 1] = "";
	unsigned all[SESSION_ID_LENGTH], any[SESSION_ID_LENGTH] = {0};

	(void)state;
	memset(all, 0xff, sizeof(all));
	for (int n = 0; n < 200; n++) {
		assert_int_equal(record_session(id), 0);
		assert_int_equal(strlen(id), SESSION_ID_LENGTH);
		assert_string_not_equal(id, last);
		memcpy(last, id, sizeof(id));
		for (size_t i = 0; i < SESSION_ID_LENGTH; i++) {
			any[i] |= digit(id[i]);
			all[i] &= digit(id[i]);
		}
	}
	for (size_t i = 0; i < SESSION_ID_LENGTH; i++) {
		assert_int_equal(any[i], i == 0 ? 7 : 31);
		assert_int_equal(all[i], 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_lines),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_client_text_is_last),
	    cmocka_unit_test(test_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
