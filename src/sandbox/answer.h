#ifndef GK_ANSWER_H
#define GK_ANSWER_H

#include <stdint.h>
#include <sys/types.h>

struct bpf;
struct sock_filter;

enum { EXPECTED_ARGS = 3 };

/*
 * A call that libraries make in normal work and do without. It is denied as
 * any other, with EPERM, but nobody hears of it and nothing ends by it: a
 * record of each would hide what matters. Ended by nr -1.
 */
struct expected {
	int nr;
	unsigned
	    network; /* NETWORK_ bits, with one of which a rule permits it */
	unsigned n; /* how many arguments are compared */
	struct {
		int arg;
		uint32_t low; /* half of it */
	} args[EXPECTED_ARGS];
};

/* What makes the answers of a watched filter. */
struct answer {
	const pid_t *spare; /* two processes that no signal may reach */
	unsigned network; /* of the plan */
	const struct expected *expected; /* of the protocol, or NULL */
};

/* The program, new, in which denied calls go to a listener. -1: out of
 * memory. */
int answer_change(struct bpf *, const struct sock_filter *code, size_t n,
    const struct answer *);

#endif
