#ifndef GK_PROCESS_H
#define GK_PROCESS_H

#include <stdbool.h>

struct fault;

/*
 * The process as sshd left it, made ready: descriptors 0, 1 and 2 are open,
 * all others closed; signals that would end it between record and exec, such
 * as that of a log file at its limit, are ignored until process_hand_over().
 * -1: WHY_SYSTEM.
 */
int process_isolate(struct fault *);
/*
 * For a key of root: gives up, for good, every capability that a rule does
 * not grant by naming a directory. What is left reaches files, and Landlock
 * says which; sets_ids keeps the two for programs that drop root's rights.
 * Nothing to do for other accounts. -1: WHY_SYSTEM.
 */
int process_limit_root(bool sets_ids, struct fault *);
/*
 * Gives up the controlling terminal, if there is one; descriptors that are
 * open on it stay usable. Before the sandbox, which denies it. -1:
 * WHY_SYSTEM.
 */
int process_leave_terminal(struct fault *);
/* Signals as a program expects them: default actions, none blocked. */
int process_hand_over(struct fault *);

#endif
