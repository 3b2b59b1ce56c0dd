#ifndef GK_POLICY_H
#define GK_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "access.h"
#include "list.h"
#include "settings.h"

struct arg;
struct fault;
struct net;
struct pattern;
struct protocol;
struct template;

/* A path that a rule names, in file order. */
struct rule_path {
	char *path;
	unsigned access; /* ACCESS_ bits */
	unsigned line;
};

/* One [allow NAME]. */
struct rule {
	char *name;
	unsigned line;
	const struct protocol *protocol; /* NULL for a `command` rule */
	struct list commands; /* as written, one for each pattern */
	unsigned *command_lines;
	struct pattern **patterns;
	struct arg *args;
	size_t nargs;
	struct template *run; /* NULL: the matched words are run */
	unsigned run_line;
	struct rule_path *paths;
	size_t npaths;
	enum network network;
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
	bool disabled;
	struct list public_keys;
	char *public_key_file;
	struct list accounts; /* none: any */
	struct net *from; /* none: anywhere */
	size_t nfrom;
	time_t not_before; /* 0: no limit */
	time_t not_after; /* the first second too late */
	enum detail detail;
	struct rule *rules;
	size_t nrules;
};

/*
 * Reads DIR/keys/KEY.ini. Anything doubtful is -1: WHY_UNKNOWN_KEY without a
 * file, else WHY_POLICY with file and line. The policy is then empty.
 */
int
policy_load(struct policy *, const char *dir, const char *key, struct fault *);
/* The same, from the text of a file and what messages call it. */
int policy_parse(struct policy *, const char *file, const char *text,
    size_t size, struct timespec mtime, struct fault *);
void policy_free(struct policy *);

#endif
