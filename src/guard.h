#ifndef GK_GUARD_H
#define GK_GUARD_H

struct fault;
struct policy;
struct request;
struct settings;

/*
 * Refuses (WHY_POLICY, file and line) a policy in which one key could widen
 * its own rights: a writable directory that holds, or lies in, the
 * account's .ssh or shell start-up files, the policy folder, the state,
 * record or transcript folders, this program, or one that the key's rules
 * execute; a directory to read that holds, or lies in, the folder of the
 * transcripts; and a rule that names the account's home itself. A directory
 * that does not exist is passed over here: the rule that needs it refuses
 * later.
 */
int guard_check(const struct policy *, const struct settings *,
    const struct request *, struct fault *);

#endif
