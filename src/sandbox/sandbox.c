/* The sandbox as a whole: Landlock for files, a filter for system calls. */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "sandbox/listener.h"
#include "sandbox/sandbox.h"
#include "why.h"

/* Debian 12's <sys/prctl.h> is older than these. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#define PR_MDWE_REFUSE_EXEC_GAIN 1UL
#endif

struct sandbox {
	int ruleset; /* -1: no Landlock, and the plan can do without */
	struct filter *filter;
	bool once; /* the plan starts one program */
	bool mdwe; /* the kernel keeps memory from being both */
	int link; /* to who watches; -1: nobody */
	pid_t spare[2]; /* who that is */
	char text[64];
};

/* From Linux 6.3. Asks and changes nothing. */
static bool
has_mdwe(void)
{
	return prctl(PR_GET_MDWE, 0, 0, 0, 0) != -1;
}

/* A filter that ships is not made here, and so would not find this out. */
static int
check_seccomp(struct fault *fault)
{
	const uint32_t action = SECCOMP_RET_ERRNO;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
		return 0;
	return fault_set(fault, WHY_NO_SANDBOX,
	    "no seccomp (%s): a kernel with CONFIG_SECCOMP_FILTER is needed",
	    strerror(errno));
}

static void
describe(struct sandbox *sandbox, int abi)
{
	char landlock[32] = "";

	if (sandbox->ruleset != -1)
		snprintf(landlock, sizeof(landlock), "landlock%d,", abi);
	snprintf(sandbox->text, sizeof(sandbox->text), "%sseccomp%s%s",
	    landlock, sandbox->mdwe ? ",mdwe" : "",
	    sandbox->once ? ",exec-once" : "");
}

static int
prepare(struct sandbox *sandbox, const struct plan *plan, struct fault *fault)
{
	const int abi = landlock_abi();

	if (landlock_check(plan, abi, fault) == -1)
		return -1;
	if (abi > 0) {
		sandbox->ruleset = landlock_prepare(plan, abi, fault);
		if (sandbox->ruleset == -1)
			return -1;
	}
	if (check_seccomp(fault) == -1 ||
	    ((plan->once || plan->watched) && listener_check(fault) == -1))
		return -1;
	sandbox->once = plan->once;
	sandbox->mdwe = !plan->jit && has_mdwe();
	sandbox->filter = filter_prepare(plan, abi, sandbox->mdwe, fault);
	if (sandbox->filter == NULL)
		return -1;
	describe(sandbox, abi);
	return 0;
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
	sandbox->link = -1;
	if (prepare(sandbox, plan, fault) == -1) {
		sandbox_free(sandbox);
		return NULL;
	}
	return sandbox;
}

void
sandbox_watch(struct sandbox *sandbox, int link, pid_t watcher, pid_t keeper)
{
	sandbox->link = link;
	sandbox->spare[0] = watcher;
	sandbox->spare[1] = keeper;
}

int
sandbox_attend(const struct sandbox *sandbox, struct fault *fault)
{
	if (!sandbox->once && sandbox->link == -1)
		return 0;
	return listener_start(sandbox->link, fault);
}

int
sandbox_enter(struct sandbox *sandbox, struct fault *fault)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return fault_set(fault, WHY_NO_SANDBOX, "no_new_privs: %s",
		    strerror(errno));
	if (sandbox->mdwe &&
	    prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == -1)
		return fault_set(fault, WHY_NO_SANDBOX, "memory: %s",
		    strerror(errno));
	if (sandbox->ruleset != -1 &&
	    landlock_enter(sandbox->ruleset, fault) == -1)
		return -1;
	/* Last, because it denies the calls that the steps above make. */
	return filter_enter(sandbox->filter,
	    sandbox->link != -1 ? sandbox->spare : NULL, fault);
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
