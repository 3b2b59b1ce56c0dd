#ifndef GK_RELAY_H
#define GK_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "flow.h"

struct fault;
struct pollfd;

enum { RELAY_FLOWS = 3 };

/*
 * The program's streams, through this process: by pipes, or, where the client
 * has a terminal, by a terminal of our own.
 */
struct relay {
	struct flow flows[RELAY_FLOWS]; /* by the client's descriptor */
	int inner[RELAY_FLOWS]; /* the program's ends; -1: closed */
	int terminal; /* our end of it; -1: pipes */
	bool raw; /* the client's terminal was made so */
	struct termios before;
	int flags[RELAY_FLOWS]; /* of the client's descriptors, before */
};

/* tap, if not NULL, sees every chunk, and says whether it is to pass; stream
 * is 0, 1 or 2. -1: WHY_SYSTEM. */
int relay_open(struct relay *,
    bool (*tap)(void *context, int stream, const char *, size_t), void *context,
    struct fault *);
/* The outputs alone, both to the client's standard error, as far as it takes
 * them at once; the input is empty. */
int relay_open_outputs(struct relay *, struct fault *);
/* In the program's process: its ends become 0, 1 and 2; and with `controls`
 * the terminal, if it is one, controls its session, which it leads. */
int relay_attach(const struct relay *, bool controls, struct fault *);
/* In ours: the program's ends are closed here. */
void relay_begin(struct relay *);

/* At most RELAY_FLOWS entries; how many. */
size_t relay_poll(const struct relay *, struct pollfd *);
/* How many bytes moved. */
size_t relay_move(struct relay *);
/* Whether nothing more comes from the program. */
bool relay_drained(const struct relay *);
/* The client's window: passed on to the program, and told. False: pipes, or
 * unknown. */
bool relay_resize(const struct relay *, unsigned *columns, unsigned *rows);
/* The client's descriptors are again as they were. */
void relay_close(struct relay *);

#endif
