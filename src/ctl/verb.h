#ifndef GK_CTL_VERB_H
#define GK_CTL_VERB_H

#include <stdbool.h>

/* What stands before the verb on the command line. */
struct ctl {
	const char *dir; /* the policy folder, absolute */
	bool elsewhere; /* given by -d, and not the one that is built in */
};

enum {
	CTL_OK = 0,
	CTL_SOME = 1, /* warnings; a request that is refused */
	CTL_WRONG = 2, /* errors; a policy that cannot be read */
	CTL_USAGE = 64,
	CTL_TROUBLE = 70
};

/*
 * One verb. run() returns the exit status; on CTL_USAGE the caller shows the
 * usage, on any other status run() has said all there is to say.
 */
struct verb {
	const char *name;
	int (*run)(const struct ctl *, int argc, char *argv[]);
	const char *usage;
	const char *help;
};

int authorized_keys_verb(const struct ctl *, int argc, char *argv[]);
int check_verb(const struct ctl *, int argc, char *argv[]);
int doctor_verb(const struct ctl *, int argc, char *argv[]);
int edit_verb(const struct ctl *, int argc, char *argv[]);
int explain_verb(const struct ctl *, int argc, char *argv[]);
int follow_verb(const struct ctl *, int argc, char *argv[]);
int key_line_verb(const struct ctl *, int argc, char *argv[]);
int learn_verb(const struct ctl *, int argc, char *argv[]);
int list_verb(const struct ctl *, int argc, char *argv[]);
int prepare_verb(const struct ctl *, int argc, char *argv[]);
int replay_verb(const struct ctl *, int argc, char *argv[]);
int report_verb(const struct ctl *, int argc, char *argv[]);
int trace_verb(const struct ctl *, int argc, char *argv[]);

#endif
