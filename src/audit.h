#ifndef GK_AUDIT_H
#define GK_AUDIT_H

#include <stdbool.h>

struct fault;
struct record;
struct settings;

/* The sinks, open, close-on-exec. They outlive the sandbox: a failed exec
 * is recorded with nothing but write(2) on these descriptors. The rest that
 * audit_write() calls (lseek, pread, getpid, sigaction, nanosleep) only makes
 * the record better, and may be denied. */
struct audit {
	int syslog_fd; /* -1: off */
	int file_fd; /* -1: off */
	bool syslog_json;
	bool stream; /* /dev/log is a stream socket: lines end in NUL */
	bool forgive; /* on-failure = continue */
};

/*
 * Opens every enabled sink; account expands ${account} in the file's name,
 * NULL as the effective uid. -1 with WHY_AUDIT when one fails, unless
 * on-failure is `continue`; the sinks that did open are usable either way.
 */
int audit_open(struct audit *, const struct settings *, const char *account,
    struct fault *);
/*
 * One record to every sink. -1 with WHY_AUDIT as above; the other sinks get
 * it all the same. SIGPIPE and SIGXFSZ are ignored meanwhile. The record may
 * borrow its detail from the fault. In the file, an empty line may stand
 * between two records.
 */
int audit_write(struct audit *, const struct record *, struct fault *);
void audit_close(struct audit *);

/* The record file of an account: ${account} filled in. New; NULL without
 * memory. */
char *audit_path(const char *file, const char *account);

#endif
