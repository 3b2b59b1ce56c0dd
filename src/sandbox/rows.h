#ifndef GK_ROWS_H
#define GK_ROWS_H

#include <seccomp.h>

/* What a row needs, and a plan or the kernel has. */
enum {
	NEED_FORK = 1 << 0,
	NEED_TRUNCATE = 1 << 1, /* Landlock can tell who may truncate */
	NEED_TERMINAL = 1 << 2,
	NEED_JIT = 1 << 3,
	/* One of the two: the filter is what keeps memory from being both
	 * writable and executable, or it need not. */
	NEED_HOLD = 1 << 4,
	NEED_NO_HOLD = 1 << 5,
	NEED_UNIX = 1 << 6,
	NEED_CONNECT = 1 << 7,
	NEED_BIND = 1 << 8,
	NEED_ANY = 1 << 9 /* network = any */
};

/* How the first or last comparison of a row is meant. */
enum {
	HOW_PLAIN = 0,
	/* The last masks the set-id bits of a mode: those that the plan
	 * permits are not compared. */
	HOW_MODE,
	/* The first argument is a positive pid other than 1. */
	HOW_PID
};

enum { ROW_ARGS = 3 };

/*
 * A permitted form of a call: all of its comparisons hold, and one of its
 * needs is met. A call with rows is permitted only in one of these forms, in
 * whatever group it stands, and not at all when none of its needs is met.
 */
struct row {
	const char *call;
	unsigned short need; /* NEED_ bits, of which one does; 0: always */
	unsigned short how;
	struct scmp_arg_cmp cmp[ROW_ARGS]; /* ended by op 0 */
};

/* Ended by a NULL call. */
extern const struct row rows[];

#endif
