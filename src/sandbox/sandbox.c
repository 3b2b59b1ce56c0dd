/* The sandbox as a whole: Landlock for files, a filter for system calls. */

#include <sys/prctl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"
#include "why.h"

struct sandbox {
	int ruleset; /* -1: no Landlock, and the plan can do without */
	struct filter *filter;
	char text[64];
};

static int
prepare(struct sandbox *sandbox, const struct plan *plan, struct fault *fault)
{
	const int abi = landlock_abi();

	snprintf(sandbox->text, sizeof(sandbox->text), "seccomp");
	if (abi > 0 || !plan->landlock_optional) {
		sandbox->ruleset = landlock_prepare(plan, abi, fault);
		if (sandbox->ruleset == -1)
			return -1;
		snprintf(sandbox->text, sizeof(sandbox->text),
		    "landlock%d,seccomp", abi);
	}
	sandbox->filter = filter_prepare(plan, abi, fault);
	return sandbox->filter == NULL ? -1 : 0;
}

struct sandbox *
sandbox_prepare(const struct plan *plan, struct fault *fault)
{
	struct sandbox *sandbox;

	if ((sandbox = calloc(1, sizeof(*sandbox))) == NULL) {
		fault_set(fault, WHY_MEMORY, "sandbox");
		return NULL;
	}
	sandbox->ruleset = -1;
	if (prepare(sandbox, plan, fault) == -1) {
		sandbox_free(sandbox);
		return NULL;
	}
	return sandbox;
}

int
sandbox_enter(struct sandbox *sandbox, struct fault *fault)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return fault_set(fault, WHY_NO_SANDBOX, "no_new_privs: %s",
		    strerror(errno));
	if (sandbox->ruleset != -1 &&
	    landlock_enter(sandbox->ruleset, fault) == -1)
		return -1;
	/* Last, because it denies the calls that the steps above make. */
	return filter_enter(sandbox->filter, fault);
}

void
sandbox_free(struct sandbox *sandbox)
{
	if (sandbox == NULL)
		return;
	if (sandbox->ruleset != -1)
		close(sandbox->ruleset);
	filter_free(sandbox->filter);
	free(sandbox);
}

const char *
sandbox_describe(const struct sandbox *sandbox)
{
	return sandbox->text;
}
