/* A list of system calls to a BPF program, made with libseccomp: when a session
 * starts, or once for many when gatekeeper is built. */

#include <sys/mman.h>
#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "list.h"
#include "sandbox/compile.h"
#include "sandbox/groups.h"
#include "sandbox/rows.h"
#include "why.h"

/*
 * Calls that hide their arguments in memory, where no filter sees them, and
 * that libraries do without when the kernel seems not to have them.
 */
static const char *const unheard_of[] = {"clone3", "fchmodat2",
    "io_uring_enter", "io_uring_register", "io_uring_setup", "openat2"};

/* Above CALL_NEWEST, the answer is ENOSYS whatever the libseccomp at hand
 * knows; from x32's bit on, libseccomp kills. */
enum { NUMBER_X32 = 0x40000000 };

static_assert((int)NEED_ANY < (int)TRAIT_ONCE, "no bit is both");

static int
failed(struct fault *fault, const char *what, int error)
{
	return fault_set(fault, error == ENOMEM ? WHY_MEMORY : WHY_NO_SANDBOX,
	    "system call filter: %s: %s", what, strerror(error));
}

struct build {
	scmp_filter_ctx ctx;
	unsigned traits;
	struct fault *fault;
};

static int
add(const struct build *build, uint32_t action, const char *call,
    const struct scmp_arg_cmp *cmp, unsigned n)
{
	const int nr = seccomp_syscall_resolve_name(call);
	int rc;

	/* Another architecture's, or newer than this libseccomp. */
	if (nr < 0)
		return 0;
	rc = seccomp_rule_add_exact_array(build->ctx, action, nr, n, cmp);
	return rc == 0 ? 0 : failed(build->fault, call, -rc);
}

/* Said with masks: no sign, and one of the bits above the lowest. */
static int
add_pids(const struct build *build, const char *call)
{
	const uint32_t sign = 1U << 31;

	for (int bit = 1; bit < 31; bit++) {
		const struct scmp_arg_cmp cmp = {0, SCMP_CMP_MASKED_EQ,
		    sign | 1U << bit, 1U << bit};

		if (add(build, SCMP_ACT_ALLOW, call, &cmp, 1) == -1)
			return -1;
	}
	return 0;
}

/* The set-id bits that a new mode may have. */
static scmp_datum_t
permitted_bits(unsigned traits)
{
	return (traits & TRAIT_USER_ID ? S_ISUID : 0U) |
	    (traits & TRAIT_GROUP_ID ? S_ISGID : 0U);
}

static int
add_row(const struct build *build, const char *call, const struct row *row)
{
	struct scmp_arg_cmp cmp[ROW_ARGS];
	unsigned n = 0;

	if (row->how == HOW_PID)
		return add_pids(build, call);
	for (; n < ROW_ARGS && row->cmp[n].op != 0; n++)
		cmp[n] = row->cmp[n];
	if (row->how == HOW_MODE && n > 0) {
		cmp[n - 1].datum_a &= ~permitted_bits(build->traits);
		/* All set-id bits are permitted: nothing to compare. */
		if (cmp[n - 1].datum_a == 0)
			n--;
	}
	return add(build, SCMP_ACT_ALLOW, call, cmp, n);
}

/* The names of other word sizes, whose rows are those of the usual ones. */
static const char *
ruled_as(const char *call)
{
	static const char *const same[][2] = {
	    {"fcntl64", "fcntl"},
	    {"mmap2", "mmap"},
	    {"truncate64", "truncate"},
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (strcmp(same[i][0], call) == 0)
			return same[i][1];
	return call;
}

static int
add_call(const struct build *build, const char *call)
{
	const char *name = ruled_as(call);
	bool whole = true;

	if ((build->traits & TRAIT_ONCE) != 0 && strcmp(call, "execve") == 0)
		return add(build, SCMP_ACT_NOTIFY, call, NULL, 0);
	for (const struct row *row = rows; row->call != NULL; row++) {
		if (row->call[0] != name[0] || strcmp(row->call, name) != 0)
			continue;
		whole = false;
		if (row->need != 0 && (row->need & build->traits) == 0)
			continue;
		if (add_row(build, call, row) == -1)
			return -1;
	}
	return whole ? add(build, SCMP_ACT_ALLOW, call, NULL, 0) : 0;
}

static int
add_calls(const struct build *build, const struct list *calls)
{
	for (size_t i = 0; i < calls->n; i++)
		if (add_call(build, calls->v[i]) == -1)
			return -1;
	return 0;
}

static int
add_unheard_of(const struct build *build)
{
	for (size_t i = 0; i < sizeof(unheard_of) / sizeof(unheard_of[0]); i++)
		if (add(build, SCMP_ACT_ERRNO(ENOSYS), unheard_of[i], NULL,
			0) == -1)
			return -1;
	return 0;
}

static int
emit(struct bpf *bpf, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	struct sock_filter *p;

	p = reallocarray(bpf->code, bpf->n + 1, sizeof(*p));
	if (p == NULL)
		return -1;
	p[bpf->n++] = (struct sock_filter) {code, jt, jf, k};
	bpf->code = p;
	return 0;
}

static int
emit_unknown(struct bpf *bpf, uint32_t from, uint32_t to)
{
	if (emit(bpf, BPF_JMP | BPF_JGE | BPF_K, 0, 2, from) == -1 ||
	    emit(bpf, BPF_JMP | BPF_JGT | BPF_K, 1, 0, to) == -1)
		return -1;
	return emit(bpf, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
}

static bool
known(uint32_t arch, int nr)
{
	char *name;
	bool found;

	if (nr > CALL_NEWEST)
		return false;
	name = seccomp_syscall_resolve_num_arch(arch, nr);
	found = name != NULL;
	free(name);
	return found;
}

/*
 * libseccomp has one answer to all that no rule names, EPERM, and cannot
 * compare numbers by size. So each run of unknown numbers gets its ENOSYS
 * in front of libseccomp's program, for the native architecture alone; the
 * last jump, patched in, leads other ones to the program, which kills them.
 */
static int
emit_prologue(struct bpf *bpf, struct fault *fault)
{
	const uint32_t arch = seccomp_arch_native();
	int from = -1;

	if (emit(bpf, BPF_LD | BPF_W | BPF_ABS, 0, 0,
		offsetof(struct seccomp_data, arch)) == -1 ||
	    emit(bpf, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, arch) == -1 ||
	    emit(bpf, BPF_LD | BPF_W | BPF_ABS, 0, 0,
		offsetof(struct seccomp_data, nr)) == -1)
		goto memory;
	for (int nr = 0; nr <= CALL_NEWEST + 1; nr++) {
		if (!known(arch, nr)) {
			from = from == -1 ? nr : from;
			continue;
		}
		if (from != -1 && emit_unknown(bpf, from, nr - 1) == -1)
			goto memory;
		from = -1;
	}
	if (emit_unknown(bpf, from, NUMBER_X32 - 1) == -1)
		goto memory;
	if (bpf->n - 2 > UINT8_MAX)
		return failed(fault, "prologue", E2BIG);
	bpf->code[1].jf = (uint8_t)(bpf->n - 2);
	return 0;
memory:
	return failed(fault, "prologue", ENOMEM);
}

/* Appends libseccomp's program, which it gives out by a descriptor only. */
static int
append(struct bpf *bpf, scmp_filter_ctx ctx, int fd)
{
	struct sock_filter *p;
	struct stat st;
	size_t n;
	int rc;

	if ((rc = seccomp_export_bpf(ctx, fd)) != 0) {
		errno = -rc;
		return -1;
	}
	if (fstat(fd, &st) == -1)
		return -1;
	n = (size_t)st.st_size / sizeof(*p);
	if (bpf->n + n > BPF_MAXINSNS) {
		errno = E2BIG;
		return -1;
	}
	p = reallocarray(bpf->code, bpf->n + n, sizeof(*p));
	if (p == NULL)
		return -1;
	bpf->code = p;
	if (pread(fd, p + bpf->n, n * sizeof(*p), 0) != st.st_size) {
		errno = EIO;
		return -1;
	}
	bpf->n += n;
	return 0;
}

static int
finish(struct bpf *bpf, scmp_filter_ctx ctx, struct fault *fault)
{
	int fd;
	int ret = 0;

	if (emit_prologue(bpf, fault) == -1)
		return -1;
	fd = memfd_create("filter", MFD_CLOEXEC);
	if (fd == -1 || append(bpf, ctx, fd) == -1)
		ret = failed(fault, "program", errno);
	if (fd != -1)
		close(fd);
	return ret;
}

static int
set_attributes(scmp_filter_ctx ctx, struct fault *fault)
{
	int rc;

	rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	/* A tree: the kernel walks it for each number when it loads. */
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return rc == 0 ? 0 : failed(fault, "attributes", -rc);
}

static int
fill(const struct build *build, const struct list *calls)
{
	if (set_attributes(build->ctx, build->fault) == -1 ||
	    add_calls(build, calls) == -1)
		return -1;
	return add_unheard_of(build);
}

int
compile_bpf(struct bpf *bpf, const struct list *calls, unsigned traits,
    struct fault *fault)
{
	struct build build = {.traits = traits, .fault = fault};
	struct bpf made = {0};
	int ret = -1;

	if ((build.ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM))) == NULL)
		return failed(fault, "context", ENOMEM);
	if (fill(&build, calls) == 0 && finish(&made, build.ctx, fault) == 0) {
		*bpf = made;
		ret = 0;
	} else {
		free(made.code);
	}
	seccomp_release(build.ctx);
	return ret;
}
