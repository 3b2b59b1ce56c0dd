#ifndef GK_CTL_SSHD_H
#define GK_CTL_SSHD_H

#include <stdbool.h>

#include "list.h"

struct account;

/* The settings of sshd for one account, as `sshd -T` prints them. */
struct sshd {
	struct list keywords; /* in lower case; each in its own place */
	struct list values;
	char *how; /* where they are from */
	char *problem; /* why they may be incomplete; NULL: they are not */
	bool known;
};

struct sshd_query {
	const char *config; /* NULL: sshd's own */
	const char *account;
	const char *address; /* that the client comes from */
};

/* Asks sshd itself; where that is not to be had, what its file says outside
 * of Match blocks, with a problem. */
void sshd_read(struct sshd *, const struct sshd_query *);
void sshd_free(struct sshd *);

/* The file that is read. */
const char *sshd_config(const struct sshd_query *);
/* The first value, else sshd's default, else "". */
const char *sshd_value(const struct sshd *, const char *keyword);
bool sshd_is(const struct sshd *, const char *keyword, const char *value);
/* The files of an account's keys: AuthorizedKeysFile, filled in. */
void sshd_key_files(struct list *, const struct sshd *, const struct account *);
/* Whether a pattern of sshd's, with * and ?, matches. */
bool sshd_matches(const char *pattern, const char *text);

#endif
