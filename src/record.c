/* One event as one line, whatever its fields hold: JSON with Elastic Common
 * Schema names, or text for people and fail2ban. Every string is hostile. */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "escape.h"
#include "record.h"

#define DEPTH_MAX 4
#define SIGNAL_ROOM 16
#define NANOSECONDS 1000000000LL

static const char *const action_names[] = {
    [RECORD_REQUEST] = "request",
    [RECORD_END] = "end",
    [RECORD_VIOLATION] = "violation",
    [RECORD_ON_SUCCESS] = "on-success",
};

static const char *const verdict_names[] = {
    [RECORD_REFUSE] = "refuse",
    [RECORD_PERMIT] = "permit",
    [RECORD_OBSERVE] = "observe",
};

static const char *const request_names[] = {
    [RECORD_COMMAND] = "command",
    [RECORD_SFTP] = "sftp",
    [RECORD_SHELL] = "shell",
};

/* A line being written; memory that ran out is seen when it is finished. */
struct line {
	FILE *file;
	char *text;
	size_t size;
	bool failed;
	const char *open[DEPTH_MAX]; /* names of the JSON objects around */
	unsigned depth;
	unsigned written; /* of these, how many have their brace */
	bool comma;
};

static int
line_begin(struct line *line)
{
	*line = (struct line) {0};
	line->file = open_memstream(&line->text, &line->size);
	return line->file != NULL ? 0 : -1;
}

static char *
line_finish(struct line *line)
{
	bool failed = line->failed || ferror(line->file) != 0;

	if (fclose(line->file) != 0 || failed) {
		free(line->text);
		return NULL;
	}
	return line->text;
}

/* Takes an escaped string over; NULL is memory that ran out. */
static void
put_quoted(struct line *line, char *escaped)
{
	if (escaped == NULL)
		line->failed = true;
	else
		fprintf(line->file, "\"%s\"", escaped);
	free(escaped);
}

/* What the event says beyond its fields. */

static bool
has_reason(const struct record *record)
{
	return record->verdict != RECORD_PERMIT || record->why != WHY_UNDECIDED;
}

/* Whether it tells how a program ended. */
static bool
is_end(const struct record *record)
{
	return record->action == RECORD_END ||
	    record->action == RECORD_ON_SUCCESS;
}

static bool
has_exit(const struct record *record)
{
	return is_end(record) && record->exit_code >= 0;
}

static bool
is_failure(const struct record *record)
{
	if (record->action == RECORD_VIOLATION)
		return true;
	if (record->ended_by != NULL || record->signal != 0)
		return true;
	if (has_exit(record))
		return record->exit_code != 0;
	/* What is observed runs, though its reason says that it should not. */
	return record->verdict != RECORD_OBSERVE && has_reason(record);
}

/* SIGTERM for 15; real-time signals by number. */
static const char *
signal_name(const struct record *record, char *room, size_t size)
{
	const char *name = sigabbrev_np(record->signal);

	if (name != NULL)
		snprintf(room, size, "SIG%s", name);
	else
		snprintf(room, size, "%d", record->signal);
	return room;
}

static bool
is_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 ||
	    inet_pton(AF_INET6, text, address) == 1;
}

/* How much of the command is kept: never half a character. */
static size_t
command_kept(const struct record *record)
{
	const char *s = record->command;
	size_t n = record->command_max;

	if (record->command_bytes <= n)
		return record->command_bytes;
	for (int i = 0; i < 3 && n > 0 && (s[n] & 0xc0) == 0x80; i++)
		n--;
	return n;
}

/* JSON. An object gets its brace with its first member, so that one without
 * members leaves nothing. Names are ours and need no escape. */

static void
json_name(struct line *line, const char *name)
{
	while (line->written < line->depth) {
		fprintf(line->file, "%s\"%s\":{", line->comma ? "," : "",
		    line->open[line->written++]);
		line->comma = false;
	}
	fprintf(line->file, "%s\"%s\":", line->comma ? "," : "", name);
	line->comma = true;
}

static void
json_open(struct line *line, const char *name)
{
	assert(line->depth < DEPTH_MAX);
	line->open[line->depth++] = name;
}

static void
json_close(struct line *line)
{
	line->depth--;
	if (line->written <= line->depth)
		return;
	line->written--;
	line->comma = true;
	fputc('}', line->file);
}

static void
json_value(struct line *line, const char *value)
{
	char *valid;

	if (escape_is_utf8(value, strlen(value))) {
		put_quoted(line, escape_json(value, strlen(value)));
		return;
	}
	if ((valid = escape_line(value, strlen(value))) == NULL)
		line->failed = true;
	else
		put_quoted(line, escape_json(valid, strlen(valid)));
	free(valid);
}

static void
json_string(struct line *line, const char *name, const char *value)
{
	if (value == NULL)
		return;
	json_name(line, name);
	json_value(line, value);
}

static void
json_number(struct line *line, const char *name, long long value)
{
	json_name(line, name);
	fprintf(line->file, "%lld", value);
}

/* The first arguments, as many as command_max has room for: a pattern of a
 * few bytes can expand to a great many. Where some are left out, args_count
 * tells how many there were. */
static void
json_args(struct line *line, const struct record *record)
{
	char *const *args = record->args;
	size_t room = record->command_max, n = 0, len;

	if (args == NULL)
		return;
	json_name(line, "args");
	fputc('[', line->file);
	for (; args[n] != NULL; n++) {
		len = strlen(args[n]);
		if (n > 0 && len >= room)
			break;
		room -= len < room ? len : room;
		if (n > 0)
			fputc(',', line->file);
		json_value(line, args[n]);
	}
	fputc(']', line->file);
	if (args[n] == NULL)
		return;
	while (args[n] != NULL)
		n++;
	json_number(line, "args_count", (long long)n);
}

/* RFC 3339 in UTC. A year that it cannot write is left out: a file's time
 * may be anything. */
static void
json_time(struct line *line, const char *name, const struct timespec *when,
    bool fraction)
{
	struct tm tm;

	if (gmtime_r(&when->tv_sec, &tm) == NULL || tm.tm_year < -1900 ||
	    tm.tm_year > 9999 - 1900)
		return;
	json_name(line, name);
	fprintf(line->file, "\"%04d-%02d-%02dT%02d:%02d:%02d",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
	if (fraction)
		fprintf(line->file, ".%06ld", when->tv_nsec / 1000);
	fputs("Z\"", line->file);
}

static const char *
json_type(const struct record *record)
{
	if (is_end(record))
		return "[\"end\"]";
	if (record->action == RECORD_VIOLATION)
		return "[\"denied\"]";
	if (record->verdict != RECORD_REFUSE)
		return "[\"start\",\"allowed\"]";
	return "[\"start\",\"denied\"]";
}

static void
json_event(struct line *line, const struct record *record)
{
	json_open(line, "event");
	json_string(line, "kind", "event");
	json_name(line, "category");
	fputs("[\"process\"]", line->file);
	json_string(line, "action", action_names[record->action]);
	json_name(line, "type");
	fputs(json_type(record), line->file);
	json_string(line, "outcome",
	    is_failure(record) ? "failure" : "success");
	if (has_reason(record))
		json_string(line, "reason", why_name(record->why));
	if (is_end(record) && record->duration >= 0)
		json_number(line, "duration", record->duration);
	json_close(line);
}

static void
json_client(struct line *line, const struct record *record)
{
	char id[16];

	snprintf(id, sizeof(id), "%lu", (unsigned long)record->uid);
	json_open(line, "host");
	json_string(line, "name", record->host);
	json_close(line);
	json_open(line, "user");
	json_string(line, "name", record->account);
	json_string(line, "id", id);
	json_close(line);
	json_open(line, "source");
	if (record->address != NULL)
		json_string(line,
		    is_address(record->address) ? "ip" : "address",
		    record->address);
	if (record->port != 0)
		json_number(line, "port", record->port);
	json_close(line);
}

static void
json_process(struct line *line, const struct record *record)
{
	char name[SIGNAL_ROOM];

	json_open(line, "process");
	if (record->pid != 0)
		json_number(line, "pid", record->pid);
	json_string(line, "executable", record->executable);
	json_args(line, record);
	if (has_exit(record))
		json_number(line, "exit_code", record->exit_code);
	if (record->signal != 0)
		json_string(line, "signal",
		    signal_name(record, name, sizeof(name)));
	json_close(line);
	json_open(line, "rule");
	json_string(line, "name", record->rule);
	json_close(line);
	json_open(line, "error");
	json_string(line, "message", record->detail);
	json_close(line);
}

static void
json_command(struct line *line, const struct record *record)
{
	size_t kept;

	if (record->command == NULL)
		return;
	kept = command_kept(record);
	if (escape_is_utf8(record->command, kept)) {
		json_name(line, "command");
		put_quoted(line, escape_json(record->command, kept));
	} else {
		json_name(line, "command_base64");
		put_quoted(line, escape_base64(record->command, kept));
	}
	if (kept < record->command_bytes)
		json_number(line, "command_bytes",
		    (long long)record->command_bytes);
}

static void
json_use(struct line *line, const struct record *record)
{
	const struct record_use *use = record->use;

	json_string(line, "ended_by", record->ended_by);
	json_string(line, "transcript", record->transcript);
	if (use == NULL)
		return;
	json_number(line, "cpu_time", use->cpu);
	json_number(line, "memory_peak", (long long)use->peak);
	if (!use->relayed)
		return;
	json_number(line, "bytes_in", (long long)use->in);
	json_number(line, "bytes_out", (long long)use->out);
}

static void
json_call(struct line *line, const struct record_call *call)
{
	if (call == NULL)
		return;
	json_open(line, "violation");
	json_string(line, "call", call->name);
	json_number(line, "number", call->number);
	json_name(line, "args");
	for (int i = 0; i < RECORD_CALL_ARGS; i++)
		fprintf(line->file, "%s\"0x%llx\"", i == 0 ? "[" : ",",
		    (unsigned long long)call->args[i]);
	fputc(']', line->file);
	if (call->count > 1)
		json_number(line, "count", (long long)call->count);
	json_close(line);
}

static void
json_gatekeeper(struct line *line, const struct record *record)
{
	json_open(line, "gatekeeper");
	json_string(line, "session", record->session);
	json_string(line, "key", record->key);
	json_string(line, "fingerprint", record->fingerprint);
	json_string(line, "verdict", verdict_names[record->verdict]);
	json_command(line, record);
	json_string(line, "request", request_names[record->request]);
	json_string(line, "sandbox", record->sandbox);
	json_use(line, record);
	json_call(line, record->call);
	json_open(line, "policy");
	json_string(line, "file", record->policy_file);
	if (record->policy_file != NULL && record->policy_mtime.tv_sec != 0)
		json_time(line, "mtime", &record->policy_mtime, false);
	json_close(line);
	json_close(line);
}

char *
record_json(const struct record *record)
{
	struct line line;

	if (line_begin(&line) == -1)
		return NULL;
	fputc('{', line.file);
	json_time(&line, "@timestamp", &record->when, true);
	json_event(&line, record);
	json_client(&line, record);
	json_process(&line, record);
	json_gatekeeper(&line, record);
	fputc('}', line.file);
	return line_finish(&line);
}

/* Text. */

/* Whether a value can stand without quotes. A lone `-` cannot: it says that
 * there is no value. */
static bool
is_plain(const char *value)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._:,/@+";

	return value[0] != '\0' && strcmp(value, "-") != 0 &&
	    value[strspn(value, plain)] == '\0';
}

static void
text_quoted(struct line *line, const char *name, const char *value, size_t size)
{
	fprintf(line->file, " %s=", name);
	put_quoted(line, escape_line(value, size));
}

static void
text_field(struct line *line, const char *name, const char *value)
{
	if (value == NULL)
		fprintf(line->file, " %s=-", name);
	else if (is_plain(value))
		fprintf(line->file, " %s=%s", name, value);
	else
		text_quoted(line, name, value, strlen(value));
}

static void
text_optional(struct line *line, const char *name, const char *value)
{
	if (value != NULL)
		text_field(line, name, value);
}

/* A name in place of an address is quoted even when it looks harmless, so
 * that what follows `addr=` bare is an address that may be banned. */
static void
text_address(struct line *line, const struct record *record)
{
	const char *address = record->address;

	if (address == NULL || is_address(address))
		text_field(line, "addr", address);
	else
		text_quoted(line, "addr", address, strlen(address));
	if (record->port != 0)
		fprintf(line->file, " port=%u", record->port);
	else
		text_field(line, "port", NULL);
}

static const char *
text_word(const struct record *record)
{
	if (record->action == RECORD_VIOLATION)
		return "violation";
	if (record->action == RECORD_ON_SUCCESS)
		return is_failure(record) ? "follow-failed" : "followed";
	if (record->action == RECORD_END)
		return is_failure(record) ? "failed" : "ended";
	if (record->verdict == RECORD_OBSERVE)
		return "observed";
	return record->verdict == RECORD_PERMIT ? "permitted" : "refused";
}

static void
text_duration(struct line *line, const char *name, long long length)
{
	fprintf(line->file, " %s=%lld.%03lld", name, length / NANOSECONDS,
	    length % NANOSECONDS / (NANOSECONDS / 1000));
}

static void
text_use(struct line *line, const struct record *record)
{
	const struct record_use *use = record->use;

	if (is_end(record) && record->duration >= 0)
		text_duration(line, "seconds", record->duration);
	if (use != NULL) {
		text_duration(line, "cpu", use->cpu);
		fprintf(line->file, " memory=%llu", use->peak);
	}
	if (use != NULL && use->relayed)
		fprintf(line->file, " in=%llu out=%llu", use->in, use->out);
	text_optional(line, "ended-by", record->ended_by);
	text_optional(line, "transcript", record->transcript);
}

static void
text_call(struct line *line, const struct record_call *call)
{
	if (call == NULL)
		return;
	if (call->name != NULL)
		text_field(line, "call", call->name);
	else
		fprintf(line->file, " call=%d", call->number);
	for (int i = 0; i < RECORD_CALL_ARGS; i++)
		fprintf(line->file, "%s0x%llx", i == 0 ? " args=" : ",",
		    (unsigned long long)call->args[i]);
	if (call->count > 1)
		fprintf(line->file, " count=%lu", call->count);
}

static void
text_process(struct line *line, const struct record *record)
{
	char name[SIGNAL_ROOM];

	if (record->pid != 0)
		fprintf(line->file, " pid=%ld", (long)record->pid);
	text_optional(line, "program", record->executable);
	text_optional(line, "sandbox", record->sandbox);
	if (has_exit(record))
		fprintf(line->file, " exit=%d", record->exit_code);
	if (record->signal != 0)
		text_field(line, "signal",
		    signal_name(record, name, sizeof(name)));
	text_use(line, record);
	text_call(line, record->call);
}

/* What may hold the client's bytes, hence last, and always in quotes. */
static void
text_client(struct line *line, const struct record *record)
{
	size_t kept;

	if (record->detail != NULL)
		text_quoted(line, "detail", record->detail,
		    strlen(record->detail));
	if (record->command == NULL)
		return;
	kept = command_kept(record);
	if (kept < record->command_bytes)
		fprintf(line->file, " command-bytes=%zu",
		    record->command_bytes);
	text_quoted(line, "command", record->command, kept);
}

char *
record_text(const struct record *record)
{
	struct line line;

	if (line_begin(&line) == -1)
		return NULL;
	fputs(text_word(record), line.file);
	text_field(&line, "session", record->session);
	text_field(&line, "key", record->key);
	text_field(&line, "rule", record->rule);
	text_address(&line, record);
	text_field(&line, "account", record->account);
	text_optional(&line, "fingerprint", record->fingerprint);
	if (record->request != RECORD_COMMAND)
		text_field(&line, "request", request_names[record->request]);
	if (has_reason(record))
		text_field(&line, "reason", why_name(record->why));
	text_process(&line, record);
	text_client(&line, record);
	return line_finish(&line);
}

/* 26 characters of five bits: the first two bits are zero. */
int
record_session(char id[SESSION_ID_LENGTH + 1])
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	unsigned char random[16];
	unsigned bits = 0, have = 2;
	ssize_t n;

	do {
		n = getrandom(random, sizeof(random), 0);
	} while (n == -1 && errno == EINTR);
	if (n != sizeof(random))
		return -1;
	for (size_t i = 0; i < sizeof(random); i++) {
		bits = (bits << 8 | random[i]) & 0xffff;
		for (have += 8; have >= 5; have -= 5)
			*id++ = digits[bits >> (have - 5) & 31];
	}
	*id = '\0';
	return 0;
}
