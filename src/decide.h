#ifndef GK_DECIDE_H
#define GK_DECIDE_H

#include <stdbool.h>

#include "plan.h"
#include "why.h"

struct policy;
struct request;
struct rule;
struct settings;

enum answer { REFUSE = 0, PERMIT };

/* Borrows the rule, owns the plan; fault is the reason of a refusal, or of
 * what will be one when the key is no longer observed. */
struct verdict {
	enum answer answer;
	struct fault fault;
	bool observed; /* permitted by no rule, and only for now */
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
