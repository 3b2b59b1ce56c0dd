/* Hostile bytes in every field of a record: both lines stay one line, and
 * whoever reads them back finds the fields that were set and no other. */

#include <assert.h>
#include <limits.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "../json.h"
#include "escape.h"
#include "record.h"

#define ARGS_MAX 4
#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A record and the strings that it borrows. */
struct made {
	struct record record;
	char *strings[16 + ARGS_MAX];
	size_t nstrings;
	char *args[ARGS_MAX + 1];
	char *command;
	struct record_use use;
	struct record_call call;
	uint64_t call_args[RECORD_CALL_ARGS];
};

struct input {
	const uint8_t *p;
	size_t left;
};

static unsigned
take_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->p++;
}

/* A length and as many bytes; 255 stands for NULL. */
static char *
take_string(struct made *made, struct input *in)
{
	size_t n = take_byte(in);
	char *s;

	if (n == 255)
		return NULL;
	if (n > in->left)
		n = in->left;
	s = strndup((const char *)in->p, n);
	assert(s != NULL);
	in->p += n;
	in->left -= n;
	made->strings[made->nstrings++] = s;
	return s;
}

static void
take_numbers(struct record *r, struct input *in)
{
	r->action = take_byte(in) % 2;
	r->verdict = take_byte(in) % 2;
	r->request = take_byte(in) % 3;
	r->why = take_byte(in) % WHY_MAX;
	r->command_max = take_byte(in);
	r->exit_code = (int)take_byte(in) - 1;
	r->port = take_byte(in) * 257;
	r->pid = (pid_t)take_byte(in);
	r->uid = take_byte(in) * 0x01010101u;
	r->duration = (long long)take_byte(in) - 1;
	r->signal = take_byte(in) % 70;
	r->when.tv_sec = take_byte(in) * 0x1000000L;
	r->when.tv_nsec = 999999999;
	r->policy_mtime.tv_sec = take_byte(in) % 2 == 0 ? 1 : LONG_MAX;
}

/* What only watched programs have: bits of one byte. */
static void
take_watched(struct made *made, unsigned bits)
{
	struct record *r = &made->record;

	if (bits & 1)
		r->use = &made->use;
	made->use = (struct record_use) {.cpu = bits * 1000000LL,
	    .peak = bits,
	    .relayed = (bits & 2) != 0,
	    .in = bits * 3,
	    .out = ULLONG_MAX};
	if (bits & 4)
		r->call = &made->call;
	for (size_t i = 0; i < RECORD_CALL_ARGS; i++)
		made->call_args[i] = UINT64_MAX >> (i * bits % 64);
	made->call = (struct record_call) {.name = bits & 8 ? "mount" : NULL,
	    .number = 165,
	    .args = made->call_args,
	    .count = bits % 3};
	r->ended_by = bits & 16 ? "idle-timeout" : NULL;
	r->transcript = bits & 32 ? "kept" : NULL;
	if (bits & 64)
		r->action += RECORD_VIOLATION;
}

static void
make(struct made *made, struct input *in)
{
	struct record *r = &made->record;
	unsigned nargs;

	take_numbers(r, in);
	take_watched(made, take_byte(in));
	nargs = take_byte(in) % (ARGS_MAX + 2);
	r->session = take_string(made, in);
	r->host = take_string(made, in);
	r->key = take_string(made, in);
	r->fingerprint = take_string(made, in);
	r->account = take_string(made, in);
	r->address = take_string(made, in);
	r->rule = take_string(made, in);
	r->detail = take_string(made, in);
	r->policy_file = take_string(made, in);
	r->executable = take_string(made, in);
	r->sandbox = take_string(made, in);
	for (unsigned i = 0; i + 1 < nargs; i++)
		made->args[i] = take_string(made, in);
	r->args = nargs > 0 ? made->args : NULL;
	if (r->request == RECORD_SHELL)
		return;
	/* A copy of exactly this size, so that a byte too many is seen. */
	made->command = malloc(in->left + 1);
	assert(made->command != NULL);
	if (in->left > 0)
		memcpy(made->command, in->p, in->left);
	made->command = realloc(made->command, in->left > 0 ? in->left : 1);
	r->command = made->command;
	r->command_bytes = in->left;
}

/* One line of valid UTF-8 that neither ends, nor steers, nor reorders. The
 * C library's idea of UTF-8 and of control characters, not ours. */
static void
check_line(const char *line)
{
	static const wchar_t bidi[] = L"\x61c\x200e\x200f\x202a\x202b\x202c"
				      L"\x202d\x202e\x2066\x2067\x2068\x2069"
				      L"\x2028\x2029\x85\xfeff";
	size_t n = strlen(line) + 1;
	wchar_t *wide = calloc(n, sizeof(*wide));

	assert(wide != NULL);
	assert(mbstowcs(wide, line, n) != (size_t)-1);
	for (const wchar_t *p = wide; *p != L'\0'; p++) {
		assert(!iswcntrl((wint_t)*p));
		assert(*p >= 0x20 && (*p < 0x7f || *p > 0x9f));
		assert(wcschr(bidi, *p) == NULL);
	}
	free(wide);
}

static size_t
kept_bytes(const struct record *r)
{
	return r->command_bytes < r->command_max ? r->command_bytes :
						   r->command_max;
}

/* What was kept is a prefix, at most three bytes short of what it may be. */
static void
check_kept(const struct record *r, const char *kept, size_t n)
{
	assert(n <= kept_bytes(r) && n + 3 >= kept_bytes(r));
	assert(n == r->command_bytes || r->command_bytes > r->command_max);
	assert(memcmp(kept, r->command, n) == 0);
}

/* JSON. */

static void
expect_json(const char *json, const char *path, const char *value)
{
	size_t n;
	char *got = json_get(json, path, &n), *want;

	if (value == NULL) {
		assert(got == NULL);
		return;
	}
	want = escape_is_utf8(value, strlen(value)) ?
	    strdup(value) :
	    escape_line(value, strlen(value));
	assert(got != NULL && want != NULL);
	assert(n == strlen(want) && memcmp(got, want, n) == 0);
	free(got);
	free(want);
}

static void
check_json_command(const struct record *r, const char *json)
{
	size_t n, ncoded = 0, nbytes;
	char *text = json_get(json, "gatekeeper.command", &n);
	char *coded = json_get(json, "gatekeeper.command_base64", &ncoded);
	char *bytes = json_get(json, "gatekeeper.command_bytes", &nbytes);

	if (r->command == NULL) {
		assert(text == NULL && coded == NULL && bytes == NULL);
		return;
	}
	assert((text == NULL) != (coded == NULL));
	if (text != NULL)
		check_kept(r, text, n);
	else
		assert(ncoded % 4 == 0 && ncoded / 4 * 3 <= kept_bytes(r) + 2);
	assert((bytes != NULL) == (r->command_bytes > r->command_max));
	assert(bytes == NULL || strtoul(bytes, NULL, 10) == r->command_bytes);
	free(text);
	free(coded);
	free(bytes);
}

/* All of them, or the first ones and how many there were. */
static void
check_json_args(const struct record *r, const char *json)
{
	char path[48], number[24];
	size_t kept = ARGS_MAX, n = 0, size;
	char *count = json_get(json, "process.args_count", &size);

	while (r->args != NULL && r->args[n] != NULL)
		n++;
	snprintf(number, sizeof(number), "%zu", n);
	assert(count == NULL || strncmp(count, number, size) == 0);
	for (size_t i = 0; r->args != NULL && i <= n && i < kept; i++) {
		char *arg;

		snprintf(path, sizeof(path), "process.args[%zu]", i);
		arg = json_get(json, path, &size);
		if (arg == NULL && count != NULL)
			kept = i;
		else
			expect_json(json, path, r->args[i]);
		free(arg);
	}
	assert(count == NULL || (kept > 0 && kept < n));
	free(count);
}

static void
check_json(const struct record *r)
{
	const struct {
		const char *path;
		const char *value;
	} rows[] = {
	    {"host.name", r->host},
	    {"user.name", r->account},
	    {"process.executable", r->executable},
	    {"rule.name", r->rule},
	    {"error.message", r->detail},
	    {"gatekeeper.session", r->session},
	    {"gatekeeper.key", r->key},
	    {"gatekeeper.fingerprint", r->fingerprint},
	    {"gatekeeper.sandbox", r->sandbox},
	    {"gatekeeper.policy.file", r->policy_file},
	};
	char *json = record_json(r);

	assert(json != NULL);
	check_line(json);
	assert(json_valid(json));
	for (size_t i = 0; i < NELEM(rows); i++)
		expect_json(json, rows[i].path, rows[i].value);
	check_json_args(r, json);
	check_json_command(r, json);
	free(json);
}

/* Text. */

/* The character behind a backslash; *p stands on it, and is moved past. */
static char
unescape(const char **p)
{
	static const char from[] = "\"\\ntr", to[] = "\"\\\n\t\r";
	char hex[3] = {0};
	const char *found;

	if (**p != 'x') {
		found = strchr(from, **p);
		assert(**p != '\0' && found != NULL);
		(*p)++;
		return to[found - from];
	}
	memcpy(hex, *p + 1, 2);
	assert(strspn(hex, "0123456789abcdef") == 2);
	*p += 3;
	return (char)strtol(hex, NULL, 16);
}

/* Reads ` name=` and its value, decoded; whether that was in quotes. */
static bool
read_field(const char **p, const char *name, char *value, size_t *size)
{
	size_t n = strlen(name);

	assert((*p)[0] == ' ' && strncmp(*p + 1, name, n) == 0);
	assert((*p)[n + 1] == '=');
	*p += n + 2;
	*size = 0;
	if (**p != '"') {
		*size = strcspn(*p, " \"=\\");
		memcpy(value, *p, *size);
		*p += *size;
		assert(**p == ' ' || **p == '\0');
		return false;
	}
	for ((*p)++; **p != '"';) {
		assert(**p != '\0');
		if (**p == '\\') {
			(*p)++;
			value[(*size)++] = unescape(p);
		} else {
			value[(*size)++] = *(*p)++;
		}
	}
	(*p)++;
	assert(**p == ' ' || **p == '\0');
	return true;
}

static void
expect_field(const char **p, const char *name, const char *want, char *value)
{
	size_t n;
	bool quoted = read_field(p, name, value, &n);

	if (want == NULL) {
		assert(!quoted && n == 1 && value[0] == '-');
		return;
	}
	assert(n == strlen(want) && memcmp(value, want, n) == 0);
	assert(quoted || (n > 0 && strcmp(want, "-") != 0));
}

static bool
is_end(const struct record *r)
{
	return r->action == RECORD_END || r->action == RECORD_ON_SUCCESS;
}

static void
expect_optional(const char **p, const char *name, const char *want, char *value)
{
	if (want != NULL)
		expect_field(p, name, want, value);
}

static void
expect_number(const char **p, const char *name, long want, char *value)
{
	char number[32];

	snprintf(number, sizeof(number), "%ld", want);
	expect_field(p, name, number, value);
}

/* A number with three decimals, whatever it is. */
static void
expect_seconds(const char **p, const char *name, char *value)
{
	size_t n;

	assert(!read_field(p, name, value, &n));
	assert(n > 4 && value[n - 4] == '.');
}

static void
check_text_use(const char **p, const struct record *r, char *value)
{
	if (is_end(r) && r->duration >= 0)
		expect_seconds(p, "seconds", value);
	if (r->use != NULL) {
		expect_seconds(p, "cpu", value);
		expect_number(p, "memory", (long)r->use->peak, value);
	}
	if (r->use != NULL && r->use->relayed) {
		expect_number(p, "in", (long)r->use->in, value);
		expect_field(p, "out", "18446744073709551615", value);
	}
	expect_optional(p, "ended-by", r->ended_by, value);
	expect_optional(p, "transcript", r->transcript, value);
}

static void
check_text_call(const char **p, const struct record_call *call, char *value)
{
	size_t n;

	if (call == NULL)
		return;
	if (call->name != NULL)
		expect_field(p, "call", call->name, value);
	else
		expect_number(p, "call", call->number, value);
	assert(!read_field(p, "args", value, &n));
	value[n] = '\0';
	assert(strtoull(value, NULL, 16) == UINT64_MAX);
	if (call->count > 1)
		expect_number(p, "count", (long)call->count, value);
}

static void
check_text_process(const char **p, const struct record *r, char *value)
{
	size_t n;

	if (r->pid != 0)
		expect_number(p, "pid", r->pid, value);
	expect_optional(p, "program", r->executable, value);
	expect_optional(p, "sandbox", r->sandbox, value);
	if (is_end(r) && r->exit_code >= 0)
		expect_number(p, "exit", r->exit_code, value);
	if (r->signal != 0) {
		assert(!read_field(p, "signal", value, &n));
		/* What has no name is told by its number. */
		value[n] = '\0';
		assert(
		    strncmp(value, "SIG", 3) == 0 || atoi(value) == r->signal);
	}
	check_text_use(p, r, value);
	check_text_call(p, r->call, value);
}

static void
check_text_client(const char **p, const struct record *r, char *value)
{
	size_t n;

	if (r->detail != NULL) {
		assert(strncmp(*p, " detail=\"", 9) == 0);
		expect_field(p, "detail", r->detail, value);
	}
	if (r->command == NULL)
		return;
	if (r->command_bytes > r->command_max)
		expect_number(p, "command-bytes", (long)r->command_bytes,
		    value);
	assert(read_field(p, "command", value, &n));
	check_kept(r, value, n);
}

static void
check_text_fields(const char *p, const struct record *r, char *value)
{
	bool refused = r->verdict != RECORD_PERMIT;

	p += strcspn(p, " ");
	expect_field(&p, "session", r->session, value);
	expect_field(&p, "key", r->key, value);
	expect_field(&p, "rule", r->rule, value);
	expect_field(&p, "addr", r->address, value);
	if (r->port != 0)
		expect_number(&p, "port", r->port, value);
	else
		expect_field(&p, "port", NULL, value);
	expect_field(&p, "account", r->account, value);
	expect_optional(&p, "fingerprint", r->fingerprint, value);
	if (r->request != RECORD_COMMAND)
		expect_field(&p, "request",
		    r->request == RECORD_SFTP ? "sftp" : "shell", value);
	if (refused || r->why != WHY_UNDECIDED)
		expect_field(&p, "reason", why_name(r->why), value);
	check_text_process(&p, r, value);
	check_text_client(&p, r, value);
	assert(*p == '\0');
}

static void
check_text(const struct record *r)
{
	char *text = record_text(r), *value;

	assert(text != NULL);
	check_line(text);
	value = malloc(strlen(text) + 1);
	assert(value != NULL);
	check_text_fields(text, r, value);
	free(value);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct made made = {0};

	assert(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
	make(&made, &in);
	check_json(&made.record);
	check_text(&made.record);
	for (size_t i = 0; i < made.nstrings; i++)
		free(made.strings[i]);
	free(made.command);
	return 0;
}
