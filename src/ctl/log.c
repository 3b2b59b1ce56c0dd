/* A log in pieces: lines cut from it, each handed to the reader of its form.
 * Every byte is hostile; a line that is no record is counted, and gone. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/log.h"
#include "ctl/log_line.h"
#include "ctl/show.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

const char *const log_actions[] = {
    [LOG_REQUEST] = "request",
    [LOG_END] = "end",
    [LOG_VIOLATION] = "violation",
    [LOG_ON_SUCCESS] = "on-success",
    NULL,
};

const char *const log_verdicts[] = {
    [LOG_REFUSE] = "refuse",
    [LOG_PERMIT] = "permit",
    [LOG_OBSERVE] = "observe",
    NULL,
};

const char *const log_kinds[] = {
    [LOG_COMMAND] = "command",
    [LOG_SFTP] = "sftp",
    [LOG_SHELL] = "shell",
    NULL,
};

const char *const log_fault_texts[] = {
    [LOG_FOREIGN] = "of other programs",
    [LOG_CUT] = "cut short",
    [LOG_MALFORMED] = "damaged",
    [LOG_NOT_UTF8] = "not UTF-8",
    [LOG_TOO_LONG] = "of more than 1 MiB",
};
static_assert(NELEM(log_fault_texts) == LOG_FAULTS, "each fault has a text");

struct log {
	void (*take)(const struct log_record *, void *);
	void *arg;
	struct log_counts counts;
	struct log_room room;
	char *part; /* of a line whose end has not come yet */
	size_t part_size;
	size_t part_used;
	bool skipping; /* the rest of a line that is too long */
};

struct log *
log_new(void (*take)(const struct log_record *, void *), void *arg)
{
	struct log *log = show_need(calloc(1, sizeof(*log)));

	log->take = take;
	log->arg = arg;
	return log;
}

void
log_free(struct log *log)
{
	if (log == NULL)
		return;
	free(log->room.bytes);
	free(log->room.words);
	free(log->part);
	free(log);
}

const struct log_counts *
log_counts(const struct log *log)
{
	return &log->counts;
}

int
log_value(const char *const *names, const char *s, size_t size)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strlen(names[i]) == size && memcmp(names[i], s, size) == 0)
			return i;
	return -1;
}

/* A record as JSON or as text: what stands behind a header. */
static int
read_record(struct log *log, const char *s, size_t size, struct log_record *r,
    struct log_journal *journal, enum log_fault *fault)
{
	if (size > 0 && s[0] == '{')
		return log_json(&log->room, s, size, r, journal, fault);
	return log_text(&log->room, s, size, r, fault);
}

static int
read_journal(struct log *log, const struct log_journal *outer,
    struct log_record *r, enum log_fault *fault)
{
	struct log_journal inner = {0};

	*fault = LOG_FOREIGN;
	if (outer->identifier == NULL ||
	    strcmp(outer->identifier, "gatekeeper") != 0)
		return -1;
	*fault = LOG_CUT;
	if (outer->cut)
		return -1;
	r->host = outer->host;
	if (outer->microseconds >= 0) {
		r->when.tv_sec = (time_t)(outer->microseconds / 1000000);
		r->when.tv_nsec = (long)(outer->microseconds % 1000000 * 1000);
	}
	if (read_record(log, outer->message, outer->message_size, r, &inner,
		fault) == -1)
		return -1;
	*fault = LOG_FOREIGN;
	return inner.message != NULL || inner.cut ? -1 : 0;
}

static int
read_line(struct log *log, const char *s, size_t size, struct log_record *r,
    enum log_fault *fault)
{
	struct log_journal journal = {0};
	size_t header = 0;

	if (s[0] != '{') {
		*fault = LOG_FOREIGN;
		if ((header = log_header(&log->room, s, size, r)) == 0)
			return -1;
	}
	if (read_record(log, s + header, size - header, r, &journal, fault) ==
	    -1)
		return -1;
	if (journal.message != NULL || journal.cut) {
		*fault = LOG_FOREIGN;
		if (header != 0 || read_journal(log, &journal, r, fault) == -1)
			return -1;
	}
	return log_record_check(r, fault);
}

static void
take_line(struct log *log, const char *s, size_t size)
{
	struct log_record record;
	enum log_fault fault = LOG_MALFORMED;

	if (size > 0 && s[size - 1] == '\r')
		size--;
	if (size == 0)
		return;
	log->counts.lines++;
	log_room_begin(&log->room, size);
	log_record_begin(&record);
	if (read_line(log, s, size, &record, &fault) == -1) {
		log->counts.faults[fault]++;
		return;
	}
	log->counts.records++;
	log->take(&record, log->arg);
}

static void
give_up(struct log *log)
{
	log->counts.lines++;
	log->counts.faults[LOG_TOO_LONG]++;
	log->part_used = 0;
	log->skipping = true;
}

static void
keep_part(struct log *log, const char *s, size_t size)
{
	size_t need;

	if (log->skipping || size == 0)
		return;
	if (size > LOG_LINE_MAX - log->part_used) {
		give_up(log);
		return;
	}
	if (size > log->part_size - log->part_used) {
		need = (log->part_used + size) * 2;
		log->part = show_need(realloc(log->part, need));
		log->part_size = need;
	}
	memcpy(log->part + log->part_used, s, size);
	log->part_used += size;
}

/* A line has come to its end: these bytes are the last of it. */
static void
end_line(struct log *log, const char *s, size_t size)
{
	if (!log->skipping && log->part_used == 0 && size <= LOG_LINE_MAX) {
		take_line(log, s, size);
		return;
	}
	keep_part(log, s, size);
	if (!log->skipping)
		take_line(log, log->part, log->part_used);
	log->part_used = 0;
	log->skipping = false;
}

void
log_bytes(struct log *log, const char *s, size_t size)
{
	const char *end = s + size, *newline;

	log->counts.bytes += size;
	while (
	    s < end && (newline = memchr(s, '\n', (size_t)(end - s))) != NULL) {
		end_line(log, s, (size_t)(newline - s));
		s = newline + 1;
	}
	keep_part(log, s, (size_t)(end - s));
}

void
log_end(struct log *log)
{
	end_line(log, NULL, 0);
}
