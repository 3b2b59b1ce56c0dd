/* The filter of a plan: what it is to permit, in the two values that decide,
 * and the program for these; one that ships, or one made now. */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "sandbox/compile.h"
#include "sandbox/filter.h"
#include "sandbox/listener.h"
#include "sandbox/rows.h"
#include "sandbox/shipped.h"
#include "why.h"

enum {
	ABI_TRUNCATE = 3,
	SPARE_CODE = 64, /* room in front of a program */
	/* Its low half. */
	FIRST_ARGUMENT = offsetof(struct seccomp_data, args) +
	    (BYTE_ORDER == BIG_ENDIAN ? sizeof(uint32_t) : 0)
};

/* From Linux 5.19; Debian 12's header has it, older ones do not. */
#define WAIT_KILLABLE_RECV (1UL << 5)

struct filter {
	struct bpf made; /* without code where one ships */
	const struct sock_filter *code;
	size_t n;
	bool once;
	bool kill; /* what is denied ends the program */
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
	filter->kill = plan->kill;
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

#define STATEMENT(code, k) \
	(struct sock_filter) \
	{ \
		(code), 0, 0, (k) \
	}
#define UNLESS(value, skip) \
	(struct sock_filter) \
	{ \
		BPF_JMP | BPF_JEQ | BPF_K, 0, (skip), (value) \
	}
#define FIELD(offset) STATEMENT(BPF_LD | BPF_W | BPF_ABS, (offset))

/*
 * In front of the program: before Landlock's ABI 6, nothing but this keeps
 * the program from ending those that watch it. They are named by the first
 * argument of all of these; other forms of kill are permitted to nobody.
 */
static size_t
spare_code(struct sock_filter *to, const pid_t spare[2], uint32_t denied)
{
	static const int calls[] = {SYS_kill, SYS_tkill, SYS_tgkill,
	    SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo};
	struct sock_filter *p = to;

	/* Other architectures number them otherwise, and are killed below. */
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		*p++ = FIELD(offsetof(struct seccomp_data, nr));
		*p++ = UNLESS((uint32_t)calls[i], 5);
		*p++ = FIELD(FIRST_ARGUMENT);
		*p++ = UNLESS((uint32_t)spare[0], 1);
		*p++ = STATEMENT(BPF_RET | BPF_K, denied);
		*p++ = UNLESS((uint32_t)spare[1], 1);
		*p++ = STATEMENT(BPF_RET | BPF_K, denied);
	}
	return (size_t)(p - to);
}

/* The program of the filter, with another answer to what is denied. */
static int
enter_changed(const struct filter *filter, const pid_t spare[2],
    struct fault *fault)
{
	const uint32_t denied =
	    spare != NULL ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_KILL_PROCESS;
	struct sock_filter *code;
	struct program program = {0};
	int ret;

	code = calloc(SPARE_CODE + filter->n, sizeof(*code));
	if (code == NULL)
		return fault_set(fault, WHY_MEMORY, "system call filter");
	if (spare != NULL)
		program.n = (unsigned short)spare_code(code, spare, denied);
	for (size_t i = 0; i < filter->n; i++) {
		struct sock_filter *p = &code[program.n++];

		*p = filter->code[i];
		if (p->code == (BPF_RET | BPF_K) &&
		    p->k == (SECCOMP_RET_ERRNO | EPERM))
			p->k = denied;
	}
	program.code = code;
	ret = enter(&program, spare != NULL || filter->once, fault);
	free(code);
	return ret;
}

int
filter_enter(const struct filter *filter, const pid_t spare[2],
    struct fault *fault)
{
	const struct program program = {(unsigned short)filter->n,
	    filter->code};

	if (spare != NULL || filter->kill)
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
