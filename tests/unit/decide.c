/*
 * decide.c, beyond the verdict tables: the whole plan of a permitted
 * request, nothing of one for a refused; times to the second; and that
 * nothing but the verdict is written.
 */

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include "decide.h"
#include "parsed.h"
#include "request.h"
#include "sandbox/groups.h"
#include "scratch.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define TRUE "[allow x]\ncommand = x\nrun = /bin/true a\n"

/* One request to one policy, and all that goes into the decision. */
struct session {
	char *argv[5];
	char *envp[4];
	struct request req;
	struct settings settings;
	struct policy policy;
	struct verdict verdict;
};

static struct session s;

static char *
copy(const char *text)
{
	char *made = strdup(scratch_text(text));

	assert_non_null(made);
	return made;
}

/* command: NULL asks for a shell. */
static void
begin(const char *policy, const char *settings, const char *command)
{
	const char *const argv[] = {"gatekeeper", "-d", "ROOT/policy", "key"};
	struct fault fault = {0};
	size_t n = 0;

	s = (struct session) {.argv = {NULL}};
	for (size_t i = 0; i < NELEM(argv); i++)
		s.argv[i] = copy(argv[i]);
	if (command != NULL) {
		s.envp[n] = malloc(strlen(command) + 4096);
		sprintf(s.envp[n++], "SSH_ORIGINAL_COMMAND=%s",
		    scratch_text(command));
	}
	s.envp[n++] = copy("LC_ALL=C");
	s.envp[n] = copy("SSH_CONNECTION=192.0.2.7 4022 192.0.2.1 22");
	assert_int_equal(request_read(&s.req, NELEM(argv), s.argv, s.envp,
			     &fault),
	    0);
	parsed_settings(&s.settings, scratch_text(settings));
	parsed_policy(&s.policy, scratch_text(policy));
}

static int
end(void **state)
{
	verdict_free(&s.verdict);
	policy_free(&s.policy);
	settings_free(&s.settings);
	request_free(&s.req);
	for (size_t i = 0; i < NELEM(s.argv); i++)
		free(s.argv[i]);
	for (size_t i = 0; i < NELEM(s.envp); i++)
		free(s.envp[i]);
	s = (struct session) {.argv = {NULL}};
	return state != NULL ? scratch_remove(state) : 0;
}

#define decide_test(f) cmocka_unit_test_teardown(f, end)

static void
fill(void)
{
	scratch_make();
	scratch_folder("ROOT/policy", 0755);
	scratch_folder("ROOT/up", 0755);
	scratch_folder("ROOT/down", 0755);
	scratch_folder("ROOT/bin", 0755);
	scratch_file("ROOT/down/f", 0644, "");
}

static void
permit(const char *policy, const char *settings, const char *command)
{
	begin(policy, settings, command);
	decide(&s.verdict, &s.policy, &s.settings, &s.req);
	if (s.verdict.answer != PERMIT)
		fail_msg("%s%s: %s: %s", policy, command,
		    why_name(s.verdict.fault.why), s.verdict.fault.text);
}

static const struct area *
grant(const char *path)
{
	path = scratch_text(path);
	for (size_t i = 0; i < s.verdict.plan.ngrants; i++)
		if (strcmp(s.verdict.plan.grants[i].path, path) == 0)
			return &s.verdict.plan.grants[i];
	return NULL;
}

static bool
has_call(const char *name)
{
	const struct list *calls = &s.verdict.plan.calls;

	for (size_t i = 0; i < calls->n; i++)
		if (strcmp(calls->v[i], name) == 0)
			return true;
	return false;
}

static bool
has_env(const char *entry)
{
	const struct list *env = &s.verdict.plan.env;

	for (size_t i = 0; i < env->n; i++)
		if (strcmp(env->v[i], entry) == 0)
			return true;
	return false;
}

/* What a rule does not say. */
static void
test_plain(void **state)
{
	const struct plan *plan = &s.verdict.plan;

	(void)state;
	fill();
	permit(TRUE, "", "x");
	assert_ptr_equal(s.verdict.rule, &s.policy.rules[0]);
	assert_int_equal(s.verdict.fault.why, WHY_UNDECIDED);
	assert_string_equal(plan->program, "/usr/bin/true");
	assert_int_equal(plan->argv.n, 2);
	assert_string_equal(plan->argv.v[0], "/bin/true");
	assert_string_equal(plan->argv.v[1], "a");
	assert_null(plan->argv.v[2]);
	assert_string_equal(plan->chdir, "/");
	assert_false(plan->has_umask);
	assert_int_equal(plan->nice, 0);
	assert_int_equal(plan->network, NETWORK_NONE);
	assert_true(has_call("vfork"));
	assert_false(has_call("socket"));
	assert_int_equal(plan->set_id, 0);
	assert_false(plan->jit);
	assert_false(plan->terminal);
	assert_true(plan->links);
	assert_false(plan->landlock_optional);
	assert_int_equal(plan->nareas, 0);
	assert_true(has_env("PATH=/usr/local/bin:/usr/bin:/bin"));
	assert_true(has_env("HOME=/nonexistent"));
	assert_false(has_env("LC_ALL=C"));
	assert_non_null(grant("/usr/bin/true"));
	assert_non_null(grant("/etc/passwd"));
	assert_null(grant("/etc/hosts"));
	assert_null(grant("/usr/bin/cat"));
}

static void
test_keys(void **state)
{
	static const char policy[] = TRUE "chdir = ROOT/down\n"
					  "umask = 027\n"
					  "nice = 7\n"
					  "network = any\n"
					  "env.A = b\n"
					  "pass-env = LC_*\n"
					  "read = ROOT/down\n"
					  "write = ROOT/up\n"
					  "execute = /bin/cat\n"
					  "on-success = /bin/true\n"
					  "if-changed = ROOT/link\n";
	const struct plan *plan = &s.verdict.plan;

	(void)state;
	fill();
	/* A link of the account's own is not followed. */
	if (geteuid() == 0)
		scratch_link("ROOT/link", "ROOT/down");
	else
		scratch_folder("ROOT/link", 0755);
	permit(policy, "[sandbox]\nlandlock = optional\n", "x");
	assert_string_equal(plan->if_changed,
	    scratch_text(geteuid() == 0 ? "ROOT/down" : "ROOT/link"));
	assert_string_equal(plan->chdir, scratch_text("ROOT/down"));
	assert_true(plan->has_umask);
	assert_int_equal(plan->umask, 027);
	assert_int_equal(plan->nice, 7);
	assert_int_equal(plan->network, NETWORK_ANY);
	assert_true(plan->landlock_optional);
	assert_true(has_env("A=b"));
	assert_true(has_env("LC_ALL=C"));
	assert_int_equal(plan->nareas, 2);
	assert_ptr_equal(grant("ROOT/down"), &plan->grants[0]);
	assert_ptr_equal(grant("ROOT/up"), &plan->grants[1]);
	assert_int_equal(plan->grants[0].access, ACCESS_READ);
	assert_int_equal(plan->grants[1].access, ACCESS_WRITE);
	assert_int_equal(grant("/usr/bin/cat")->access, ACCESS_EXECUTE);
	/* A minimal host has no such file. */
	if (access("/etc/hosts", F_OK) == 0)
		assert_non_null(grant("/etc/hosts"));
}

/* A protocol starts in its first directory, makes no links, and has calls
 * of its own. */
static void
test_protocol(void **state)
{
	static const char policy[] = "[allow x]\nprotocol = scp\n"
				     "write = ROOT/up\nread = ROOT/down\n";
	static const char settings[] = "[programs]\nscp = ROOT/bin/scp\n";
	const struct plan *plan = &s.verdict.plan;

	(void)state;
	fill();
	scratch_file("ROOT/bin/scp", 0755, "#!/bin/cat\n");
	permit(policy, settings, "scp -f -- ROOT/down/f");
	assert_string_equal(plan->chdir, scratch_text("ROOT/up"));
	assert_string_equal(plan->program, scratch_text("ROOT/bin/scp"));
	assert_string_equal(plan->argv.v[plan->argv.n - 1],
	    scratch_text("ROOT/down/f"));
	assert_true(has_call("openat"));
	assert_false(has_call("vfork"));
	assert_false(plan->links);
	/* What only fetches may change nothing, modes and times included. */
	assert_int_equal(plan->nareas, 1);
	assert_int_equal(plan->grants[0].access, ACCESS_READ);
	assert_null(grant("ROOT/up"));
	assert_false(has_call("unlink"));
	assert_false(has_call("chmod"));
	end(NULL);
	permit(policy, settings, "scp -t ROOT/up/f");
	assert_int_equal(plan->nareas, 2);
	assert_int_equal(plan->grants[0].access, ACCESS_WRITE);
	assert_int_equal(plan->grants[1].access, ACCESS_READ);
	assert_true(has_call("unlink"));
	assert_true(has_call("chmod"));
}

/* rsync must read what it stores; but a request that fetches reads nothing
 * that is there for writing alone, even where it may remove what it sent. */
static void
test_reads_back(void **state)
{
	static const char policy[] = "[allow x]\nprotocol = rsync\n"
				     "write = ROOT/up ROOT/down\n"
				     "read = ROOT/down\ndelete = yes\n";
	static const char settings[] = "[programs]\nrsync = ROOT/bin/rsync\n";
	static const struct {
		const char *command;
		unsigned up;
	} tests[] = {
	    {"rsync --server -r . ROOT/up", ACCESS_WRITE | ACCESS_READ},
	    {"rsync --server --sender -r . ROOT/down/f", 0},
	    {"rsync --server --sender -r --files-from=- . ROOT/down", 0},
	    {"rsync --server --sender -r --remove-source-files . ROOT/down/f",
		ACCESS_WRITE},
	};
	const struct plan *plan = &s.verdict.plan;

	(void)state;
	fill();
	scratch_file("ROOT/bin/rsync", 0755, "#!/bin/cat\n");
	for (size_t i = 0; i < NELEM(tests); i++) {
		unsigned up = 0;

		permit(policy, settings, tests[i].command);
		for (size_t j = 0; j < plan->ngrants; j++)
			if (strcmp(plan->grants[j].path,
				scratch_text("ROOT/up")) == 0)
				up |= plan->grants[j].access;
		assert_int_equal(up, tests[i].up);
		end(NULL);
	}
}

/* Nothing is granted but what the policy names and what programs start
 * with; each through a descriptor that the program will not inherit. */
static void
test_grants(void **state)
{
	static const char policy[] =
	    TRUE "write = ROOT/up\nread = ROOT/down\n"
		 "[allow other]\ncommand = y\nrun = /bin/cat y\n"
		 "read = /etc\nexecute = /bin/mv\n";
	const struct plan *plan = &s.verdict.plan;
	size_t written = 0;

	(void)state;
	fill();
	permit(policy, "", "x");
	assert_null(grant("/etc"));
	assert_null(grant("/usr/bin/cat"));
	assert_null(grant("/usr/bin/mv"));
	for (size_t i = 0; i < plan->ngrants; i++) {
		const struct area *area = &plan->grants[i];

		written += (area->access & ACCESS_WRITE) != 0;
		assert_true(fcntl(area->fd, F_GETFL) & O_PATH);
		assert_int_equal(fcntl(area->fd, F_GETFD), FD_CLOEXEC);
	}
	assert_int_equal(written, 1);
}

static size_t
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

struct refused {
	const char *policy;
	const char *command;
	enum why why;
	unsigned line;
	const char *part;
};

static void
check_refused(const struct refused *row)
{
	static const struct plan empty = {0};
	const size_t before = count_descriptors();

	begin(row->policy, "[programs]\nscp = ROOT/bin/none\n", row->command);
	memset(&s.verdict, 0xa5, sizeof(s.verdict));
	decide(&s.verdict, &s.policy, &s.settings, &s.req);
	assert_int_equal(s.verdict.answer, REFUSE);
	if (s.verdict.fault.why != row->why ||
	    s.verdict.fault.line != row->line ||
	    strstr(s.verdict.fault.text, scratch_text(row->part)) == NULL)
		fail_msg("%s: %s: line %u: %s", row->policy,
		    why_name(s.verdict.fault.why), s.verdict.fault.line,
		    s.verdict.fault.text);
	assert_memory_equal(&s.verdict.plan, &empty, sizeof(empty));
	assert_int_equal(count_descriptors(), before);
	end(NULL);
}

/* A refusal leaves no plan and no descriptor, however far it came. */
static void
test_refused(void **state)
{
	static const struct refused rows[] = {
	    {"", "x", WHY_NO_RULE, 0, "no rule matches"},
	    {TRUE, NULL, WHY_NO_SHELL, 0, "no rule opens a shell"},
	    {TRUE, " ", WHY_NO_RULE, 0, "no rule matches"},
	    {TRUE "read = ROOT/up\n", "y", WHY_NO_RULE, 0, "no rule"},
	    {TRUE "write = ROOT/none\n", "x", WHY_DIRECTORY, 4, "ROOT/none"},
	    {TRUE "read = ROOT/up ROOT/none\n", "x", WHY_DIRECTORY, 4,
		"ROOT/none"},
	    {TRUE "read = ROOT/up\nchdir = ROOT/none\n", "x", WHY_DIRECTORY, 1,
		"ROOT/none"},
	    {TRUE "chdir = ROOT/down/f\n", "x", WHY_DIRECTORY, 1,
		"not a directory"},
	    {TRUE "on-success = /bin/true\nif-changed = ROOT/down/f\n", "x",
		WHY_DIRECTORY, 5, "not a directory"},
	    {TRUE "on-success = /bin/true\nif-changed = ROOT/none\n", "x",
		WHY_DIRECTORY, 5, "ROOT/none"},
	    {TRUE "read = ROOT/up\nexecute = /bin/cat ROOT/none\n", "x",
		WHY_PROGRAM, 5, "ROOT/none"},
	    {TRUE "execute = ROOT/down/f\n", "x", WHY_EXEC, 4, "ROOT/down/f"},
	    {"[allow x]\ncommand = x\nrun = ROOT/none a\nread = ROOT/up\n", "x",
		WHY_PROGRAM, 0, "ROOT/none"},
	    {"[allow x]\nprotocol = scp\nread = ROOT/down\n",
		"scp -f -- ROOT/down/f", WHY_PROGRAM, 0, "ROOT/bin/none"},
	    {"[allow x]\nprotocol = scp\nread = ROOT/down\n",
		"scp -f -- ROOT/down/../up", WHY_OUTSIDE, 0, "not inside"},
	    /* The first rule that came near says why. */
	    {"[allow x]\nprotocol = scp\nread = ROOT/down\n[allow y]\n"
	     "command = scp {o} {p}\narg.o = one-of '-t'\narg.p = path ROOT/up\n"
	     "run = /bin/true {o} {p}\n",
		"scp -t /etc", WHY_OUTSIDE, 0, "/etc: "},
	    /* What was accepted, and then cannot be, is not tried further. */
	    {"[allow x]\ncommand = x\nrun = ROOT/none a\n[allow y]\n"
	     "command = x\nrun = /bin/true\n",
		"x", WHY_PROGRAM, 0, "ROOT/none"},
	    {TRUE, "x *", WHY_SHELL_SYNTAX, 0, "a shell would expand"},
	    {TRUE, "x;y", WHY_SHELL_SYNTAX, 0, "a shell would act"},
	    /* The guard comes before anything the client asked for. */
	    {TRUE "write = ROOT/policy\n", "nothing", WHY_POLICY, 4,
		"ROOT/policy"},
	    {TRUE "write = ROOT/policy\n", NULL, WHY_POLICY, 4, "ROOT/policy"},
	};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(rows); i++)
		check_refused(&rows[i]);
}

/* The first second from which, and the first from which no longer. */
static void
test_seconds(void **state)
{
	static const char policy[] = "[key]\nnot-before = 2026-11-20 12:00\n"
				     "not-after = 2026-11-20 13:00\n" TRUE;
	static const struct {
		time_t after; /* noon */
		enum why why;
	} rows[] = {{-1, WHY_NOT_YET}, {0, WHY_UNDECIDED},
	    {3599, WHY_UNDECIDED}, {3600, WHY_EXPIRED}};
	struct tm tm = {.tm_year = 126,
	    .tm_mon = 10,
	    .tm_mday = 20,
	    .tm_hour = 12,
	    .tm_isdst = -1};
	const time_t noon = mktime(&tm);

	(void)state;
	fill();
	begin(policy, "", "x");
	for (size_t i = 0; i < NELEM(rows); i++) {
		s.req.when.tv_sec = noon + rows[i].after;
		decide(&s.verdict, &s.policy, &s.settings, &s.req);
		assert_int_equal(s.verdict.fault.why, rows[i].why);
		assert_int_equal(s.verdict.answer,
		    rows[i].why == WHY_UNDECIDED ? PERMIT : REFUSE);
		verdict_free(&s.verdict);
	}
}

/* The conditions of [key] in their order, whatever is asked. */
static void
test_conditions(void **state)
{
	static const char text[] = "enabled = no\naccount = no-such-account\n"
				   "not-before = 2190-01-01\n"
				   "not-after = 2020-01-01\n"
				   "from = 198.51.100.1\n";
	static const enum why order[] = {WHY_DISABLED, WHY_ACCOUNT, WHY_NOT_YET,
	    WHY_EXPIRED, WHY_FROM};
	const char *left = text;

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(order); i++) {
		char policy[512];

		snprintf(policy, sizeof(policy),
		    "[key]\n%s" TRUE "write = ROOT/policy\n", left);
		begin(policy, "", i % 2 == 0 ? "x" : NULL);
		decide(&s.verdict, &s.policy, &s.settings, &s.req);
		assert_int_equal(s.verdict.fault.why, order[i]);
		assert_int_equal(s.verdict.answer, REFUSE);
		end(NULL);
		left = strchr(left, '\n') + 1;
	}
	assert_string_equal(left, "");
}

static size_t
count_files(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

/* `explain` asks the same question and must change nothing by it; asked
 * twice, the answer is the same. */
static void
test_nothing_else(void **state)
{
	static const char text[] = TRUE "read = ROOT/down\nwrite = ROOT/up\n"
					"umask = 000\nchdir = ROOT/up\n";
	struct verdict again;
	struct policy policy;
	struct settings settings;
	struct request req;
	char before[PATH_MAX], after[PATH_MAX];
	const size_t fds = count_descriptors();
	mode_t mask;

	(void)state;
	fill();
	begin(text, "", "x");
	policy = s.policy;
	settings = s.settings;
	req = s.req;
	umask(mask = umask(0));
	assert_non_null(getcwd(before, sizeof(before)));
	decide(&s.verdict, &s.policy, &s.settings, &s.req);
	decide(&again, &s.policy, &s.settings, &s.req);
	assert_int_equal(again.answer, PERMIT);
	assert_int_equal(again.plan.ngrants, s.verdict.plan.ngrants);
	assert_memory_equal(&policy, &s.policy, sizeof(policy));
	assert_memory_equal(&settings, &s.settings, sizeof(settings));
	assert_memory_equal(&req, &s.req, sizeof(req));
	assert_non_null(getcwd(after, sizeof(after)));
	assert_string_equal(before, after);
	assert_int_equal(umask(mask), mask);
	assert_int_equal(count_files(scratch_text("ROOT/up")), 2);
	assert_int_equal(count_files(scratch_text("ROOT/policy")), 2);
	verdict_free(&again);
	verdict_free(&s.verdict);
	assert_int_equal(count_descriptors(), fds);
	assert_int_equal(s.verdict.answer, REFUSE);
}

/* Each path is resolved on disk, before there is a record. */
static void
test_many_paths(void **state)
{
	static const char policy[] = "[allow x]\ncommand = x {p...}\n"
				     "run = /bin/true {p...}\n"
				     "arg.p = path ROOT/down\n"
				     "read = ROOT/down\n";
	char command[2 * PATH_RESULTS_MAX + 8] = "x";

	(void)state;
	fill();
	for (size_t i = 0; i < PATH_RESULTS_MAX; i++)
		memcpy(command + 1 + 2 * i, " f", 3);
	permit(policy, "", command);
	assert_int_equal(s.verdict.plan.argv.n, PATH_RESULTS_MAX + 1);
	end(NULL);
	memcpy(command + 1 + 2 * PATH_RESULTS_MAX, " f", 3);
	begin(policy, "", command);
	decide(&s.verdict, &s.policy, &s.settings, &s.req);
	assert_int_equal(s.verdict.answer, REFUSE);
	assert_int_equal(s.verdict.fault.why, WHY_TOO_LONG);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    decide_test(test_plain),
	    decide_test(test_keys),
	    decide_test(test_protocol),
	    decide_test(test_reads_back),
	    decide_test(test_grants),
	    decide_test(test_refused),
	    decide_test(test_seconds),
	    decide_test(test_conditions),
	    decide_test(test_many_paths),
	    decide_test(test_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
