#ifndef GK_CTL_KEYFILE_H
#define GK_CTL_KEYFILE_H

#include <stdbool.h>

#include "ctl/source.h"
#include "list.h"
#include "policy.h"

struct fault;

/* A policy: its meaning, and how it is written. */
struct keyfile {
	char *path; /* as messages call it */
	char *key; /* backup */
	char *dir; /* its policy folder; NULL: it lies in none */
	char *account; /* whom it is read for; NULL: nobody known */
	char *fault_path; /* of the file that a failure is in */
	struct policy policy;
	struct list
	    role_paths; /* as policy.role_files, as messages call them */
	struct source source;
	bool loaded;
};

/*
 * Loads a policy as the forced command does, for that account, or for the
 * policy's first. A file that is not DIR/keys/KEY.ini, such as a copy that is
 * being edited, is read without its roles. -1 with the fault of policy_load();
 * path, key and fault_path are set all the same.
 */
int keyfile_load(struct keyfile *, const char *path, const char *account,
    struct fault *);
/* DIR/keys/KEY.ini. */
int keyfile_load_key(struct keyfile *, const char *dir, const char *key,
    const char *account, struct fault *);
void keyfile_free(struct keyfile *);

/* The file in which a rule stands, as messages call it. */
const char *keyfile_of_rule(const struct keyfile *, const struct rule *);

/* The file of that name beside the policy; new. */
char *keyfile_beside(const struct keyfile *, const char *name);
/* The absolute path of what an operand names; new. */
char *keyfile_absolute(const char *path);
/* backup, of /etc/gatekeeper/keys/backup.ini; new. */
char *keyfile_name(const char *path);

#endif
