/* What one line of a log holds, decoded: the room for it, and what a record
 * must have to be one. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/log.h"
#include "ctl/log_line.h"
#include "ctl/show.h"

/* Terminators of lists and strings that a line has no byte for. */
#define SPARE 64

void
log_room_begin(struct log_room *room, size_t line)
{
	/* Twice: a message of the journal, and the record in it. */
	size_t size = 2 * line + SPARE, words = line / 2 + SPARE;

	room->used = 0;
	room->nwords = 0;
	if (size <= room->size)
		return;
	free(room->bytes);
	free(room->words);
	room->bytes = show_need(malloc(size));
	room->words = show_need(reallocarray(NULL, words, sizeof(char *)));
	room->size = size;
	room->words_size = words;
}

char *
log_room_take(struct log_room *room, size_t n)
{
	char *p = room->bytes + room->used;

	if (n > room->size - room->used)
		abort();
	room->used += n;
	return p;
}

char *
log_room_copy(struct log_room *room, const char *s, size_t size)
{
	char *p;

	if (size > 0 && memchr(s, '\0', size) != NULL)
		return NULL;
	p = log_room_take(room, size + 1);
	if (size > 0)
		memcpy(p, s, size);
	p[size] = '\0';
	return p;
}

char **
log_room_word(struct log_room *room, char *word)
{
	if (room->nwords == room->words_size)
		abort();
	room->words[room->nwords] = word;
	return &room->words[room->nwords++];
}

/* The six bits of a digit; 64 for any other byte. */
static unsigned
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	if (c == '+' || c == '/')
		return c == '+' ? 62 : 63;
	return 64;
}

char *
log_room_base64(struct log_room *room, const char *s, size_t size,
    size_t *decoded)
{
	uint32_t bits = 0;
	unsigned have = 0, value;
	size_t n = 0;
	char *out;

	if (size % 4 != 0)
		return NULL;
	for (int i = 0; i < 2 && size > 0 && s[size - 1] == '='; i++)
		size--;
	out = log_room_take(room, size / 4 * 3 + 3);
	for (size_t i = 0; i < size; i++) {
		if ((value = digit(s[i])) == 64)
			return NULL;
		bits = bits << 6 | value;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[n] = (char)(bits >> have & 0xff);
		if (out[n++] == '\0')
			return NULL;
	}
	out[n] = '\0';
	*decoded = n;
	return out;
}

void
log_record_begin(struct log_record *r)
{
	*r = (struct log_record) {
	    .action = LOG_REQUEST,
	    .verdict = LOG_REFUSE,
	    .kind = LOG_COMMAND,
	    .port = -1,
	    .command_bytes = -1,
	    .pid = -1,
	    .args_count = -1,
	    .exit_code = -1,
	    .duration = -1,
	    .cpu_time = -1,
	    .memory_peak = -1,
	    .bytes_in = -1,
	    .bytes_out = -1,
	    .count = -1,
	};
}

/* A line that was cut between two fields looks whole. Every record has a
 * session, and a request a command, or it is one for a shell. */
int
log_record_check(const struct log_record *r, enum log_fault *fault)
{
	*fault = LOG_CUT;
	if (r->session == NULL)
		return -1;
	if (r->action == LOG_REQUEST && r->kind != LOG_SHELL &&
	    r->command == NULL)
		return -1;
	return 0;
}
