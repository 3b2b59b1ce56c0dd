#ifndef GK_COMPILE_H
#define GK_COMPILE_H

#include <stddef.h>

struct fault;
struct list;
struct sock_filter;

/* What a filter is made by, beside the NEED_ bits and the calls. */
enum {
	TRAIT_ONCE = 1 << 16, /* execve asks a listener */
	TRAIT_USER_ID = 1 << 17, /* a new mode may have set-user-ID */
	TRAIT_GROUP_ID = 1 << 18
};

struct bpf {
	struct sock_filter *code; /* the caller's to free */
	size_t n;
};

/*
 * A program that permits these calls. The traits are NEED_ and TRAIT_ bits.
 * Whatever else a filter is to depend on becomes a bit of them and no third
 * argument: the filters that ship are found by the list and the traits.
 * -1: WHY_NO_SANDBOX, or WHY_MEMORY.
 */
int compile_bpf(struct bpf *, const struct list *calls, unsigned traits,
    struct fault *);

#endif
