#ifndef GK_FILTER_H
#define GK_FILTER_H

#include <stdbool.h>
#include <sys/types.h>

struct fault;
struct filter;
struct plan;

/*
 * The system calls of a plan as a BPF program: one that ships, or one made
 * now. abi is Landlock's, and mdwe whether the kernel denies memory that is
 * writable and executable: what an old one leaves open is closed by the
 * filter. NULL with WHY_NO_SANDBOX, or WHY_MEMORY.
 */
struct filter *
filter_prepare(const struct plan *, int abi, bool mdwe, struct fault *);
/*
 * Needs no_new_privs. What is denied is EPERM. With spare, somebody watches: it
 * goes to the listener, and no signal of the program reaches these two.
 */
int filter_enter(const struct filter *, const pid_t spare[2], struct fault *);
void filter_free(struct filter *);

/* What compile_bpf() is to know of a plan, beside its calls. */
unsigned filter_traits(const struct plan *, int abi, bool mdwe);

#endif
