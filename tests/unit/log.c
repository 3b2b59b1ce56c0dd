/* Records read back: what record.c writes comes out as it went in, in each
 * form that a host stores it in, and damaged lines are counted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/log.h"
#include "ctl/log_line.h"
#include "record.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define SESSION "0123456789abcdefghjkmnpqrs"
#define FIELDS "session=" SESSION " key=backup rule=- addr=192.0.2.7 port=1 "
#define TEXT "refused " FIELDS "account=store reason=no-rule command=\"id\""
#define JSON \
	"{\"@timestamp\":\"2026-11-20T22:11:03.123456Z\"," \
	"\"event\":{\"action\":\"request\",\"outcome\":\"failure\"}," \
	"\"gatekeeper\":{\"session\":\"" SESSION "\",\"key\":\"backup\"," \
	"\"verdict\":\"refuse\",\"command\":\"id\"}}"
#define RECORD_TIME 1795212663

/* What came out, of the last record. */
struct seen {
	unsigned n;
	struct log_record record;
	char command[512];
	char key[64];
	char host[64];
	char detail[64];
	char args[256];
	char address[64];
	char signal[16];
	char ended_by[16];
	char transcript[16];
	char call[16];
};

static void
keep(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from != NULL ? from : "(none)");
}

static void
take(const struct log_record *r, void *arg)
{
	struct seen *seen = arg;

	seen->n++;
	seen->record = *r;
	assert_true(r->command_size < sizeof(seen->command));
	if (r->command != NULL) {
		assert_int_equal(strlen(r->command), r->command_size);
		memcpy(seen->command, r->command, r->command_size + 1);
	}
	keep(seen->key, sizeof(seen->key), r->key);
	keep(seen->host, sizeof(seen->host), r->host);
	keep(seen->detail, sizeof(seen->detail), r->detail);
	keep(seen->address, sizeof(seen->address), r->address);
	keep(seen->signal, sizeof(seen->signal), r->signal);
	keep(seen->ended_by, sizeof(seen->ended_by), r->ended_by);
	keep(seen->transcript, sizeof(seen->transcript), r->transcript);
	keep(seen->call, sizeof(seen->call), r->call);
	seen->args[0] = '\0';
	for (char *const *p = r->args != NULL ? r->args : r->call_args;
	     p != NULL && *p != NULL; p++) {
		strcat(seen->args, *p);
		strcat(seen->args, "|");
	}
}

/* Feeds it in pieces of that many bytes. */
static struct log_counts
feed(struct seen *seen, const char *s, size_t size, size_t piece)
{
	struct log *log;
	struct log_counts counts;

	memset(seen, 0, sizeof(*seen));
	log = log_new(take, seen);
	for (size_t i = 0; i < size; i += piece)
		log_bytes(log, s + i, size - i < piece ? size - i : piece);
	log_end(log);
	counts = *log_counts(log);
	log_free(log);
	return counts;
}

static struct log_counts
feed_text(struct seen *seen, const char *s)
{
	return feed(seen, s, strlen(s), SIZE_MAX / 2);
}

static void
expect_one(struct seen *seen, const char *line)
{
	struct log_counts counts = feed_text(seen, line);

	if (counts.records != 1)
		print_message("not a record: %s\n", line);
	assert_int_equal(counts.records, 1);
	assert_int_equal(counts.lines, 1);
	assert_int_equal(seen->n, 1);
}

/* A record through one of the two forms. */
static void
expect_record(struct seen *seen, const struct record *record, bool text)
{
	char *line = text ? record_text(record) : record_json(record);
	char whole[4096];

	assert_non_null(line);
	snprintf(whole, sizeof(whole), "%s%s",
	    text ? "Nov  1 12:00:00 store1 gatekeeper[77]: " : "", line);
	free(line);
	expect_one(seen, whole);
	assert_int_equal(seen->record.text, text);
}

/* A record of one command through one of the two forms. */
static void
round_trip(const char *command, size_t size, bool text)
{
	struct record record = {
	    .action = RECORD_REQUEST,
	    .verdict = RECORD_REFUSE,
	    .when = {RECORD_TIME, 123456000},
	    .session = SESSION,
	    .key = "backup",
	    .why = WHY_NO_RULE,
	    .command = command,
	    .command_bytes = size,
	    .command_max = 8192,
	    .exit_code = -1,
	};
	struct seen seen;

	expect_record(&seen, &record, text);
	assert_int_equal(seen.record.command_size, size);
	assert_int_equal(seen.record.command_bytes, size);
	assert_memory_equal(seen.command, command, size);
	assert_true(seen.record.failed);
}

/* Alone, in front of each other, and as far as it goes as UTF-8. */
static void
every_byte(void **state)
{
	char all[256], one[4] = "a.b";

	(void)state;
	for (int i = 1; i < 256; i++)
		all[i - 1] = (char)i;
	for (int text = 0; text < 2; text++) {
		round_trip(all, 255, text == 1);
		round_trip(all, 127, text == 1);
		round_trip("", 0, text == 1);
		for (int i = 1; i < 256; i++) {
			one[1] = (char)i;
			round_trip(one, 3, text == 1);
			round_trip(one, 2, text == 1);
			round_trip(one + 1, 1, text == 1);
		}
	}
}

static void
every_character(void **state)
{
	static const char *const rows[] = {"\xc2\x9b", "\xe2\x80\xae",
	    "\xf3\xa0\x81\x81", "\xf0\x9f\x98\x80", "\xef\xbf\xbd", "\\x41",
	    "\\", "\"", "\\u0041", "a\" key=\"b", "\xc3\xa9", "=", "-"};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		round_trip(rows[i], strlen(rows[i]), false);
		round_trip(rows[i], strlen(rows[i]), true);
	}
}

static const char *const run_args[] = {"rsync", "a b", "", NULL};

static void
all_fields(void **state)
{
	struct record record = {
	    .action = RECORD_REQUEST,
	    .verdict = RECORD_PERMIT,
	    .request = RECORD_SFTP,
	    .when = {RECORD_TIME, 123456789},
	    .session = SESSION,
	    .host = "store1",
	    .key = "backup",
	    .fingerprint = "SHA256:ab+/9",
	    .account = "store",
	    .uid = 998,
	    .address = "2001:db8::7",
	    .port = 40122,
	    .rule = "probes/uptime",
	    .detail = "a \"b\"\n",
	    .command = "internal-sftp",
	    .command_bytes = 13,
	    .command_max = 8,
	    .pid = 4711,
	    .executable = "/usr/bin/x y",
	    .sandbox = "landlock7,seccomp",
	    .exit_code = -1,
	};
	char *line;
	struct seen seen;

	(void)state;
	memcpy(&record.args, &(const char *const *) {run_args},
	    sizeof(record.args));
	line = record_json(&record);
	expect_one(&seen, line);
	free(line);
	assert_int_equal(seen.record.when.tv_sec, RECORD_TIME);
	assert_int_equal(seen.record.when.tv_nsec, 123456000);
	assert_int_equal(seen.record.verdict, LOG_PERMIT);
	assert_int_equal(seen.record.kind, LOG_SFTP);
	assert_false(seen.record.failed);
	assert_int_equal(seen.record.port, 40122);
	assert_int_equal(seen.record.pid, 4711);
	assert_int_equal(seen.record.exit_code, -1);
	assert_int_equal(seen.record.command_bytes, 13);
	assert_string_equal(seen.command, "internal");
	assert_string_equal(seen.args, "rsync|");
	assert_int_equal(seen.record.args_count, 3);
	assert_string_equal(seen.host, "store1");
	assert_string_equal(seen.detail, "a \"b\"\n");
	assert_string_equal(seen.address, "2001:db8::7");
	assert_false(seen.record.address_is_name);
}

/* What a watched session leaves, through both forms. */
static void
watched(void **state)
{
	static const uint64_t values[RECORD_CALL_ARGS] = {0, 1, 2, 3, 4, 5};
	static const struct record_call call = {"ptrace", 101, values, 7};
	static const struct record_use use = {1500000000, 4096, true, 8, 9};
	struct record record = {
	    .action = RECORD_END,
	    .verdict = RECORD_PERMIT,
	    .when = {RECORD_TIME, 0},
	    .session = SESSION,
	    .key = "backup",
	    .exit_code = -1,
	    .signal = 15,
	    .duration = 2500000000,
	    .use = &use,
	    .ended_by = "timeout",
	    .transcript = "cut",
	};
	struct seen seen;

	(void)state;
	for (int text = 0; text < 2; text++) {
		record.action = RECORD_END;
		record.call = NULL;
		expect_record(&seen, &record, text == 1);
		assert_int_equal(seen.record.action, LOG_END);
		assert_true(seen.record.failed);
		assert_int_equal(seen.record.duration, 2500000000);
		assert_int_equal(seen.record.cpu_time, 1500000000);
		assert_int_equal(seen.record.memory_peak, 4096);
		assert_int_equal(seen.record.bytes_in, 8);
		assert_int_equal(seen.record.bytes_out, 9);
		assert_int_equal(seen.record.exit_code, -1);
		assert_string_equal(seen.signal, "SIGTERM");
		assert_string_equal(seen.ended_by, "timeout");
		assert_string_equal(seen.transcript, "cut");
		record.action = RECORD_ON_SUCCESS;
		expect_record(&seen, &record, text == 1);
		assert_int_equal(seen.record.action, LOG_ON_SUCCESS);
		assert_true(seen.record.failed);
		record.action = RECORD_VIOLATION;
		record.call = &call;
		expect_record(&seen, &record, text == 1);
		assert_int_equal(seen.record.action, LOG_VIOLATION);
		assert_true(seen.record.failed);
		assert_int_equal(seen.record.count, 7);
		assert_string_equal(seen.call, "ptrace");
		assert_string_equal(seen.args, "0x0|0x1|0x2|0x3|0x4|0x5|");
	}
}

static void
text_fields(void **state)
{
	struct seen seen;

	(void)state;
	expect_one(&seen,
	    "<86>Nov  1 12:00:00 gatekeeper[7]: failed " FIELDS
	    "account=- pid=7 program=/bin/x exit=3 seconds=2.500 cpu=0.001 "
	    "memory=4096 in=1 out=2 ended-by=timeout later=\"x y\" "
	    "detail=\"a\\nb\" command-bytes=9000 command=\"id\"");
	assert_int_equal(seen.record.action, LOG_END);
	assert_true(seen.record.failed);
	assert_null(seen.record.account);
	assert_null(seen.record.rule);
	assert_int_equal(seen.record.exit_code, 3);
	assert_int_equal(seen.record.duration, 2500000000LL);
	assert_int_equal(seen.record.cpu_time, 1000000);
	assert_int_equal(seen.record.memory_peak, 4096);
	assert_int_equal(seen.record.bytes_in, 1);
	assert_int_equal(seen.record.bytes_out, 2);
	assert_int_equal(seen.record.command_bytes, 9000);
	assert_string_equal(seen.detail, "a\nb");
	expect_one(&seen,
	    "Nov  1 12:00:00 h gatekeeper: violation " FIELDS
	    "account=a pid=7 call=ptrace args=0x0,0x1,0x2,0x3,0x4,0x5 "
	    "count=4");
	assert_int_equal(seen.record.action, LOG_VIOLATION);
	assert_int_equal(seen.record.count, 4);
	assert_string_equal(seen.args, "0x0|0x1|0x2|0x3|0x4|0x5|");
	expect_one(&seen,
	    "Nov  1 12:00:00 h gatekeeper: follow-failed session=" SESSION
	    " key=\"-\" addr=\"proxy\" signal=SIGTERM");
	assert_int_equal(seen.record.action, LOG_ON_SUCCESS);
	assert_string_equal(seen.key, "-");
	assert_true(seen.record.address_is_name);
}

/* What the watcher adds, in JSON. */
static void
json_fields(void **state)
{
	struct seen seen;

	(void)state;
	expect_one(&seen,
	    "{\"event\":{\"action\":\"violation\",\"outcome\":\"failure\"},"
	    "\"source\":{\"address\":\"UNKNOWN\"},"
	    "\"gatekeeper\":{\"session\":\"s\",\"key\":\"k\","
	    "\"verdict\":\"permit\",\"violation\":{\"call\":\"ptrace\","
	    "\"number\":101,\"args\":[\"0x1\",\"0x2\"],\"count\":7}}}");
	assert_int_equal(seen.record.action, LOG_VIOLATION);
	assert_int_equal(seen.record.count, 7);
	assert_string_equal(seen.args, "0x1|0x2|");
	assert_true(seen.record.address_is_name);
	expect_one(&seen,
	    "{\"event\":{\"action\":\"end\",\"outcome\":\"success\","
	    "\"duration\":5},\"process\":{\"exit_code\":0},"
	    "\"gatekeeper\":{\"session\":\"s\",\"key\":\"k\","
	    "\"verdict\":\"observe\",\"cpu_time\":6,\"memory_peak\":7,"
	    "\"bytes_in\":8,\"bytes_out\":9,\"later\":{\"key\":\"x\"}}}");
	assert_int_equal(seen.record.verdict, LOG_OBSERVE);
	assert_int_equal(seen.record.duration, 5);
	assert_int_equal(seen.record.exit_code, 0);
	assert_int_equal(seen.record.cpu_time, 6);
	assert_int_equal(seen.record.memory_peak, 7);
	assert_int_equal(seen.record.bytes_in, 8);
	assert_int_equal(seen.record.bytes_out, 9);
	assert_string_equal(seen.key, "k");
}

static const char *const headers[] = {
    "Nov 20 22:11:03 store1 gatekeeper[1]: ",
    "Nov  2 22:11:03 store1 gatekeeper: ",
    "<86>Nov 20 22:11:03 gatekeeper[1]: ",
    "2026-11-20T22:11:03.123456+00:00 store1 gatekeeper[1]: ",
    "2026-11-20T23:11:03+0100 store1 gatekeeper[1]: ",
    "<86>1 2026-11-20T22:11:03.123456Z store1 gatekeeper 1 - - ",
    "<86>1 2026-11-20T22:11:03Z h gatekeeper 1 - [a b=\"]\\\"\"][c] \xef\xbb\xbf",
    "<86>1 - - gatekeeper - - - ",
};

static void
forms(void **state)
{
	struct seen seen;
	char line[1024];

	(void)state;
	for (size_t i = 0; i < NELEM(headers); i++) {
		snprintf(line, sizeof(line), "%s%s", headers[i], TEXT);
		expect_one(&seen, line);
		assert_string_equal(seen.command, "id");
		snprintf(line, sizeof(line), "%s%s\r\n", headers[i], JSON);
		expect_one(&seen, line);
		assert_string_equal(seen.command, "id");
		assert_int_equal(seen.record.when.tv_sec, RECORD_TIME);
	}
	snprintf(line, sizeof(line), "%s%s", headers[4], TEXT);
	expect_one(&seen, line);
	assert_int_equal(seen.record.when.tv_sec, RECORD_TIME);
	assert_string_equal(seen.host, "store1");
	expect_one(&seen, JSON "\n");
}

/* The year that is left out is the one that makes it lie behind us. */
static void
old_times(void **state)
{
	static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL), then;
	struct seen seen;
	struct tm tm;
	char line[1024];

	(void)state;
	for (int days = 0; days < 360; days += 30) {
		then = now - days * 86400;
		assert_non_null(localtime_r(&then, &tm));
		snprintf(line, sizeof(line),
		    "%s %2d %02d:%02d:%02d h gatekeeper[1]: %s",
		    names[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec, TEXT);
		expect_one(&seen, line);
		assert_int_equal(seen.record.when.tv_sec, then);
	}
}

/* `journalctl -o json`: the message as a string, and as bytes. */
static void
journal(void **state)
{
	static const char outer[] =
	    "{\"__REALTIME_TIMESTAMP\":\"1795212663000005\",\"_HOSTNAME\":"
	    "\"store1\",\"SYSLOG_IDENTIFIER\":\"gatekeeper\",\"MESSAGE\":";
	struct seen seen;
	char line[4096], *p;
	struct log_counts counts;

	(void)state;
	snprintf(line, sizeof(line), "%s\"%s\"}", outer,
	    "refused " FIELDS "account=a command=\\\"a\\\\nb\\\"");
	expect_one(&seen, line);
	assert_string_equal(seen.command, "a\nb");
	assert_string_equal(seen.host, "store1");
	assert_int_equal(seen.record.when.tv_sec, RECORD_TIME);
	assert_int_equal(seen.record.when.tv_nsec, 5000);
	p = line + sprintf(line, "%s[", outer);
	for (const char *s = JSON; *s != '\0'; s++)
		p += sprintf(p, "%d,", *s);
	strcpy(p - 1, "]}");
	expect_one(&seen, line);
	assert_string_equal(seen.command, "id");
	snprintf(line, sizeof(line), "%snull}", outer);
	counts = feed_text(&seen, line);
	assert_int_equal(counts.faults[LOG_CUT], 1);
	snprintf(line, sizeof(line), "%s\"{\\\"MESSAGE\\\":\\\"x\\\"}\"}",
	    outer);
	counts = feed_text(&seen, line);
	assert_int_equal(counts.faults[LOG_FOREIGN], 1);
}

static const struct bad {
	enum log_fault fault;
	const char *line;
} bad[] = {
    {LOG_FOREIGN, "{\"a\":1}"},
    {LOG_FOREIGN, "{\"event\":{\"action\":\"request\"}}"},
    {LOG_FOREIGN,
	"{\"MESSAGE\":\"" FIELDS "\",\"SYSLOG_IDENTIFIER\":\"sshd\"}"},
    {LOG_FOREIGN, "Nov 20 22:11:03 store1 sshd[1]: gatekeeper[1]: " TEXT},
    {LOG_FOREIGN, "Nov 20 22:11:03 store1 gatekeeperx: " TEXT},
    {LOG_FOREIGN, "Nov 20 22:11:03 store1 gatekeeper[1]: started"},
    {LOG_FOREIGN, "Nov 20 25:11:03 store1 gatekeeper[1]: " TEXT},
    {LOG_FOREIGN, "<86>1 2026-11-20T22:11:03Z h sshd 1 - - " TEXT},
    {LOG_FOREIGN, "2026-11-20T22:11:03 h gatekeeper: " TEXT},
    {LOG_FOREIGN, TEXT},
    {LOG_FOREIGN, "\x1b[2J"},
    {LOG_CUT, "{\"event\":{\"action\":\"requ"},
    {LOG_CUT, "{"},
    {LOG_CUT, "Nov 20 22:11:03 h gatekeeper: refused session=x command=\"a"},
    {LOG_CUT, "Nov 20 22:11:03 h gatekeeper: refused session=x command=\"\\"},
    {LOG_CUT, "Nov 20 22:11:03 h gatekeeper: refused session=x command=\"\\x"},
    {LOG_CUT, "Nov 20 22:11:03 h gatekeeper: refused session=x acc"},
    {LOG_CUT, "Nov 20 22:11:03 h gatekeeper: refused session=x account=a"},
    {LOG_CUT, "Nov 20 22:11:03 h gatekeeper: refused"},
    {LOG_MALFORMED, "{\"event\":{\"act" JSON},
    {LOG_MALFORMED, JSON JSON},
    {LOG_MALFORMED, JSON "x"},
    {LOG_MALFORMED, "{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{"},
    {LOG_MALFORMED,
	"{\"@timestamp\":\"yesterday\",\"event\":{\"action\":\"end\"}}"},
    {LOG_MALFORMED,
	"{\"event\":{\"action\":\"request\"},\"gatekeeper\":{\"session\":\"s\","
	"\"verdict\":\"refuse\",\"command_base64\":\"a\"}}"},
    {LOG_MALFORMED,
	"{\"event\":{\"action\":\"request\"},\"gatekeeper\":{\"session\":\"s\","
	"\"verdict\":\"refuse\",\"command_base64\":\"AAAA\"}}"},
    {LOG_MALFORMED,
	"{\"event\":{\"action\":\"request\"},\"gatekeeper\":{\"session\":\"s\","
	"\"verdict\":\"refuse\",\"command\":\"a\\u0000b\"}}"},
    {LOG_MALFORMED,
	"{\"MESSAGE\":[1,256],\"SYSLOG_IDENTIFIER\":\"gatekeeper\"}"},
    {LOG_MALFORMED,
	"Nov 20 22:11:03 h gatekeeper: refused session=x command=\"\\q\" a=b"},
    {LOG_MALFORMED, "Nov 20 22:11:03 h gatekeeper: refused session=\"x\"y=z"},
    {LOG_NOT_UTF8, "{\"a\":\"\xff\"}"},
    {LOG_NOT_UTF8, "{\"a\":\"\xed\xa0\x80\xff\"}"},
};

/* Each alone, and then between two records. */
static void
damaged(void **state)
{
	struct seen seen;
	struct log_counts counts;
	char lines[2048];

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		snprintf(lines, sizeof(lines), JSON "\n%s\n" JSON, bad[i].line);
		counts = feed_text(&seen, lines);
		if (counts.faults[bad[i].fault] != 1 || counts.records != 2)
			print_message("%s\n", bad[i].line);
		assert_int_equal(counts.lines, 3);
		assert_int_equal(counts.records, 2);
		assert_int_equal(counts.faults[bad[i].fault], 1);
	}
}

/* A NUL is nowhere in what gatekeeper writes. */
static void
zeros(void **state)
{
	static const char line[] = JSON "\n\0\0\0\0\n" JSON;
	static const char text[] =
	    "Nov 20 22:11:03 h gatekeeper: ended session=a\0b key=c";
	struct seen seen;
	struct log_counts counts = feed(&seen, line, sizeof(line) - 1, 5);

	(void)state;
	assert_int_equal(counts.records, 2);
	assert_int_equal(counts.faults[LOG_FOREIGN], 1);
	counts = feed(&seen, text, sizeof(text) - 1, 1000);
	assert_int_equal(counts.faults[LOG_MALFORMED], 1);
}

/* Cut at every byte: a record only when all of it is there. */
static void
truncated(void **state)
{
	static const char line[] = "Nov 20 22:11:03 h gatekeeper[1]: " TEXT;
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < strlen(line); i++)
		assert_int_equal(feed(&seen, line, i, 4096).records, 0);
	for (size_t i = 0; i < strlen(JSON); i++)
		assert_int_equal(feed(&seen, JSON, i, 4096).records, 0);
}

/* In pieces of any size it is the same. */
static void
pieces(void **state)
{
	static const char lines[] = JSON "\n\n{\n" JSON "\r\nx\n" JSON;
	struct seen seen;
	struct log_counts counts;

	(void)state;
	for (size_t piece = 1; piece < sizeof(lines); piece++) {
		counts = feed(&seen, lines, sizeof(lines) - 1, piece);
		assert_int_equal(counts.records, 3);
		assert_int_equal(counts.lines, 5);
		assert_int_equal(counts.bytes, sizeof(lines) - 1);
	}
}

static void
gigantic(void **state)
{
	size_t size = LOG_LINE_MAX + 1;
	char *line = malloc(size + sizeof(JSON) + 1);
	struct log_counts counts;
	struct seen seen;

	(void)state;
	assert_non_null(line);
	for (size_t piece = 4096; piece <= 4 * size; piece *= 32) {
		memset(line, 'x', size);
		strcpy(line + size, "\n" JSON);
		counts = feed(&seen, line, strlen(line), piece);
		assert_int_equal(counts.records, 1);
		assert_int_equal(counts.lines, 2);
		assert_int_equal(counts.faults[LOG_TOO_LONG], 1);
		/* As long as may be. */
		line[size - 1] = '\n';
		line[size] = '\n';
		counts = feed(&seen, line, strlen(line), piece);
		assert_int_equal(counts.faults[LOG_TOO_LONG], 0);
		assert_int_equal(counts.faults[LOG_FOREIGN], 1);
	}
	free(line);
}

/* Nothing but lists, and nothing but objects: as large as a line may be. */
static void
crowded(void **state)
{
	static const char *const units[] = {"\"\",", "[", "{\"a\":", "\"\"]",
	    "0,", "{\"process\":{\"args\":[\"\"]}},"};
	static const char *const heads[] = {"{\"process\":{\"args\":[",
	    "{\"MESSAGE\":[", "{\"a\":", ""};
	char *line = malloc(LOG_LINE_MAX + 64), *p;
	struct seen seen;

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < NELEM(units) * NELEM(heads); i++) {
		const char *unit = units[i % NELEM(units)];

		p = stpcpy(line, heads[i / NELEM(units)]);
		while (p - line + (ptrdiff_t)strlen(unit) <= LOG_LINE_MAX)
			p = stpcpy(p, unit);
		assert_int_equal(feed_text(&seen, line).lines, 1);
	}
	free(line);
}

struct at {
	const char *text;
	time_t seconds; /* -1: it is none */
	long nanoseconds;
};

static const struct at times[] = {
    {"1970-01-01T00:00:00Z", 0, 0},
    {"2000-02-29T23:59:59Z", 951868799, 0},
    {"2000-03-01T00:00:00Z", 951868800, 0},
    {"2026-11-20T22:11:03.123456Z", RECORD_TIME, 123456000},
    {"2026-11-20T22:11:03.1234567899Z", RECORD_TIME, 123456789},
    {"2026-11-20T23:11:03+01:00", RECORD_TIME, 0},
    {"2026-11-20T17:11:03-0500", RECORD_TIME, 0},
    {"2100-03-01T00:00:00Z", 4107542400, 0},
    {"9999-12-31T23:59:59Z", 253402300799, 0},
    {"2026-11-20T22:11:03", -1, 0},
    {"2026-13-20T22:11:03Z", -1, 0},
    {"2026-11-00T22:11:03Z", -1, 0},
    {"2026-11-20 22:11:03Z", -1, 0},
    {"2026-11-20T22:11:03.Z", -1, 0},
    {"2026-11-20T22:11", -1, 0},
    {"1969-11-20T22:11:03Z", -1, 0},
    {"", -1, 0},
};

static void
timestamps(void **state)
{
	struct timespec when;
	size_t n;

	(void)state;
	for (size_t i = 0; i < NELEM(times); i++) {
		n = log_time(times[i].text, strlen(times[i].text), &when);
		if (times[i].seconds == -1) {
			assert_int_equal(n, 0);
			continue;
		}
		assert_int_equal(n, strlen(times[i].text));
		assert_int_equal(when.tv_sec, times[i].seconds);
		assert_int_equal(when.tv_nsec, times[i].nanoseconds);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_byte),
	    cmocka_unit_test(every_character),
	    cmocka_unit_test(all_fields),
	    cmocka_unit_test(watched),
	    cmocka_unit_test(text_fields),
	    cmocka_unit_test(json_fields),
	    cmocka_unit_test(forms),
	    cmocka_unit_test(old_times),
	    cmocka_unit_test(journal),
	    cmocka_unit_test(damaged),
	    cmocka_unit_test(zeros),
	    cmocka_unit_test(truncated),
	    cmocka_unit_test(pieces),
	    cmocka_unit_test(gigantic),
	    cmocka_unit_test(crowded),
	    cmocka_unit_test(timestamps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
