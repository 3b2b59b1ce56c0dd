#ifndef GK_FLOW_H
#define GK_FLOW_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * One direction of a stream: bytes from one descriptor to another, neither of
 * which may block us. Without a tap the kernel moves them where it can, and
 * they never come here.
 */
struct flow {
	int from; /* -1: over */
	int to;
	int owned; /* one of the two, closed at the end: the program's other
	            * end sees it; -1: neither */
	bool copies; /* through room; else by splice(2) */
	char *room; /* FLOW_ROOM bytes, of the flow; NULL until needed */
	size_t at, n; /* what of it is still to be written */
	bool full; /* `to` takes nothing now */
	unsigned long long bytes;
	bool lossy; /* what `to` does not take at once is dropped */
	/* Sees each chunk before it is passed on, and says whether it is to
	 * be; or NULL. */
	bool (*tap)(void *context, int stream, const char *, size_t);
	void *context;
	int stream;
};

enum { FLOW_ROOM = 32 * 1024 };

/* What poll(2) is to look at; false when it is over. */
bool flow_wants(const struct flow *, struct pollfd *);
/* Moves what can be moved without waiting; how many bytes that was. A flow
 * whose reader or writer is gone is over. */
size_t flow_move(struct flow *);
void flow_close(struct flow *);

#endif
