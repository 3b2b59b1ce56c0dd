#ifndef GK_CTL_REPLAY_H
#define GK_CTL_REPLAY_H

#include <stdbool.h>

#include "ctl/recording.h"

/* What `replay` was asked for. */
struct replay {
	bool list;
	bool raw;
	bool timed; /* --speed, or a terminal to look at */
	double speed; /* how many times as fast */
	double max_idle; /* seconds; 0: no limit */
	enum stream stream; /* of which the bytes alone; STREAM_MAX: all */
};

/* One file, from its beginning to its end or to SIGINT. -1: some of it could
 * not be read, which has been said. */
int replay_play(const struct replay *, const char *path, struct recording *);
/* Whether SIGINT came. */
bool replay_interrupted(void);

/* The transcripts of a folder, a line each: an exit status. */
int replay_list(const char *dir);

/* Opens a transcript; NULL: there is none, or it is none: *problem, new. A
 * link, or what is no file, is none. */
struct recording *replay_open(const char *path, char **problem);

#endif
