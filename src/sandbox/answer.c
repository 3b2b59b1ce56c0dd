/* Other answers to what a filter denies, put in when it is loaded: the
 * filters that ship know one only. */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>

#include "access.h"
#include "sandbox/answer.h"
#include "sandbox/compile.h"

/* Every program that looks up an account. */
static const struct expected by_all[] = {
    {SYS_socket, NETWORK_UNIX | NETWORK_ANY, 3,
	{{0, AF_UNIX}, {1, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK},
	    {2, 0}}}, /* nscd */
    {-1, 0, 0, {{0, 0}}},
};

static const int signals[] = {SYS_kill, SYS_tkill, SYS_tgkill,
    SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo};

/* More than all that can stand in front. */
enum { FRONT_MAX = 256 };

static void
put(struct bpf *bpf, unsigned code, unsigned else_skip, uint32_t k)
{
	bpf->code[bpf->n++] =
	    (struct sock_filter) {(uint16_t)code, 0, (uint8_t)else_skip, k};
}

static void
put_load(struct bpf *bpf, size_t offset)
{
	put(bpf, BPF_LD | BPF_W | BPF_ABS, 0, (uint32_t)offset);
}

static void
put_argument(struct bpf *bpf, int i)
{
	put_load(bpf,
	    offsetof(struct seccomp_data, args) + 8 * (size_t)i +
		(BYTE_ORDER == BIG_ENDIAN ? 4 : 0));
}

/* Goes on if it is equal, else passes over as many statements. */
static void
put_unless(struct bpf *bpf, uint32_t value, unsigned skip)
{
	put(bpf, BPF_JMP | BPF_JEQ | BPF_K, skip, value);
}

static void
put_return(struct bpf *bpf, uint32_t action)
{
	put(bpf, BPF_RET | BPF_K, 0, action);
}

/*
 * Before Landlock's ABI 6, nothing but this keeps the program from ending
 * those that watch it. They are named by the first argument of all of these;
 * other forms of kill are permitted to nobody. Other architectures have other
 * numbers, and are killed further on.
 */
static void
put_spared(struct bpf *bpf, const pid_t spare[2])
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		put_load(bpf, offsetof(struct seccomp_data, nr));
		put_unless(bpf, (uint32_t)signals[i], 5);
		put_argument(bpf, 0);
		put_unless(bpf, (uint32_t)spare[0], 1);
		put_return(bpf, SECCOMP_RET_USER_NOTIF);
		put_unless(bpf, (uint32_t)spare[1], 1);
		put_return(bpf, SECCOMP_RET_USER_NOTIF);
	}
}

static void
put_expected(struct bpf *bpf, const struct expected *row, unsigned network)
{
	for (; row != NULL && row->nr != -1; row++) {
		if (row->network & network)
			continue;
		put_load(bpf, offsetof(struct seccomp_data, nr));
		put_unless(bpf, (uint32_t)row->nr, 2 * row->n + 1);
		for (unsigned i = 0; i < row->n; i++) {
			put_argument(bpf, row->args[i].arg);
			put_unless(bpf, row->args[i].low,
			    2 * (row->n - 1 - i) + 1);
		}
		put_return(bpf, SECCOMP_RET_ERRNO | EPERM);
	}
}

int
answer_change(struct bpf *bpf, const struct sock_filter *code, size_t n,
    const struct answer *answer)
{
	*bpf = (struct bpf) {0};
	bpf->code = calloc(FRONT_MAX + n, sizeof(*code));
	if (bpf->code == NULL)
		return -1;
	put_spared(bpf, answer->spare);
	put_expected(bpf, by_all, answer->network);
	put_expected(bpf, answer->expected, answer->network);
	for (size_t i = 0; i < n; i++) {
		struct sock_filter *p = &bpf->code[bpf->n++];

		*p = code[i];
		if (p->code == (BPF_RET | BPF_K) &&
		    p->k == (SECCOMP_RET_ERRNO | EPERM))
			p->k = SECCOMP_RET_USER_NOTIF;
	}
	return 0;
}
