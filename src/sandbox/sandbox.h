#ifndef GK_SANDBOX_H
#define GK_SANDBOX_H

#include <sys/types.h>

struct fault;
struct plan;
struct sandbox;

/*
 * Two steps, so that whatever is missing is found while it can still be
 * recorded as a refusal. sandbox_prepare() changes nothing in this process;
 * NULL with WHY_NO_SANDBOX and the missing piece. sandbox_enter() cannot be
 * undone: -1 means that the program must not run. Neither closes the
 * descriptors of the plan. Between them, sandbox_attend() starts what must
 * run outside of it, before a limit on processes could prevent that.
 */
struct sandbox *sandbox_prepare(const struct plan *, struct fault *);
/*
 * Before sandbox_attend(): what is denied from then on waits for an answer of
 * the listener that comes out of link's other end, and no signal of the
 * program reaches watcher and keeper.
 */
void sandbox_watch(struct sandbox *, int link, pid_t watcher, pid_t keeper);
int sandbox_attend(const struct sandbox *, struct fault *);
int sandbox_enter(struct sandbox *, struct fault *);
void sandbox_free(struct sandbox *);

/* What will be in force, for the record: `landlock7,seccomp,mdwe,exec-once`. */
const char *sandbox_describe(const struct sandbox *);

#endif
