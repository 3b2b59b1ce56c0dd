#ifndef GK_CTL_RECORDING_H
#define GK_CTL_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "transcript.h"

/* One file of a transcript, read event by event. Whoever wrote it may have
 * been killed at any byte, or be no friend. */
struct recording;

/* What the header says. Strings are NULL where it does not. */
struct recording_about {
	bool streams; /* records of bytes, not asciicast */
	bool terminal;
	unsigned columns, rows; /* 0: not known */
	int64_t began; /* by the clock on the wall; 0: not known */
	const char *session, *key, *rule, *account, *command;
};

enum moment_kind { MOMENT_DATA, MOMENT_RESIZE, MOMENT_MARK };

struct moment {
	enum moment_kind kind;
	enum stream stream; /* of MOMENT_DATA */
	uint64_t when; /* microseconds, and never less than before */
	const char *data; /* of the recording, until the next */
	size_t size;
};

/* Takes the file over. NULL: it is none, and *problem says why; new. */
struct recording *recording_open(FILE *, char **problem);
const struct recording_about *recording_about(const struct recording *);

/* 1: there is one more; 0: that was all; -1: something is wrong, as
 * recording_problem() says; what follows, if anything, can still be asked
 * for. */
int recording_next(struct recording *, struct moment *);
const char *recording_problem(const struct recording *);
void recording_close(struct recording *);

#endif
