#ifndef GK_START_H
#define GK_START_H

struct fault;
struct plan;

/*
 * Grants what the plan's program needs to start: itself, its interpreter or
 * loader, the libraries beside the loader, and the few files of the system
 * that every program reads. start_program() also sets plan->program; a
 * missing program is WHY_PROGRAM. The path is from the policy.
 */
int start_program(struct plan *, const char *path, struct fault *);
/* A program that may be started too (`execute`). */
int start_also(struct plan *, const char *path, struct fault *);
int start_system(struct plan *, struct fault *);

#endif
