#ifndef GK_CTL_DOCTOR_H
#define GK_CTL_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/account.h"
#include "ctl/check.h"
#include "ctl/findings.h"
#include "ctl/sshd.h"
#include "list.h"

struct ctl;

/* An account that keys log in to. */
struct patient {
	struct account account;
	struct sshd sshd;
	struct list files; /* of its keys */
	bool open; /* doctor sees what the account sees */
};

/* What is so, and neither right nor wrong. */
struct fact {
	const char *name;
	char *text;
};

struct doctor {
	const struct ctl *ctl;
	const char *config; /* NULL: sshd's own */
	const char *address; /* NULL: the first that a policy names */
	const char *log; /* one more file to find a message in; or NULL */
	struct check policies;
	struct patient *v;
	size_t n;
	struct fact *facts;
	size_t nfacts;
	struct findings found;
};

/* Each adds to the findings and to the facts. */
void doctor_kernel(struct doctor *);
void doctor_sshd(struct doctor *, const struct patient *);
void doctor_keys(struct doctor *, const struct patient *);
void doctor_account(struct doctor *, const struct patient *);
void doctor_syslog(struct doctor *);
void doctor_places(struct doctor *, const struct patient *);

/* Takes over a new text. */
void doctor_fact(struct doctor *, const char *name, char *text);
/* The policies that serve an account: the next from *i on, or NULL. */
const struct keyfile *
doctor_policy(const struct doctor *, const struct account *, size_t *i);

#endif
