#ifndef GK_LANDLOCK_H
#define GK_LANDLOCK_H

struct fault;
struct plan;

/* The kernel's Landlock ABI, at most the newest that is known here; 0 when
 * there is none, or it is switched off. */
int landlock_abi(void);
/* A ruleset descriptor, close-on-exec, holding the plan's grants. -1 with
 * WHY_NO_SANDBOX: also when the ABI is too old and the plan requires it. */
int landlock_prepare(const struct plan *, int abi, struct fault *);
/* Needs no_new_privs. Does not close the descriptor. */
int landlock_enter(int ruleset, struct fault *);

#endif
