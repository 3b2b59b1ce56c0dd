#ifndef GK_DECIDE_H
#define GK_DECIDE_H

#include "plan.h"
#include "why.h"

struct policy;
struct request;
struct rule;
struct settings;

enum answer { REFUSE = 0, PERMIT };

/* Borrows the rule, owns the plan; fault is the reason of a refusal. */
struct verdict {
	enum answer answer;
	struct fault fault;
	const struct rule *rule;
	struct plan plan;
};

/*
 * The only place where PERMIT is written. Changes nothing outside the
 * verdict: `explain` calls it too.
 */
void decide(struct verdict *, const struct policy *, const struct settings *,
    const struct request *);
void verdict_free(struct verdict *);

#endif
