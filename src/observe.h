#ifndef GK_OBSERVE_H
#define GK_OBSERVE_H

struct fault;
struct plan;
struct request;
struct settings;

/*
 * The plan of a request that is only watched: the account's own shell with
 * the client's command, as sshd would have run it, in the environment that
 * sshd made, without a sandbox. -1: WHY_SYSTEM when the account has no shell
 * of its own but this program, WHY_MEMORY.
 */
int observe_plan(struct plan *, const struct request *, const struct settings *,
    struct fault *);

#endif
