/*
 * The filters that ship: each gives, for every number and for the arguments
 * that rows.c tells apart, the verdict of the one that libseccomp makes now,
 * and the one that a plain reading of the tables gives; and none is found for
 * a plan that differs.
 */

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "decide.h"
#include "parsed.h"
#include "plan.h"
#include "request.h"
#include "sandbox/calls.h"
#include "sandbox/compile.h"
#include "sandbox/filter.h"
#include "sandbox/groups.h"
#include "sandbox/rows.h"
#include "sandbox/shipped.h"
#include "scratch.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* What a filter is made by is what it is found by. Whoever needs a further
 * argument to either makes it a trait. */
static int (*const compile)(struct bpf *, const struct list *, unsigned,
    struct fault *) = compile_bpf;
static const struct shipped *(*const find)(const struct list *,
    unsigned) = shipped_find;

/* --- A program of the kernel's, run here ---------------------------------- */

static bool
jumps(const struct sock_filter *at, uint32_t a)
{
	switch (BPF_OP(at->code)) {
	case BPF_JEQ:
		return a == at->k;
	case BPF_JGT:
		return a > at->k;
	case BPF_JGE:
		return a >= at->k;
	case BPF_JSET:
		return (a & at->k) != 0;
	default:
		fail_msg("jump 0x%x", at->code);
		return false;
	}
}

static uint32_t
load(const struct seccomp_data *data, uint32_t at)
{
	uint32_t word;

	assert_true(at % 4 == 0 && at <= sizeof(*data) - sizeof(word));
	memcpy(&word, (const char *)data + at, sizeof(word));
	return word;
}

static uint32_t
run(const struct sock_filter *code, size_t n, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t i = 0; i < n; i++) {
		const struct sock_filter *at = &code[i];

		if (at->code == (BPF_LD | BPF_W | BPF_ABS))
			a = load(data, at->k);
		else if (at->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= at->k;
		else if (at->code == (BPF_JMP | BPF_JA))
			i += at->k;
		else if (at->code == (BPF_RET | BPF_K))
			return at->k;
		else if (BPF_CLASS(at->code) == BPF_JMP &&
		    BPF_SRC(at->code) == BPF_K)
			i += jumps(at, a) ? at->jt : at->jf;
		else
			fail_msg("instruction 0x%x", at->code);
	}
	fail_msg("the program has no end");
	return 0;
}

/* --- The tables, read plainly --------------------------------------------- */

enum { NUMBERS = 1024, X32 = 0x40000000 };

/* By number; NULL is unknown. */
static char *names[NUMBERS];

static int
setup(void **state)
{
	(void)state;
	for (int nr = 0; nr < NUMBERS; nr++)
		names[nr] =
		    seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (int nr = 0; nr < NUMBERS; nr++)
		free(names[nr]);
	return 0;
}

static bool
lists(const struct list *calls, const char *name)
{
	for (size_t i = 0; i < calls->n; i++)
		if (strcmp(calls->v[i], name) == 0)
			return true;
	return false;
}

static bool
is_hidden(const char *name)
{
	static const char *const hidden[] = {"clone3", "fchmodat2",
	    "io_uring_enter", "io_uring_register", "io_uring_setup", "openat2"};

	for (size_t i = 0; i < NELEM(hidden); i++)
		if (strcmp(hidden[i], name) == 0)
			return true;
	return false;
}

static bool
row_permits(const struct row *row, unsigned traits, const __u64 *args)
{
	const int32_t pid = (int32_t)args[0];
	uint64_t bits = 0;

	if (row->need != 0 && (row->need & traits) == 0)
		return false;
	if (row->how == HOW_PID)
		return pid > 1;
	if (traits & TRAIT_USER_ID)
		bits |= S_ISUID;
	if (traits & TRAIT_GROUP_ID)
		bits |= S_ISGID;
	for (size_t i = 0; i < ROW_ARGS && row->cmp[i].op != 0; i++) {
		uint64_t mask = row->cmp[i].datum_a;

		assert_int_equal(row->cmp[i].op, SCMP_CMP_MASKED_EQ);
		if (row->how == HOW_MODE &&
		    (i + 1 == ROW_ARGS || row->cmp[i + 1].op == 0))
			mask &= ~bits;
		if ((args[row->cmp[i].arg] & mask) != row->cmp[i].datum_b)
			return false;
	}
	return true;
}

static uint32_t
judge(const char *name, const struct list *calls, unsigned traits,
    const __u64 *args)
{
	bool whole = true;

	if (!lists(calls, name))
		return SECCOMP_RET_ERRNO | EPERM;
	if ((traits & TRAIT_ONCE) && strcmp(name, "execve") == 0)
		return SECCOMP_RET_USER_NOTIF;
	for (const struct row *row = rows; row->call != NULL; row++) {
		if (strcmp(row->call, name) != 0)
			continue;
		whole = false;
		if (row_permits(row, traits, args))
			return SECCOMP_RET_ALLOW;
	}
	return whole ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EPERM;
}

static uint32_t
expected(const struct list *calls, unsigned traits,
    const struct seccomp_data *data)
{
	const unsigned nr = (unsigned)data->nr;
	const char *name;

	if (data->arch != seccomp_arch_native())
		return SECCOMP_RET_KILL_PROCESS;
#ifdef __x86_64__
	if (nr >= X32)
		return SECCOMP_RET_KILL_PROCESS;
#endif
	name = nr <= CALL_NEWEST ? names[nr] : NULL;
	if (name == NULL || is_hidden(name))
		return SECCOMP_RET_ERRNO | ENOSYS;
	return judge(name, calls, traits, data->args);
}

/* --- Calls to ask both about ---------------------------------------------- */

struct pair {
	const struct shipped *shipped;
	struct list calls;
	struct bpf now;
	size_t asked;
	size_t permitted;
};

static void
ask(struct pair *pair, const struct seccomp_data *data)
{
	const struct shipped *s = pair->shipped;
	const uint32_t ships = run(s->code, s->n, data);
	const uint32_t now = run(pair->now.code, pair->now.n, data);
	const uint32_t plain = expected(&pair->calls, s->traits, data);

	pair->asked++;
	pair->permitted += ships == SECCOMP_RET_ALLOW;
	if (ships == now && ships == plain)
		return;
	fail_msg("filter %td, arch 0x%x, call %d (0x%llx, 0x%llx, 0x%llx, "
		 "0x%llx, 0x%llx): ships 0x%x, now 0x%x, by the tables 0x%x",
	    s - shipped, data->arch, data->nr, data->args[0], data->args[1],
	    data->args[2], data->args[3], data->args[4], ships, now, plain);
}

static const __u64 rubbish[] = {0, UINT64_MAX, 0xffffffffULL << 32, 0xffffffff};

static void
fill_args(struct seccomp_data *data, __u64 value)
{
	for (size_t i = 0; i < NELEM(data->args); i++)
		data->args[i] = value;
}

static void
ask_numbers(struct pair *pair)
{
	struct seccomp_data data = {.arch = seccomp_arch_native()};

	for (size_t i = 0; i < NELEM(rubbish); i++) {
		fill_args(&data, rubbish[i]);
		for (int nr = 0; nr < NUMBERS; nr++) {
			data.nr = nr;
			ask(pair, &data);
			data.nr = (int)((unsigned)nr | X32);
			ask(pair, &data);
		}
	}
}

static void
ask_foreign(struct pair *pair)
{
	static const uint32_t arches[] = {AUDIT_ARCH_I386, AUDIT_ARCH_X86_64,
	    AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0, UINT32_MAX};
	struct seccomp_data data = {.nr = 0};

	for (size_t i = 0; i < NELEM(arches); i++) {
		data.arch = arches[i];
		if (data.arch == seccomp_arch_native())
			continue;
		for (int nr = 0; nr < NUMBERS; nr++) {
			data.nr = nr;
			ask(pair, &data);
		}
	}
}

/* What a comparison is about, one bit beside it, and one number. */
static void
ask_around(struct pair *pair, const struct seccomp_data *good, unsigned arg)
{
	struct seccomp_data data = *good;

	ask(pair, &data);
	for (unsigned bit = 0; bit < 64; bit++) {
		data.args[arg] = good->args[arg] ^ 1ULL << bit;
		ask(pair, &data);
	}
	for (size_t i = 0; i < NELEM(rubbish); i++) {
		data.args[arg] = rubbish[i];
		ask(pair, &data);
	}
	data.args[arg] = good->args[arg] + 1;
	ask(pair, &data);
	data.args[arg] = good->args[arg] - 1;
	ask(pair, &data);
}

static void
ask_row(struct pair *pair, const struct row *row)
{
	const int nr = seccomp_syscall_resolve_name(row->call);
	struct seccomp_data data = {.nr = nr, .arch = seccomp_arch_native()};

	/* ask_numbers() has seen to what no row permits. */
	if (nr < 0 || !lists(&pair->calls, row->call))
		return;
	for (size_t i = 0; i < NELEM(rubbish); i++) {
		fill_args(&data, rubbish[i]);
		for (size_t j = 0; j < ROW_ARGS && row->cmp[j].op != 0; j++)
			data.args[row->cmp[j].arg] = row->cmp[j].datum_b;
		if (row->how == HOW_PID)
			ask_around(pair, &data, 0);
		for (size_t j = 0; j < ROW_ARGS && row->cmp[j].op != 0; j++)
			ask_around(pair, &data, row->cmp[j].arg);
	}
}

/* --- What ships ----------------------------------------------------------- */

/* The list that a text was made of. */
static void
split(struct list *calls, const char *text)
{
	while (*text != '\0') {
		const size_t n = strcspn(text, "\n");

		assert_int_equal(text[n], '\n');
		assert_int_equal(list_addf(calls, "%.*s", (int)n, text), 0);
		text += n + 1;
	}
}

static void
begin(struct pair *pair, const struct shipped *of)
{
	struct fault fault = {0};

	*pair = (struct pair) {.shipped = of};
	split(&pair->calls, of->calls);
	if (compile(&pair->now, &pair->calls, of->traits, &fault) == -1)
		fail_msg("%s", fault.text);
}

static void
end(struct pair *pair)
{
	list_free(&pair->calls);
	free(pair->now.code);
}

static void
test_verdicts(void **state)
{
	struct pair pair;

	(void)state;
	for (const struct shipped *s = shipped; s->code != NULL; s++) {
		begin(&pair, s);
		ask_numbers(&pair);
		ask_foreign(&pair);
		for (const struct row *row = rows; row->call != NULL; row++)
			ask_row(&pair, row);
		assert_true(pair.permitted > 100);
		assert_true(pair.asked > 20000);
		end(&pair);
	}
}

static void
test_sizes(void **state)
{
	size_t n = 0, bytes = 0;

	(void)state;
	for (const struct shipped *s = shipped; s->code != NULL; s++, n++) {
		assert_in_range(s->n, 100, BPF_MAXINSNS);
		bytes += s->n * sizeof(*s->code) + strlen(s->calls);
		for (const struct shipped *t = shipped; t < s; t++)
			assert_false(t->traits == s->traits &&
			    strcmp(t->calls, s->calls) == 0);
	}
	assert_in_range(n, 16, 64);
	/* The forced command is read from disk in every session. */
	assert_in_range(bytes, 1, 160 * 1024);
}

/* --- Plans that have one, and others --------------------------------------- */

/* The kernel, and what the plan says. */
struct asked {
	struct plan plan;
	int abi;
	bool mdwe;
};

static void
plan_of(struct asked *asked, const struct shipped *of)
{
	const unsigned traits = of->traits;

	*asked = (struct asked) {
	    .abi = traits & NEED_TRUNCATE ? 3 : 2,
	    .mdwe = (traits & NEED_NO_HOLD) != 0,
	};
	asked->plan.network = traits & NEED_ANY ? NETWORK_ANY : NETWORK_NONE;
	asked->plan.once = (traits & TRAIT_ONCE) != 0;
	asked->plan.set_id = traits & TRAIT_GROUP_ID ? S_ISGID : 0;
	split(&asked->plan.calls, of->calls);
}

static const struct shipped *
found(const struct asked *asked)
{
	return find(&asked->plan.calls,
	    filter_traits(&asked->plan, asked->abi, asked->mdwe));
}

static void
change_abi(struct asked *a)
{
	a->abi = a->abi == 3 ? 2 : 3;
}
static void
change_mdwe(struct asked *a)
{
	a->mdwe = !a->mdwe;
}
static void
change_once(struct asked *a)
{
	a->plan.once = !a->plan.once;
}
static void
change_jit(struct asked *a)
{
	a->plan.jit = true;
}
static void
change_terminal(struct asked *a)
{
	a->plan.terminal = true;
}
static void
change_unix(struct asked *a)
{
	a->plan.network |= NETWORK_UNIX;
}
static void
change_bind(struct asked *a)
{
	a->plan.network |= NETWORK_BIND;
}
static void
change_any(struct asked *a)
{
	a->plan.network ^= NETWORK_ANY;
}
static void
change_user_id(struct asked *a)
{
	a->plan.set_id ^= S_ISUID;
}
static void
change_group_id(struct asked *a)
{
	a->plan.set_id ^= S_ISGID;
}

static void
change_connect(struct asked *a)
{
	a->plan.network |= NETWORK_CONNECT;
}

static void
rename_call(struct asked *a, size_t i, const char *name)
{
	free(a->plan.calls.v[i]);
	a->plan.calls.v[i] = strdup(name);
}

static void
change_last(struct asked *a)
{
	free(a->plan.calls.v[--a->plan.calls.n]);
	a->plan.calls.v[a->plan.calls.n] = NULL;
}

static void
change_more(struct asked *a)
{
	assert_int_equal(list_add(&a->plan.calls, "zzz"), 0);
}

static void
change_empty(struct asked *a)
{
	assert_int_equal(list_add(&a->plan.calls, ""), 0);
}

static void
change_longer(struct asked *a)
{
	rename_call(a, 0, "access2");
}

static void
change_shorter(struct asked *a)
{
	rename_call(a, 0, "acces");
}

static void
change_other(struct asked *a)
{
	rename_call(a, a->plan.calls.n / 2, "ptrace");
}

/* Two names in one. */
static void
change_joined(struct asked *a)
{
	char *both;

	assert_int_not_equal(asprintf(&both, "%s\n%s",
				 a->plan.calls.v[a->plan.calls.n - 2],
				 a->plan.calls.v[a->plan.calls.n - 1]),
	    -1);
	change_last(a);
	rename_call(a, a->plan.calls.n - 1, both);
	free(both);
}

static void
change_order(struct asked *a)
{
	char *first = a->plan.calls.v[0];

	a->plan.calls.v[0] = a->plan.calls.v[1];
	a->plan.calls.v[1] = first;
}

static void
change_all(struct asked *a)
{
	while (a->plan.calls.n > 0)
		change_last(a);
}

static const struct {
	const char *what;
	void (*change)(struct asked *);
	bool other; /* the plan may be one that ships, too */
} changes[] = {
    {"abi", change_abi, false},
    {"mdwe", change_mdwe, false},
    {"once", change_once, true},
    {"jit", change_jit, false},
    {"terminal", change_terminal, false},
    {"network = unix", change_unix, false},
    {"network = connect", change_connect, false},
    {"network = bind", change_bind, false},
    {"network = any", change_any, false},
    {"set-user-ID", change_user_id, false},
    {"set-group-ID", change_group_id, false},
    {"a call less", change_last, false},
    {"a call more", change_more, false},
    {"a call without a name", change_empty, false},
    {"a longer name", change_longer, false},
    {"a shorter name", change_shorter, false},
    {"another call", change_other, false},
    {"two names in one", change_joined, false},
    {"another order", change_order, false},
    {"no call", change_all, false},
};

static void
try_change(const struct shipped *s, size_t i)
{
	const struct shipped *other;
	struct asked asked;

	plan_of(&asked, s);
	assert_ptr_equal(found(&asked), s);
	changes[i].change(&asked);
	other = found(&asked);
	if (other == s || (other != NULL && !changes[i].other))
		fail_msg("filter %td is found for another plan: %s",
		    other - shipped, changes[i].what);
	list_free(&asked.plan.calls);
}

static void
test_changes(void **state)
{
	(void)state;
	for (const struct shipped *s = shipped; s->code != NULL; s++)
		for (size_t i = 0; i < NELEM(changes); i++)
			try_change(s, i);
}

/* `syscalls` of a rule, by way of what resolves them. */
static void
test_words(void **state)
{
	static const char *const words[] = {"+tkill", "-chmod", "+@aio",
	    "-@xattr-write"};
	struct asked asked = {.abi = 3, .mdwe = true, .plan.once = true};
	struct list list = {0};

	(void)state;
	assert_int_equal(calls_resolve(&asked.plan.calls, calls_default, &list,
			     true, NETWORK_NONE),
	    0);
	assert_non_null(found(&asked));
	list_free(&asked.plan.calls);
	for (size_t i = 0; i < NELEM(words); i++) {
		assert_int_equal(list_add(&list, words[i]), 0);
		assert_int_equal(calls_resolve(&asked.plan.calls, calls_default,
				     &list, true, NETWORK_NONE),
		    0);
		assert_null(found(&asked));
		list_free(&asked.plan.calls);
		list_free(&list);
	}
}

/* --- Sessions as they are decided ------------------------------------------ */

#define PROTOCOL(name) "[allow x]\nprotocol = " name "\n"
#define COMMAND "[allow x]\ncommand = x\nrun = /bin/true\n"
#define BOTH "read = ROOT/data\nwrite = ROOT/data\n"

static const struct session {
	const char *rule;
	const char *command;
	bool ships;
} sessions[] = {
    {PROTOCOL("scp") BOTH, "scp -t ROOT/data/f", true},
    {PROTOCOL("scp") BOTH, "scp -f ROOT/data/f", true},
    {PROTOCOL("scp") BOTH "links = yes\n", "scp -t ROOT/data/f", true},
    {PROTOCOL("scp") BOTH, "internal-sftp", true},
    {PROTOCOL("sftp") BOTH, "internal-sftp", true},
    {PROTOCOL("sftp") BOTH "links = yes\n", "internal-sftp", true},
    {PROTOCOL("rsync") BOTH, "rsync --server -e.LsfxC . ROOT/data/", true},
    {PROTOCOL("rsync") BOTH, "rsync --server --sender -e.LsfxC . ROOT/data/",
	true},
    {PROTOCOL("rdist") BOTH, "rdistd -S", true},
    {PROTOCOL("git") BOTH, "git-receive-pack ROOT/data/r", true},
    {PROTOCOL("git") BOTH, "git-upload-pack ROOT/data/r", true},
    {PROTOCOL("borg") BOTH, "borg serve", true},
    {COMMAND, "x", true},
    {COMMAND "execute = /bin/cat\n", "x", true},
    {COMMAND "network = any\n", "x", true},
    {COMMAND "network = any\nexecute = /bin/cat\n", "x", true},
    {COMMAND "shell = no\n", "x", true},
    {PROTOCOL("scp") BOTH "set-id = allow\n", "scp -t ROOT/data/f", false},
    {PROTOCOL("git") BOTH "set-id = deny\n", "git-upload-pack ROOT/data/r",
	false},
    {COMMAND "jit = yes\n", "x", false},
    {COMMAND "terminal = yes\n", "x", false},
    {COMMAND "network = connect 443\n", "x", false},
    {COMMAND "syscalls = +@aio\n", "x", false},
    {COMMAND "syscalls = -@aio\n", "x", true},
};

static void
prepare(void)
{
	static const char *const folders[] = {"ROOT/data", "ROOT/data/r",
	    "ROOT/data/r/objects", "ROOT/data/r/refs"};

	scratch_make();
	for (size_t i = 0; i < NELEM(folders); i++)
		scratch_folder(folders[i], 0755);
	scratch_file("ROOT/data/f", 0644, "");
	scratch_file("ROOT/data/r/HEAD", 0644, "ref: refs/heads/main\n");
}

static void
decide_one(const struct session *session)
{
	static char program[] = "gatekeeper", option[] = "-d",
		    folder[] = "/nonexistent", key[] = "key";
	static const char settings_text[] =
	    "[programs]\nscp = /bin/true\nsftp-server = /bin/true\n"
	    "rsync = /bin/true\nrdistd = /bin/true\ngit = /bin/true\n"
	    "borg = /bin/true\n";
	char *argv[] = {program, option, folder, key, NULL};
	char *envp[] = {NULL, NULL};
	struct settings settings = {0};
	struct policy policy = {0};
	struct verdict verdict = {0};
	struct request req = {0};
	struct fault fault = {0};
	const struct plan *plan = &verdict.plan;

	assert_int_not_equal(asprintf(&envp[0], "SSH_ORIGINAL_COMMAND=%s",
				 scratch_text(session->command)),
	    -1);
	assert_int_equal(request_read(&req, 4, argv, envp, &fault), 0);
	parsed_settings(&settings, settings_text);
	parsed_policy(&policy, scratch_text(session->rule));
	decide(&verdict, &policy, &settings, &req);
	if (verdict.answer != PERMIT)
		fail_msg("%s%s: %s", session->rule, session->command,
		    verdict.fault.text);
	if ((find(&plan->calls, filter_traits(plan, 2, false)) != NULL) !=
		session->ships ||
	    (find(&plan->calls, filter_traits(plan, 7, true)) != NULL) !=
		session->ships)
		fail_msg("%s%s", session->rule, session->command);
	verdict_free(&verdict);
	policy_free(&policy);
	settings_free(&settings);
	request_free(&req);
	free(envp[0]);
}

static void
test_sessions(void **state)
{
	(void)state;
	prepare();
	for (size_t i = 0; i < NELEM(sessions); i++)
		decide_one(&sessions[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verdicts),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_changes),
	    cmocka_unit_test(test_words),
	    scratch_test(test_sessions),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
