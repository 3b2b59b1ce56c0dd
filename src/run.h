#ifndef GK_RUN_H
#define GK_RUN_H

struct fault;
struct plan;
struct sandbox;

/*
 * Becomes the program of the plan. Returns only on failure, -1 with
 * WHY_PROGRAM, WHY_EXEC, WHY_NO_SANDBOX or WHY_SYSTEM; the process may be
 * confined by then and is good for nothing but a record and an exit.
 */
int run(const struct plan *, struct sandbox *, struct fault *);

#endif
