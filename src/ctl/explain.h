#ifndef GK_CTL_EXPLAIN_H
#define GK_CTL_EXPLAIN_H

#include <stdbool.h>

#include "ctl/keyfile.h"
#include "ctl/nearest_rule.h"
#include "decide.h"
#include "list.h"
#include "policy.h"
#include "request.h"
#include "settings.h"

struct sandbox;

/* What is asked about. The caller's. */
struct question {
	const char *account; /* NULL: the policy's first */
	const char *address; /* likewise */
	const char *key;
	const char *command; /* NULL: a shell */
	time_t when; /* 0: now */
	struct list env; /* as sshd would give it */
};

/* A request that is not made, and what would come of it. */
struct explain {
	char *dir;
	char *key;
	struct list env; /* as sshd would have given it */
	struct request request; /* borrows the three above */
	gid_t gid; /* of its account */
	struct settings settings;
	struct keyfile file; /* as this process reads it: for words */
	struct policy policy; /* as the account reads it */
	struct verdict verdict;
	struct sandbox *sandbox; /* of a permit */
	struct sandbox *follow; /* of what runs after it */
	struct nearest_rule nearest; /* of a refusal */
	bool chose_account; /* no --as: the policy's first */
	bool chose_address; /* likewise */
	bool blind; /* asked for an account, but not with its eyes */
};

/* Reads the policy and makes up the request. An exit status; what is not 0
 * has been told. */
int explain_ask(struct explain *, const char *dir, const struct question *);
/* The verdict, as the account reads the policy. -1: told. */
int explain_judge(struct explain *);
void explain_free(struct explain *);

void explain_text(const struct explain *);
void explain_json(const struct explain *);

/* What both tell of a plan. */
const char *explain_kind(enum request_kind);
/* As the policy would say it: `connect 443 unix /run/x`. Caller frees. */
char *explain_network(const struct plan *);
const char *explain_verdict(const struct verdict *);
/* Of a sandbox, or of none. */
const char *explain_sandbox(const struct sandbox *);
/* yes, no or required, as `record` has it. */
const char *explain_record(const struct plan *);

/* The limits of a plan by the names of their keys. */
struct explain_limit {
	const char *name;
	unsigned long value; /* 0: none */
};
#define EXPLAIN_LIMITS 9
void explain_limits(const struct plan *, struct explain_limit *);

/* The system calls of a plan: groups that are whole, then the names that
 * stand in none of these. */
void explain_calls(const struct plan *, struct list *);

#endif
