#ifndef GK_POLICY_H
#define GK_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "access.h"
#include "choices.h"
#include "conditions.h"
#include "list.h"
#include "settings.h"
#include "watching.h"

struct arg;
struct fault;
struct names;
struct pattern;
struct protocol;
struct run_template;

/* A path that a rule names, in file order. */
struct rule_path {
	char *path;
	unsigned access; /* ACCESS_ bits */
	unsigned line;
};

/* What the program may do, beside reaching the paths of its rule. */
struct confine {
	unsigned network; /* NETWORK_ bits; sockets are among the paths */
	struct ports connect;
	struct ports bind;
	struct list syscalls; /* as written: @group, name, +…, -… */
	enum set_id set_id;
	bool jit;
	bool terminal;
	bool unconfined; /* `sandbox = none` */
	bool given; /* any key that `sandbox = none` would make idle */
};

/* One [allow NAME]. */
struct rule {
	char *name; /* of a role's rule: role/name */
	const char *file; /* where it stands, for messages; the policy's */
	struct conditions conditions;
	unsigned line;
	const struct protocol *protocol; /* NULL for a `command` rule */
	bool shell; /* takes a request with no command */
	struct list commands; /* as written, one for each pattern */
	unsigned *command_lines;
	struct pattern **patterns;
	struct arg *args;
	size_t nargs;
	struct run_template *run; /* NULL: the matched words are run */
	unsigned run_line;
	struct rule_path *paths;
	size_t npaths;
	struct confine confine;
	struct choices choices;
	struct watching watching;
	unsigned long long given; /* of on-success.: which keys it has */
	struct limits limits;
	struct list env; /* NAME=value */
	struct list pass_env; /* NAME or PREFIX* */
	char *chdir;
	bool has_umask;
	mode_t umask;
	int nice;
};

/* keys/KEY.ini. Owns everything. */
struct policy {
	char *file; /* keys/backup.ini, for messages */
	struct timespec mtime;
	char *description;
	struct conditions conditions;
	struct list public_keys;
	char *public_key_file;
	struct list accounts; /* none: any */
	unsigned max_sessions; /* 0: no limit */
	time_t not_before; /* 0: no limit */
	time_t not_after; /* the first second too late */
	enum detail detail;
	struct list roles; /* `use` */
	unsigned use_line;
	struct list role_files;
	time_t observe_until; /* the first second after it; 0: not at all */
	struct rule *rules; /* the key's own, then those of its roles */
	size_t nrules;
};

/*
 * Reads DIR/keys/KEY.ini and the roles that it uses. Anything doubtful is
 * -1: WHY_UNKNOWN_KEY without a file, else WHY_POLICY with file and line.
 * The policy is then empty.
 */
int policy_load(struct policy *, const char *dir, const struct names *,
    struct fault *);
/* The same, from the text of a file and what messages call it; without the
 * roles. */
int policy_parse(struct policy *, const char *file, const char *text,
    size_t size, struct timespec mtime, const struct names *, struct fault *);
void policy_free(struct policy *);

#endif
