#ifndef GK_TRANSCRIPT_H
#define GK_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct fault;
struct transcript;

/*
 * A session as it went, for later play-back: gatekeeper-transcript(5). What
 * has a terminal, and what is text, goes to SESSION.cast; what is binary, or
 * turns out to be, to SESSION.streams. Each entry is one write(2), so that
 * whoever kills the writer takes the entry at hand with him and no other.
 */
enum stream { STREAM_IN, STREAM_OUT, STREAM_ERR, STREAM_MAX };

struct transcript_about {
	const char *session; /* names the file */
	const char *key, *rule, *account;
	const char *command; /* NULL: none; only its beginning is kept */
	bool terminal;
	const char *term; /* TERM of the client; NULL: not known */
	unsigned columns, rows; /* 0: not known */
	bool text; /* may be text: a command or a shell; no protocol */
	struct timespec began; /* by the clock on the wall */
};

/*
 * Makes the folder if it is missing, as trust_shared() does, and in it the
 * file, mode 0600. max is for the bytes of both files; 0: no limit. NULL: a
 * fault with WHY_AUDIT.
 */
struct transcript *transcript_open(const char *dir,
    const struct transcript_about *, size_t max, struct fault *);

/*
 * elapsed is CLOCK_MONOTONIC since the session began. -1: from now on nothing
 * more is kept, as transcript_state() says why. That is returned once; later
 * calls do nothing and return 0. What is in the file stays whole.
 */
int transcript_add(struct transcript *, enum stream, const void *, size_t,
    const struct timespec *elapsed);
int transcript_resize(struct transcript *, unsigned columns, unsigned rows,
    const struct timespec *elapsed);

enum transcript_state {
	TRANSCRIPT_KEPT,
	TRANSCRIPT_CUT, /* max is reached */
	TRANSCRIPT_LOST /* the disk, or memory */
};

enum transcript_state transcript_state(const struct transcript *);
/* Writes what is left, if anything; hence the state once more. NULL: KEPT. */
enum transcript_state transcript_close(struct transcript *);

/* Whether it can be the session of a transcript, and so part of a path. */
bool transcript_is_session(const char *);

#define TRANSCRIPT_CAST ".cast"
#define TRANSCRIPT_STREAMS ".streams"
/* `version` in the header of the latter, and the most in one record of it. */
#define TRANSCRIPT_VERSION "gatekeeper-streams-1"
#define TRANSCRIPT_RECORD_MAX 65536

#endif
