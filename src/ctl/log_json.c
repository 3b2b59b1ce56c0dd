/* A record as JSON, or an object of journalctl's, read by libyajl as it goes:
 * the table says which members are kept, and all others leave nothing. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "ctl/log.h"
#include "ctl/log_line.h"
#include "escape.h"

#define DEPTH_MAX 3 /* of a record */
#define DEPTH_LIMIT 100 /* yajl is slow where a line is deep */
#define ROW(name, type, field) \
	{ \
		name, sizeof(name) - 1, type, \
		    offsetof(struct log_record, field), NULL \
	}
#define OUTER(name, type, field) \
	{ \
		name, sizeof(name) - 1, type, \
		    offsetof(struct log_journal, field), NULL \
	}
#define OBJECT_OF(name, members) \
	{ \
		name, sizeof(name) - 1, OBJECT, 0, members \
	}

enum type {
	OBJECT,
	TEXT,
	NUMBER,
	LIST,
	TIME,
	ACTION,
	VERDICT,
	KIND,
	OUTCOME,
	NAME_ADDRESS,
	COMMAND,
	BASE64,
	MESSAGE,
	OUTER_TEXT,
	OUTER_NUMBER
};

struct member {
	const char *name;
	size_t size;
	enum type type;
	size_t offset;
	const struct member *members;
};

static const struct member event[] = {
    ROW("action", ACTION, action),
    ROW("outcome", OUTCOME, failed),
    ROW("reason", TEXT, reason),
    ROW("duration", NUMBER, duration),
    {0},
};

static const struct member host[] = {ROW("name", TEXT, host), {0}};
static const struct member rule[] = {ROW("name", TEXT, rule), {0}};
static const struct member error[] = {ROW("message", TEXT, detail), {0}};

static const struct member user[] = {
    ROW("name", TEXT, account),
    ROW("id", TEXT, uid),
    {0},
};

static const struct member source[] = {
    ROW("ip", TEXT, address),
    ROW("port", NUMBER, port),
    ROW("address", NAME_ADDRESS, address),
    {0},
};

static const struct member process[] = {
    ROW("pid", NUMBER, pid),
    ROW("executable", TEXT, executable),
    ROW("args", LIST, args),
    ROW("args_count", NUMBER, args_count),
    ROW("exit_code", NUMBER, exit_code),
    ROW("signal", TEXT, signal),
    {0},
};

static const struct member policy[] = {ROW("file", TEXT, policy_file), {0}};

static const struct member violation[] = {
    ROW("call", TEXT, call),
    ROW("args", LIST, call_args),
    ROW("count", NUMBER, count),
    {0},
};

static const struct member gatekeeper[] = {
    ROW("session", TEXT, session),
    ROW("key", TEXT, key),
    ROW("verdict", VERDICT, verdict),
    ROW("command", COMMAND, command),
    ROW("request", KIND, kind),
    ROW("fingerprint", TEXT, fingerprint),
    ROW("sandbox", TEXT, sandbox),
    OBJECT_OF("policy", policy),
    OBJECT_OF("violation", violation),
    ROW("command_base64", BASE64, command),
    ROW("command_bytes", NUMBER, command_bytes),
    ROW("cpu_time", NUMBER, cpu_time),
    ROW("memory_peak", NUMBER, memory_peak),
    ROW("bytes_in", NUMBER, bytes_in),
    ROW("bytes_out", NUMBER, bytes_out),
    ROW("ended_by", TEXT, ended_by),
    ROW("transcript", TEXT, transcript),
    {0},
};

static const struct member root[] = {
    ROW("@timestamp", TIME, when),
    OBJECT_OF("event", event),
    OBJECT_OF("host", host),
    OBJECT_OF("user", user),
    OBJECT_OF("source", source),
    OBJECT_OF("process", process),
    OBJECT_OF("rule", rule),
    OBJECT_OF("error", error),
    OBJECT_OF("gatekeeper", gatekeeper),
    OUTER("MESSAGE", MESSAGE, message),
    OUTER("SYSLOG_IDENTIFIER", OUTER_TEXT, identifier),
    OUTER("__REALTIME_TIMESTAMP", OUTER_NUMBER, microseconds),
    OUTER("_HOSTNAME", OUTER_TEXT, host),
    {0},
};

/* What yajl calls back with. */
struct parse {
	struct log_room *room;
	struct log_record *record;
	struct log_journal *journal;
	/* The members known of each object around; NULL: of none. */
	const struct member *around[DEPTH_MAX + 1];
	unsigned depth;
	const struct member *member; /* whose value comes next */
	const struct member *list; /* whose words come next */
	char **words;
	bool ours; /* there is an action, and it is known */
	bool judged; /* and a verdict */
	bool broken; /* a value that no record has */
};

static char *
copy(struct parse *p, const unsigned char *s, size_t size)
{
	char *text = log_room_copy(p->room, (const char *)s, size);

	if (text == NULL)
		p->broken = true;
	return text;
}

static void
put_base64(struct parse *p, const char *s, size_t size)
{
	struct log_record *r = p->record;

	r->command = log_room_base64(p->room, s, size, &r->command_size);
	if (r->command == NULL)
		p->broken = true;
}

static void
put_action(struct parse *p, const char *s, size_t size)
{
	int action = log_value(log_actions, s, size);

	if (action == -1)
		return;
	p->record->action = (enum log_action)action;
	p->ours = true;
}

static void
put_verdict(struct parse *p, const char *s, size_t size)
{
	int verdict = log_value(log_verdicts, s, size);

	if (verdict == -1)
		return;
	p->record->verdict = (enum log_verdict)verdict;
	p->judged = true;
}

static void
put_kind(struct parse *p, const char *s, size_t size)
{
	int kind = log_value(log_kinds, s, size);

	if (kind != -1)
		p->record->kind = (enum log_kind)kind;
}

static void
put_text(void *base, size_t offset, const char *text)
{
	memcpy((char *)base + offset, &text, sizeof(text));
}

static long long
number(const char *s, size_t size)
{
	char room[24], *end;
	long long n;

	if (size == 0 || size >= sizeof(room))
		return -1;
	memcpy(room, s, size);
	room[size] = '\0';
	errno = 0;
	n = strtoll(room, &end, 10);
	return end == room || *end != '\0' || errno != 0 || n < 0 ? -1 : n;
}

static void
put_number(void *base, size_t offset, long long n)
{
	memcpy((char *)base + offset, &n, sizeof(n));
}

/* A string that is the value of a known member. */
static void
put_string(struct parse *p, const unsigned char *bytes, size_t size)
{
	const struct member *m = p->member;
	struct log_record *r = p->record;
	const char *s = (const char *)bytes;

	switch (m->type) {
	case COMMAND:
		r->command_size = size;
		/* FALLTHROUGH */
	case TEXT:
		put_text(r, m->offset, copy(p, bytes, size));
		break;
	case NAME_ADDRESS:
		r->address = copy(p, bytes, size);
		r->address_is_name = true;
		break;
	case BASE64:
		put_base64(p, s, size);
		break;
	case TIME:
		if (log_time(s, size, &r->when) != size)
			p->broken = true;
		break;
	case ACTION:
		put_action(p, s, size);
		break;
	case VERDICT:
		put_verdict(p, s, size);
		break;
	case KIND:
		put_kind(p, s, size);
		break;
	case OUTCOME:
		r->failed = size == 7 && memcmp(s, "failure", size) == 0;
		break;
	case MESSAGE:
		p->journal->message_size = size;
		/* FALLTHROUGH */
	case OUTER_TEXT:
		put_text(p->journal, m->offset, copy(p, bytes, size));
		break;
	case OUTER_NUMBER:
		put_number(p->journal, m->offset, number(s, size));
		break;
	default:
		break;
	}
}

static int
take_string(void *arg, const unsigned char *s, size_t size)
{
	struct parse *p = arg;

	if (p->list != NULL && p->list->type == LIST)
		log_room_word(p->room, copy(p, s, size));
	else if (p->list != NULL)
		p->broken = true;
	else if (p->member != NULL)
		put_string(p, s, size);
	p->member = NULL;
	return 1;
}

/* A message that is not UTF-8 is an array of its bytes. */
static void
put_byte(struct parse *p, long long byte)
{
	if (byte < 0 || byte > 255) {
		p->broken = true;
		return;
	}
	*log_room_take(p->room, 1) = (char)byte;
	p->journal->message_size++;
}

static int
take_number(void *arg, const char *s, size_t size)
{
	struct parse *p = arg;

	if (p->list != NULL && p->list->type == MESSAGE)
		put_byte(p, number(s, size));
	else if (p->list == NULL && p->member != NULL &&
	    p->member->type == NUMBER)
		put_number(p->record, p->member->offset, number(s, size));
	p->member = NULL;
	return 1;
}

/* null, true or false. journalctl says null of what is too long for it. */
static int
take_null(void *arg)
{
	struct parse *p = arg;

	if (p->member != NULL && p->member->type == MESSAGE)
		p->journal->cut = true;
	p->member = NULL;
	return 1;
}

static int
take_boolean(void *arg, int value)
{
	struct parse *p = arg;

	(void)value;
	p->member = NULL;
	return 1;
}

static int
take_name(void *arg, const unsigned char *s, size_t size)
{
	struct parse *p = arg;
	const struct member *m = NULL;

	p->member = NULL;
	if (p->depth <= DEPTH_MAX)
		m = p->around[p->depth];
	for (; m != NULL && m->name != NULL; m++) {
		if (m->size != size || memcmp(m->name, s, size) != 0)
			continue;
		p->member = m;
		break;
	}
	return 1;
}

static int
enter(struct parse *p, const struct member *members)
{
	if (++p->depth <= DEPTH_MAX)
		p->around[p->depth] = members;
	p->member = NULL;
	return p->depth <= DEPTH_LIMIT;
}

static int
take_object(void *arg)
{
	struct parse *p = arg;
	const struct member *members = NULL;

	if (p->list != NULL)
		p->broken = true;
	else if (p->depth == 0)
		members = root;
	else if (p->member != NULL && p->member->type == OBJECT)
		members = p->member->members;
	return enter(p, members);
}

static int
take_array(void *arg)
{
	struct parse *p = arg;
	const struct member *m = p->member;

	if (p->list != NULL)
		p->broken = true;
	else if (m != NULL && m->type == LIST)
		p->words = p->room->words + p->room->nwords;
	else if (m != NULL && m->type == MESSAGE)
		p->journal->message = log_room_take(p->room, 0);
	if (m != NULL && (m->type == LIST || m->type == MESSAGE)) {
		p->journal->message_size = 0;
		p->list = m;
	}
	return enter(p, NULL);
}

static int
take_end(void *arg)
{
	struct parse *p = arg;

	if (p->list != NULL && p->list->type == LIST) {
		log_room_word(p->room, NULL);
		put_text(p->record, p->list->offset, (char *)p->words);
	}
	p->list = NULL;
	p->member = NULL;
	p->depth--;
	return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = take_null,
    .yajl_boolean = take_boolean,
    .yajl_number = take_number,
    .yajl_string = take_string,
    .yajl_start_map = take_object,
    .yajl_map_key = take_name,
    .yajl_end_map = take_end,
    .yajl_start_array = take_array,
    .yajl_end_array = take_end,
};

/* Memory that ran out is a line like any other that cannot be read: yajl
 * asks for no more than a few times LOG_LINE_MAX. */
static int
parse(struct parse *p, const char *s, size_t size, enum log_fault *fault)
{
	yajl_handle handle = yajl_alloc(&callbacks, NULL, p);
	yajl_status status = yajl_status_error;

	*fault = LOG_MALFORMED;
	if (handle == NULL)
		return -1;
	status = yajl_parse(handle, (const unsigned char *)s, size);
	if (status == yajl_status_ok) {
		status = yajl_complete_parse(handle);
		*fault = LOG_CUT;
	}
	yajl_free(handle);
	if (status == yajl_status_ok && !p->broken)
		return 0;
	if (status == yajl_status_ok || !escape_is_utf8(s, size))
		*fault =
		    status == yajl_status_ok ? LOG_MALFORMED : LOG_NOT_UTF8;
	return -1;
}

static void
finish(struct log_record *r)
{
	if (r->command != NULL && r->command_bytes == -1)
		r->command_bytes = (long long)r->command_size;
	if (r->action == LOG_VIOLATION && r->count == -1)
		r->count = 1;
}

int
log_json(struct log_room *room, const char *s, size_t size,
    struct log_record *r, struct log_journal *journal, enum log_fault *fault)
{
	struct parse p = {.room = room, .record = r, .journal = journal};

	journal->microseconds = -1;
	if (parse(&p, s, size, fault) == -1)
		return -1;
	if (p.ours && p.judged) {
		journal->message = NULL;
		journal->cut = false;
		finish(r);
		return 0;
	}
	*fault = LOG_FOREIGN;
	return journal->message != NULL || journal->cut ? 0 : -1;
}
