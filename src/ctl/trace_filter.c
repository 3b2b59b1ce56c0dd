/* The filter under which a program is traced, and what another filter would
 * have said: both are small programs of the kernel's packet filter. */

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/show.h"
#include "ctl/trace.h"
#include "sandbox/groups.h"
#include "sandbox/notice.h"
#include "sandbox/rows.h"

enum {
	/* Two for each call, and a few around them. */
	CODE_MAX = 2 * (CALL_NEWEST + 1) + 16
};

static bool
jump(const struct sock_filter *at, uint32_t value)
{
	switch (BPF_OP(at->code)) {
	case BPF_JEQ:
		return value == at->k;
	case BPF_JGT:
		return value > at->k;
	case BPF_JGE:
		return value >= at->k;
	default:
		return (value & at->k) != 0; /* BPF_JSET */
	}
}

/* Only what libseccomp writes; the kernel has checked such programs, and the
 * one at hand is of our own making. */
static unsigned
interpret(const struct bpf *bpf, const struct seccomp_data *data)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bpf->n; i++) {
		const struct sock_filter *at = &bpf->code[i];

		switch (BPF_CLASS(at->code)) {
		case BPF_LD:
			memcpy(&value, (const char *)data + at->k,
			    sizeof(value));
			break;
		case BPF_ALU:
			value &= at->k;
			break;
		case BPF_JMP:
			if (BPF_OP(at->code) == BPF_JA)
				i += at->k;
			else
				i += jump(at, value) ? at->jt : at->jf;
			break;
		default:
			return at->k;
		}
	}
	return SECCOMP_RET_ALLOW;
}

unsigned
trace_judge(const struct bpf *bpf, const struct notice *notice)
{
	struct seccomp_data data = {.nr = notice->nr,
	    .arch = seccomp_arch_native()};

	for (int i = 0; i < NOTICE_ARGS; i++)
		data.args[i] = notice->args[i];
	return interpret(bpf, &data);
}

static bool
has_row(const char *call)
{
	for (const struct row *row = rows; row->call != NULL; row++)
		if (strcmp(row->call, call) == 0)
			return true;
	return false;
}

/* What every program may do, whatever its arguments: reading, memory, time. */
static bool
is_free(int nr)
{
	static const char *const watched[] = {"open", "openat", "execve"};
	char *name =
	    seccomp_syscall_resolve_num_arch(seccomp_arch_native(), nr);
	const struct group *start = group_find("@start");
	bool found = false;

	for (size_t i = 0; name != NULL && start->calls[i] != NULL; i++)
		found |= strcmp(start->calls[i], name) == 0;
	for (size_t i = 0; found && i < sizeof(watched) / sizeof(watched[0]);
	     i++)
		if (strcmp(watched[i], name) == 0)
			found = false;
	found = found && !has_row(name);
	free(name);
	return found;
}

static void
put(struct bpf *bpf, struct sock_filter code)
{
	bpf->code[bpf->n++] = code;
}

static void
put_answer(struct bpf *bpf, int nr, unsigned answer)
{
	put(bpf,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		(unsigned)nr, 0, 1));
	put(bpf, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
}

void
trace_filter(const struct bpf *present, struct bpf *bpf)
{
	const unsigned unknown = SECCOMP_RET_ERRNO | ENOSYS;

	*bpf = (struct bpf) {
	    .code = show_need(calloc(CODE_MAX, sizeof(*bpf->code)))};
	put(bpf,
	    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, arch)));
	put(bpf,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		seccomp_arch_native(), 1, 0));
	put(bpf,
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_KILL_PROCESS));
	put(bpf,
	    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, nr)));
	put(bpf,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, CALL_NEWEST,
		0, 1));
	put(bpf, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, unknown));
	for (int nr = 0; nr <= CALL_NEWEST; nr++) {
		const struct notice none = {.nr = nr};

		if (is_free(nr))
			put_answer(bpf, nr, SECCOMP_RET_ALLOW);
		else if (trace_judge(present, &none) == unknown)
			put_answer(bpf, nr, unknown);
	}
	put(bpf,
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		SECCOMP_RET_USER_NOTIF));
}
