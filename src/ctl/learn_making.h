#ifndef GK_CTL_LEARN_MAKING_H
#define GK_CTL_LEARN_MAKING_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/learn.h"

struct learn_wire;
struct protocol;

/* The rules of a protocol: one, or one for each direction. */
struct learn_kind {
	const struct protocol *protocol;
	const char *name;
	enum { LEARN_ANY, LEARN_FETCH, LEARN_STORE } direction;
	/* What to write where the names travel inside the session. */
	bool read, write;
	bool in_band;
};

/* A rule in the making, with the requests that can only be judged when it is
 * complete. */
struct learn_making {
	struct learn *learn;
	const struct learn_kind *kind;
	struct learned rule;
	struct seen **later;
	size_t nlater;
};

/* Puts a request, which names this, into the rule or to the later ones, or
 * leaves it. */
void learn_try(struct learn_making *, const struct learn_wire *, struct seen *);
void learn_later(struct learn_making *, struct seen *);

#endif
