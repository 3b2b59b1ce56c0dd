#ifndef GK_CALLS_H
#define GK_CALLS_H

#include <stdbool.h>

struct fault;
struct list;

/*
 * Checks the words of `syscalls`, each @group or the name of a call, with +
 * or - before it or not. -1: WHY_POLICY with the nearest name, or the reason
 * why a call is permitted to no program, or is not to be had in this way.
 */
int calls_check(const struct list *, struct fault *);

/*
 * The names of all calls that a program may make, each once, sorted: the
 * groups of base, which the words of `syscalls` replace (those without a
 * sign), add to and take from; @fs-links where links; what the NETWORK_ bits
 * need; and @start whatever else is said. The words have been checked. -1:
 * out of memory.
 */
int calls_resolve(struct list *, const char *const *base,
    const struct list *words, bool links, unsigned network);

#endif
