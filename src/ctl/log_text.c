/* A record as text: a word, then ` name=value` as often as it likes. Values
 * that may hold a client's bytes are in quotes, so none can be taken for the
 * name of the next. */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/log.h"
#include "ctl/log_line.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define AT(field) offsetof(struct log_record, field)

static const struct word {
	const char *text;
	enum log_action action;
	enum log_verdict verdict;
	bool failed;
} words[] = {
    {"permitted", LOG_REQUEST, LOG_PERMIT, false},
    {"refused", LOG_REQUEST, LOG_REFUSE, true},
    {"observed", LOG_REQUEST, LOG_OBSERVE, false},
    {"ended", LOG_END, LOG_PERMIT, false},
    {"failed", LOG_END, LOG_PERMIT, true},
    {"violation", LOG_VIOLATION, LOG_PERMIT, true},
    {"followed", LOG_ON_SUCCESS, LOG_PERMIT, false},
    {"follow-failed", LOG_ON_SUCCESS, LOG_PERMIT, true},
};

enum type { TEXT, NUMBER, SECONDS, ADDRESS, KIND, CALL_ARGS, COMMAND };

static const struct field {
	const char *name;
	enum type type;
	size_t offset;
} fields[] = {
    {"session", TEXT, AT(session)},
    {"key", TEXT, AT(key)},
    {"rule", TEXT, AT(rule)},
    {"addr", ADDRESS, AT(address)},
    {"port", NUMBER, AT(port)},
    {"account", TEXT, AT(account)},
    {"fingerprint", TEXT, AT(fingerprint)},
    {"request", KIND, 0},
    {"reason", TEXT, AT(reason)},
    {"pid", NUMBER, AT(pid)},
    {"program", TEXT, AT(executable)},
    {"sandbox", TEXT, AT(sandbox)},
    {"exit", NUMBER, AT(exit_code)},
    {"signal", TEXT, AT(signal)},
    {"seconds", SECONDS, AT(duration)},
    {"cpu", SECONDS, AT(cpu_time)},
    {"memory", NUMBER, AT(memory_peak)},
    {"in", NUMBER, AT(bytes_in)},
    {"out", NUMBER, AT(bytes_out)},
    {"ended-by", TEXT, AT(ended_by)},
    {"transcript", TEXT, AT(transcript)},
    {"call", TEXT, AT(call)},
    {"args", CALL_ARGS, 0},
    {"count", NUMBER, AT(count)},
    {"detail", TEXT, AT(detail)},
    {"command-bytes", NUMBER, AT(command_bytes)},
    {"command", COMMAND, AT(command)},
};

/* What is left to read, and the value that was read last. */
struct text {
	struct log_room *room;
	const char *p;
	const char *end;
	char *value;
	size_t size;
	bool quoted;
};

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte behind a backslash; 0: it is none, for a NUL is none either. */
static char
unescape(struct text *t)
{
	static const char from[] = "\"\\ntr", to[] = "\"\\\n\t\r";
	const char *found;
	int high, low;

	if (*t->p != 'x') {
		found = memchr(from, *t->p, sizeof(from) - 1);
		t->p++;
		if (found == NULL)
			return '\0';
		return to[found - from];
	}
	if (t->end - t->p < 3) {
		t->p = t->end;
		return '\0';
	}
	high = hex(t->p[1]);
	low = hex(t->p[2]);
	t->p += 3;
	return (char)(high == -1 || low == -1 ? 0 : high << 4 | low);
}

/* Decodes what is in quotes; t->p stands behind the first. */
static int
read_quoted(struct text *t, enum log_fault *fault)
{
	size_t left = (size_t)(t->end - t->p), used = t->room->used;
	char *out = log_room_take(t->room, left + 1), *start = out;

	*fault = LOG_CUT;
	while (t->p < t->end && *t->p != '"') {
		if (*t->p != '\\') {
			*out++ = *t->p++;
			continue;
		}
		if (++t->p == t->end)
			return -1;
		if ((*out = unescape(t)) == '\0') {
			*fault = t->p < t->end ? LOG_MALFORMED : LOG_CUT;
			return -1;
		}
		out++;
	}
	if (t->p == t->end)
		return -1;
	t->p++;
	*out = '\0';
	t->value = start;
	t->size = (size_t)(out - start);
	t->room->used = used + t->size + 1;
	return 0;
}

static int
read_value(struct text *t, enum log_fault *fault)
{
	const char *space, *end;

	t->quoted = t->p < t->end && *t->p == '"';
	if (t->quoted) {
		t->p++;
		return read_quoted(t, fault);
	}
	space = memchr(t->p, ' ', (size_t)(t->end - t->p));
	end = space != NULL ? space : t->end;
	t->size = (size_t)(end - t->p);
	t->value = log_room_copy(t->room, t->p, t->size);
	t->p = end;
	*fault = LOG_CUT;
	return t->size > 0 ? 0 : -1;
}

static long long
number(const char *s)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(s, &end, 10);
	return end == s || *end != '\0' || errno != 0 || n < 0 ? -1 : n;
}

/* Seconds with three digits behind the point, in nanoseconds. */
static long long
seconds(char *s)
{
	char *point = strchr(s, '.');
	long long whole, rest;

	if (point == NULL || strlen(point) != 4)
		return -1;
	*point = '\0';
	whole = number(s);
	rest = number(point + 1);
	if (whole == -1 || rest == -1 || whole > INT32_MAX)
		return -1;
	return whole * 1000000000 + rest * 1000000;
}

static char *const *
call_args(struct log_room *room, char *s)
{
	char **list = log_room_word(room, s), *comma;

	while ((comma = strchr(s, ',')) != NULL) {
		*comma = '\0';
		s = comma + 1;
		log_room_word(room, s);
	}
	log_room_word(room, NULL);
	return list;
}

static void
store(const struct text *t, const struct field *field, struct log_record *r)
{
	char *at = (char *)r + field->offset;
	const char *text = t->value;
	int kind;

	switch (field->type) {
	case COMMAND:
		r->command_size = t->size;
		/* FALLTHROUGH */
	case TEXT:
		memcpy(at, &text, sizeof(text));
		break;
	case ADDRESS:
		r->address = text;
		r->address_is_name = t->quoted;
		break;
	case NUMBER:
		*(long long *)(void *)at = number(text);
		break;
	case SECONDS:
		*(long long *)(void *)at = seconds(t->value);
		break;
	case CALL_ARGS:
		r->call_args = call_args(t->room, t->value);
		break;
	case KIND:
		if ((kind = log_value(log_kinds, text, t->size)) != -1)
			r->kind = (enum log_kind)kind;
		break;
	}
}

static const struct field *
find_field(const char *name, size_t size)
{
	for (size_t i = 0; i < NELEM(fields); i++)
		if (strlen(fields[i].name) == size &&
		    memcmp(fields[i].name, name, size) == 0)
			return &fields[i];
	return NULL;
}

/* ` name=value`. A name of a later gatekeeper is passed over. */
static int
read_field(struct text *t, struct log_record *r, enum log_fault *fault)
{
	const struct field *field;
	const char *equals;

	*fault = LOG_MALFORMED;
	if (*t->p++ != ' ')
		return -1;
	*fault = LOG_CUT;
	equals = memchr(t->p, '=', (size_t)(t->end - t->p));
	if (equals == NULL)
		return -1;
	field = find_field(t->p, (size_t)(equals - t->p));
	t->p = equals + 1;
	if (read_value(t, fault) == -1)
		return -1;
	if (field == NULL || (!t->quoted && strcmp(t->value, "-") == 0))
		return 0;
	store(t, field, r);
	return 0;
}

static int
read_word(struct text *t, struct log_record *r)
{
	const char *space = memchr(t->p, ' ', (size_t)(t->end - t->p));
	size_t size = (size_t)((space != NULL ? space : t->end) - t->p);

	for (size_t i = 0; i < NELEM(words); i++) {
		if (strlen(words[i].text) != size ||
		    memcmp(words[i].text, t->p, size) != 0)
			continue;
		r->action = words[i].action;
		r->verdict = words[i].verdict;
		r->failed = words[i].failed;
		t->p += size;
		return 0;
	}
	return -1;
}

int
log_text(struct log_room *room, const char *s, size_t size,
    struct log_record *r, enum log_fault *fault)
{
	struct text t = {.room = room, .p = s, .end = s + size};

	*fault = LOG_MALFORMED;
	if (memchr(s, '\0', size) != NULL)
		return -1;
	*fault = LOG_FOREIGN;
	if (read_word(&t, r) == -1)
		return -1;
	r->text = true;
	while (t.p < t.end) {
		if (read_field(&t, r, fault) == -1)
			return -1;
	}
	if (r->command != NULL && r->command_bytes == -1)
		r->command_bytes = (long long)r->command_size;
	if (r->action == LOG_VIOLATION && r->count == -1)
		r->count = 1;
	return 0;
}
