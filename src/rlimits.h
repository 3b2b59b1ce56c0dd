#ifndef GK_RLIMITS_H
#define GK_RLIMITS_H

struct fault;
struct plan;

/* Hard limits, inherited by all that runs. -1: WHY_SYSTEM. */
int rlimits_set(const struct plan *, struct fault *);

#endif
