/* Reads the files of a transcript. Nothing in them is believed: neither
 * lengths, nor times, nor that a line ends. */

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/recording.h"
#include "ctl/show.h"
#include "transcript.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

enum {
	LINE_LIMIT = 1 << 20, /* ours are much shorter; others' may be longer */
	SKIP_LIMIT = 64 << 20, /* of all that is longer */
	YEAR = 366 * 24 * 3600
};

struct recording {
	FILE *f;
	json_t *header;
	struct recording_about about;
	uint64_t when; /* of the last event */
	unsigned line;
	bool over;
	char *problem;
	char *buffer; /* a line, or the bytes of a record */
	size_t size;
	size_t skipped; /* of lines that are too long */
	/* Of asciicast: what goes before an event. */
	json_t *event;
	bool error;
	char *bytes; /* what each U+FFFD stands for */
	char *data; /* with that in place */
};

static int
wrong(struct recording *r, char *problem)
{
	free(r->problem);
	r->problem = problem;
	return -1;
}

static int
wrong_line(struct recording *r, const char *what)
{
	return wrong(r, show_format("line %u is %s; left out", r->line, what));
}

static int
end_wrong(struct recording *r, const char *what)
{
	r->over = true;
	return wrong(r,
	    show_format("after %llu.%06llu seconds: %s",
		(unsigned long long)r->when / 1000000,
		(unsigned long long)r->when % 1000000, what));
}

/* The next line without its end. 1; 0: there is none; -1: it is longer than
 * any line may be, and has been read up to there. */
static int
read_line(struct recording *r)
{
	int c;

	r->size = 0;
	while ((c = getc_unlocked(r->f)) != EOF && c != '\n') {
		if (r->size == LINE_LIMIT)
			break;
		r->buffer[r->size++] = (char)c;
	}
	if (c == EOF && r->size == 0)
		return 0;
	r->line++;
	return c == EOF || c == '\n' ? 1 : -1;
}

/* The rest of a line. -1: it goes on: of a file with holes, which costs its
 * account nothing, for terabytes. */
static int
pass_over(struct recording *r)
{
	int c;

	while ((c = getc_unlocked(r->f)) != EOF && c != '\n')
		if (r->skipped++ == SKIP_LIMIT)
			return -1;
	return 0;
}

static json_t *
parse(const struct recording *r, size_t flags)
{
	return json_loadb(r->buffer, r->size, flags | JSON_REJECT_DUPLICATES,
	    NULL);
}

static unsigned
find_number(const json_t *object, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(object, name));

	return n > 0 && n <= UINT16_MAX ? (unsigned)n : 0;
}

static void
read_about(struct recording *r)
{
	const json_t *own = json_object_get(r->header, "gatekeeper");
	struct recording_about *a = &r->about;

	a->columns = find_number(r->header, "width");
	a->rows = find_number(r->header, "height");
	a->began = json_integer_value(json_object_get(r->header, "timestamp"));
	a->command = json_string_value(json_object_get(r->header, "command"));
	a->session = json_string_value(json_object_get(own, "session"));
	a->key = json_string_value(json_object_get(own, "key"));
	a->rule = json_string_value(json_object_get(own, "rule"));
	a->account = json_string_value(json_object_get(own, "account"));
	/* What others wrote was on a terminal. */
	a->terminal = !json_is_false(json_object_get(own, "terminal"));
}

static const char *
read_header(struct recording *r)
{
	const json_t *version;
	const char *name;

	switch (read_line(r)) {
	case 0:
		return "is empty";
	case -1:
		return "is no transcript: its first line is longer than 1 MiB";
	default:
		break;
	}
	r->header = parse(r, 0);
	version = json_object_get(r->header, "version");
	name = json_string_value(version);
	r->about.streams =
	    name != NULL && strcmp(name, TRANSCRIPT_VERSION) == 0;
	if (!r->about.streams && json_integer_value(version) != 2)
		return "is no transcript: its first line is neither a header "
		       "of asciicast v2 nor of " TRANSCRIPT_VERSION;
	read_about(r);
	return NULL;
}

struct recording *
recording_open(FILE *f, char **problem)
{
	struct recording *r = show_need(calloc(1, sizeof(*r)));
	const char *what;

	r->f = f;
	r->buffer = show_need(malloc(LINE_LIMIT));
	what = read_header(r);
	if (what == NULL)
		return r;
	*problem = show_format("%s", what);
	recording_close(r);
	return NULL;
}

const struct recording_about *
recording_about(const struct recording *r)
{
	return &r->about;
}

const char *
recording_problem(const struct recording *r)
{
	return r->problem;
}

/* Records. */

/* -1: too large, or the file ends. */
static int
read_number(struct recording *r, uint64_t *number)
{
	int c;

	*number = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if ((c = getc_unlocked(r->f)) == EOF || (shift == 63 && c > 1))
			return -1;
		*number |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return 0;
	}
	return -1;
}

static int
read_kind(int c, struct moment *moment)
{
	static const char kinds[] = "ioe";
	const char *found = strchr(kinds, c);

	*moment = (struct moment) {.kind = MOMENT_MARK};
	if (c == 'm')
		return 0;
	if (c == '\0' || found == NULL)
		return -1;
	moment->kind = MOMENT_DATA;
	moment->stream = (enum stream)(STREAM_IN + (found - kinds));
	return 0;
}

static int
next_record(struct recording *r, struct moment *moment)
{
	uint64_t passed, size;
	int c = getc_unlocked(r->f);

	if (c == EOF)
		return 0;
	if (read_kind(c, moment) == -1)
		return end_wrong(r, "what follows is no record");
	if (read_number(r, &passed) == -1 || read_number(r, &size) == -1)
		return end_wrong(r, "a record is cut short, or broken");
	if (passed > (uint64_t)YEAR * 1000000 - r->when ||
	    size > TRANSCRIPT_RECORD_MAX)
		return end_wrong(r, "a record is too long, or too late");
	if (fread(r->buffer, 1, size, r->f) != size)
		return end_wrong(r, "the last record is cut short");
	r->when += passed;
	moment->when = r->when;
	moment->data = r->buffer;
	moment->size = size;
	return 1;
}

/* Events of asciicast. */

/* The time may be an integer, or go back. */
static int
read_time(struct recording *r, const json_t *value)
{
	double seconds = json_number_value(value);
	uint64_t when;

	if (!json_is_number(value) || seconds < 0 || seconds > YEAR)
		return -1;
	when = (uint64_t)(seconds * 1000000 + 0.5);
	if (when > r->when)
		r->when = when;
	return 0;
}

/* Two digits of a byte. */
static bool
read_byte(const char *p, char *byte)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;

	if (p[0] == '\0' || p[1] == '\0')
		return false;
	high = strchr(digits, p[0]);
	low = strchr(digits, p[1]);
	if (high == NULL || low == NULL)
		return false;
	*byte = (char)((high - digits) * 16 + (low - digits));
	return true;
}

/* One word of the list, as bytes. */
static const char *
put_bytes(char **to, const char *p)
{
	for (; read_byte(p, *to); p += 2)
		(*to)++;
	return *p == ' ' ? p + 1 : p;
}

/* Puts back the bytes that an event could not say. */
static void
restore(struct recording *r, struct moment *moment)
{
	const char *from = moment->data, *end = from + moment->size;
	const char *list = r->bytes;
	char *to, byte;

	free(r->data);
	to = r->data = show_need(malloc(moment->size + strlen(list) + 1));
	while (from < end) {
		if (!read_byte(list, &byte) || end - from < 3 ||
		    memcmp(from, REPLACEMENT, 3) != 0) {
			*to++ = *from++;
			continue;
		}
		list = put_bytes(&to, list);
		from += 3;
	}
	moment->data = r->data;
	moment->size = (size_t)(to - r->data);
}

static void
forget_notes(struct recording *r)
{
	free(r->bytes);
	r->bytes = NULL;
	r->error = false;
}

static void
take_data(struct recording *r, char code, struct moment *moment)
{
	moment->kind = MOMENT_DATA;
	moment->stream = code == 'i' ? STREAM_IN : STREAM_OUT;
	if (r->error && code == 'o')
		moment->stream = STREAM_ERR;
	if (r->bytes != NULL)
		restore(r, moment);
	forget_notes(r);
}

/* 1: one to hand out; 0: one for ourselves, or unknown. */
static int
take_event(struct recording *r, const char *code, struct moment *moment)
{
	if (code[0] == '\0' || code[1] != '\0')
		return 0;
	switch (code[0]) {
	case 'e':
		r->error = true;
		return 0;
	case 'b':
		free(r->bytes);
		r->bytes = show_need(strndup(moment->data, moment->size));
		return 0;
	case 'i':
	case 'o':
		take_data(r, code[0], moment);
		return 1;
	case 'r':
	case 'm':
		moment->kind = code[0] == 'r' ? MOMENT_RESIZE : MOMENT_MARK;
		return 1;
	default:
		return 0;
	}
}

static int
read_event(struct recording *r, struct moment *moment)
{
	const char *code, *data;

	json_decref(r->event);
	r->event = parse(r, JSON_ALLOW_NUL);
	code = json_string_value(json_array_get(r->event, 1));
	data = json_string_value(json_array_get(r->event, 2));
	if (json_array_size(r->event) != 3 || code == NULL || data == NULL)
		return wrong_line(r, feof(r->f) ? "cut short" : "no event");
	if (read_time(r, json_array_get(r->event, 0)) == -1)
		return wrong_line(r, "of no time");
	*moment = (struct moment) {.when = r->when,
	    .data = data,
	    .size = json_string_length(json_array_get(r->event, 2))};
	return take_event(r, code, moment);
}

static int
next_event(struct recording *r, struct moment *moment)
{
	int ret;

	do {
		ret = read_line(r);
		if (ret == 0)
			return 0;
		if (ret == -1 && pass_over(r) == -1)
			return end_wrong(r, "a line does not end");
		if (ret == -1)
			return wrong_line(r, "too long");
		ret = read_event(r, moment);
	} while (ret == 0);
	return ret;
}

int
recording_next(struct recording *r, struct moment *moment)
{
	int ret;

	if (r->over)
		return 0;
	ret = r->about.streams ? next_record(r, moment) : next_event(r, moment);
	if (ret == 0 && ferror(r->f))
		return end_wrong(r, "it cannot be read any further");
	return ret;
}

void
recording_close(struct recording *r)
{
	if (r == NULL)
		return;
	fclose(r->f);
	json_decref(r->header);
	json_decref(r->event);
	forget_notes(r);
	free(r->problem);
	free(r->buffer);
	free(r->data);
	free(r);
}
