#ifndef GK_CTL_LOG_LINE_H
#define GK_CTL_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "ctl/log.h"

/*
 * The parts of the reader: each takes one line, or what is left of it. What
 * they decode goes to a room that was made for that line. Decoding makes
 * nothing longer, so a room of the line's size is enough, and each line has
 * the same room again.
 */
struct log_room {
	char *bytes;
	size_t used;
	size_t size;
	char **words; /* of the lists */
	size_t nwords;
	size_t words_size;
};

/* Empties it, and makes it large enough for a line of so many bytes. */
void log_room_begin(struct log_room *, size_t line);
/* Room for n bytes more; ends the program rather than give too little. */
char *log_room_take(struct log_room *, size_t n);
/* A copy that ends in NUL; NULL: it has a NUL of its own. */
char *log_room_copy(struct log_room *, const char *, size_t);
/* The next word of a list; NULL ends the list. The place where it stands:
 * that of the first word is the list. */
char **log_room_word(struct log_room *, char *);
/* NULL: that is no base64, or a NUL is in it. */
char *log_room_base64(struct log_room *, const char *, size_t, size_t *size);

/* What an object of journalctl says of the record in it. */
struct log_journal {
	const char *message; /* NULL: none */
	size_t message_size;
	bool cut; /* too long for journalctl without --all */
	const char *identifier;
	const char *host;
	long long microseconds; /* -1: unknown */
};

/* All of these: 0, or -1 and what is wrong. The record must be as
 * log_record_begin() leaves it. */
void log_record_begin(struct log_record *);
int log_record_check(const struct log_record *, enum log_fault *);

/* One object: a record; or one of journalctl's, whose message is not NULL. */
int log_json(struct log_room *, const char *, size_t, struct log_record *,
    struct log_journal *, enum log_fault *);
int log_text(struct log_room *, const char *, size_t, struct log_record *,
    enum log_fault *);
/* How many bytes the header takes, with its time and host in the record; 0:
 * there is none, or another program's. */
size_t log_header(struct log_room *, const char *, size_t, struct log_record *);
/* RFC 3339: how many bytes it takes; 0: it is none. */
size_t log_time(const char *, size_t, struct timespec *);
/* -1: not one of the names. */
int log_value(const char *const *names, const char *, size_t);

#endif
