#ifndef GK_LANDLOCK_H
#define GK_LANDLOCK_H

struct fault;
struct plan;

/* The kernel's Landlock ABI, at most the newest that is known here; 0 when
 * there is none, or it is switched off. */
int landlock_abi(void);
/* Whether that ABI can hold what the plan says. -1: WHY_NO_SANDBOX, with the
 * kernel that can. */
int landlock_check(const struct plan *, int abi, struct fault *);
/* A ruleset descriptor, close-on-exec, holding the plan's grants. -1 with
 * WHY_NO_SANDBOX: also what landlock_check() finds. abi is not 0. */
int landlock_prepare(const struct plan *, int abi, struct fault *);
/* Needs no_new_privs. Does not close the descriptor. */
int landlock_enter(int ruleset, struct fault *);

#endif
