/* The filter of a plan: what it is to permit, in the two values that decide,
 * and the program for these; one that ships, or one made now. */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "sandbox/answer.h"
#include "sandbox/compile.h"
#include "sandbox/filter.h"
#include "sandbox/listener.h"
#include "sandbox/rows.h"
#include "sandbox/shipped.h"
#include "why.h"

enum { ABI_TRUNCATE = 3 };

/* From Linux 5.19; Debian 12's header has it, older ones do not. */
#define WAIT_KILLABLE_RECV (1UL << 5)

struct filter {
	struct bpf made; /* without code where one ships */
	const struct sock_filter *code;
	size_t n;
	bool once;
	unsigned network;
	const struct expected *expected;
};

unsigned
filter_traits(const struct plan *plan, int abi, bool mdwe)
{
	const struct {
		bool has;
		unsigned bit;
	} traits[] = {
	    {(plan->network & NETWORK_UNIX) != 0, NEED_UNIX},
	    {(plan->network & NETWORK_CONNECT) != 0, NEED_CONNECT},
	    {(plan->network & NETWORK_BIND) != 0, NEED_BIND},
	    {(plan->network & NETWORK_ANY) != 0, NEED_ANY},
	    {abi >= ABI_TRUNCATE, NEED_TRUNCATE},
	    /* Every architecture has the name, if not the call. */
	    {list_has(&plan->calls, "vfork"), NEED_FORK},
	    {plan->terminal, NEED_TERMINAL},
	    {plan->jit, NEED_JIT},
	    {plan->jit || mdwe, NEED_NO_HOLD},
	    {!plan->jit && !mdwe, NEED_HOLD},
	    {plan->once, TRAIT_ONCE},
	    {(plan->set_id & S_ISUID) != 0, TRAIT_USER_ID},
	    {(plan->set_id & S_ISGID) != 0, TRAIT_GROUP_ID},
	};
	unsigned have = 0;

	for (size_t i = 0; i < sizeof(traits) / sizeof(traits[0]); i++)
		if (traits[i].has)
			have |= traits[i].bit;
	return have;
}

/* The list and the traits are all that either of the two looks at: a program
 * that was made for the same ones is the same program. */
static int
choose(struct filter *filter, const struct list *calls, unsigned traits,
    struct fault *fault)
{
	const struct shipped *found = shipped_find(calls, traits);

	if (found != NULL) {
		filter->code = found->code;
		filter->n = found->n;
		return 0;
	}
	if (compile_bpf(&filter->made, calls, traits, fault) == -1)
		return -1;
	filter->code = filter->made.code;
	filter->n = filter->made.n;
	return 0;
}

struct filter *
filter_prepare(const struct plan *plan, int abi, bool mdwe, struct fault *fault)
{
	struct filter *filter = calloc(1, sizeof(*filter));

	if (filter == NULL) {
		fault_set(fault, WHY_MEMORY, "system call filter");
		return NULL;
	}
	filter->once = plan->once;
	filter->network = plan->network;
	filter->expected = plan->expected;
	if (choose(filter, &plan->calls, filter_traits(plan, abi, mdwe),
		fault) == -1) {
		filter_free(filter);
		return NULL;
	}
	return filter;
}

/* A sock_fprog, which knows no const; the call changes nothing. */
struct program {
	unsigned short n;
	const struct sock_filter *code;
};
static_assert(sizeof(struct program) == sizeof(struct sock_fprog), "its own");

/* Without LOG, the kernel's audit log would not see denials. */
static long
load(const struct program *program, bool listens)
{
	unsigned long flags = SECCOMP_FILTER_FLAG_LOG;
	long listener;

	if (!listens)
		return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
		    program);
	flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	/* Timers of the program could take a call back for ever. */
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    flags | WAIT_KILLABLE_RECV, program);
	if (listener == -1 && errno == EINVAL) /* Linux before 5.19 */
		listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
		    program);
	return listener;
}

static int
enter(const struct program *program, bool listens, struct fault *fault)
{
	const long listener = load(program, listens);

	if (listener == -1 && errno == EBUSY)
		return fault_set(fault, WHY_NO_SANDBOX,
		    "system call filter: somebody else watches the calls of "
		    "this process already, as some containers do: exec-once "
		    "and watched rules cannot be had beside it; list the "
		    "program in execute, and do not watch");
	if (listener == -1)
		return fault_set(fault,
		    errno == ENOMEM ? WHY_MEMORY : WHY_NO_SANDBOX,
		    "system call filter: load: %s", strerror(errno));
	if (listens)
		listener_arm((int)listener);
	return 0;
}

static int
enter_changed(const struct filter *filter, const pid_t spare[2],
    struct fault *fault)
{
	const struct answer answer = {.spare = spare,
	    .network = filter->network,
	    .expected = filter->expected};
	struct program program;
	struct bpf changed;
	int ret;

	if (answer_change(&changed, filter->code, filter->n, &answer) == -1)
		return fault_set(fault, WHY_MEMORY, "system call filter");
	program.n = (unsigned short)changed.n;
	program.code = changed.code;
	ret = enter(&program, true, fault);
	free(changed.code);
	return ret;
}

int
filter_enter(const struct filter *filter, const pid_t spare[2],
    struct fault *fault)
{
	const struct program program = {(unsigned short)filter->n,
	    filter->code};

	if (spare != NULL)
		return enter_changed(filter, spare, fault);
	return enter(&program, filter->once, fault);
}

void
filter_free(struct filter *filter)
{
	if (filter == NULL)
		return;
	free(filter->made.code);
	free(filter);
}
