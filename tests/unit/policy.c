/*
 * policy.c and rule.c: what a good file becomes, field by field; which
 * fault a file that cannot be used is. Bad lines are tests/cases/broken.tsv.
 */

#include <time.h>

#include "parsed.h"
#include "pattern.h"
#include "protocol/protocol.h"
#include "scratch.h"
#include "template.h"
#include "value.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static void
joined(const struct list *list, const char *expected)
{
	for (size_t i = 0; i < list->n; i++) {
		const size_t len = strlen(list->v[i]);

		assert_int_equal(strncmp(list->v[i], expected, len), 0);
		expected += len;
		assert_int_equal(*expected++, i + 1 < list->n ? '|' : '\0');
	}
	if (list->n == 0)
		assert_string_equal(expected, "");
}

static time_t
local(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {.tm_year = year - 1900,
	    .tm_mon = month - 1,
	    .tm_mday = day,
	    .tm_hour = hour,
	    .tm_min = minute,
	    .tm_isdst = -1};

	return mktime(&tm);
}

static void
test_key(void **state)
{
	static const char text[] =
	    "# a comment\n"
	    "[key]\n"
	    "description = Nightly backup\n"
	    "  of web1\n"
	    "enabled = no\n"
	    "public-key = ssh-ed25519 AAAAC3 root@web1\n"
	    "public-key = sk-ssh-ed25519@openssh.com AAAAG\n"
	    "public-key = ecdsa-sha2-nistp256  AAAAE\n"
	    "public-key-file = web1.pub\n"
	    "account = backup www-data\n"
	    "  operator\n"
	    "from = 192.0.2.0/24 2001:db8::/32 ::ffff:198.51.100.7\n"
	    "not-before = 2026-11-20\n"
	    "not-after = 2027-06-30\n"
	    "refusal-detail = none\n";
	struct policy policy;

	(void)state;
	parsed_policy(&policy, text);
	assert_string_equal(policy.file, "keys/x.ini");
	assert_int_equal(policy.mtime.tv_sec, 1234567890);
	assert_int_equal(policy.mtime.tv_nsec, 5);
	assert_string_equal(policy.description, "Nightly backup of web1");
	assert_true(policy.conditions.disabled);
	joined(&policy.public_keys,
	    "ssh-ed25519 AAAAC3 root@web1|"
	    "sk-ssh-ed25519@openssh.com AAAAG|"
	    "ecdsa-sha2-nistp256  AAAAE");
	assert_string_equal(policy.public_key_file, "web1.pub");
	joined(&policy.accounts, "backup|www-data|operator");
	assert_int_equal(policy.conditions.nfrom, 3);
	assert_true(net_holds(&policy.conditions.from[0], "192.0.2.7"));
	assert_true(net_holds(&policy.conditions.from[1], "2001:db8::7"));
	assert_true(net_holds(&policy.conditions.from[2], "198.51.100.7"));
	assert_false(net_holds(&policy.conditions.from[2], "198.51.100.8"));
	assert_int_equal(policy.not_before, local(2026, 11, 20, 0, 0));
	/* Inclusive: the first second of the next day is too late. */
	assert_int_equal(policy.not_after, local(2027, 7, 1, 0, 0));
	assert_int_equal(policy.detail, DETAIL_NONE);
	assert_int_equal(policy.nrules, 0);
	policy_free(&policy);
}

/* Where nothing is written, nothing is granted and nothing limited. */
static void
test_defaults(void **state)
{
	static const char *const texts[] = {"", "\n# nothing\n", "[key]\n",
	    "[key]\nenabled = yes\n"};

	(void)state;
	for (size_t i = 0; i < NELEM(texts); i++) {
		struct policy policy;

		parsed_policy(&policy, texts[i]);
		assert_false(policy.conditions.disabled);
		assert_null(policy.description);
		assert_null(policy.public_key_file);
		assert_int_equal(policy.public_keys.n, 0);
		assert_int_equal(policy.accounts.n, 0);
		assert_int_equal(policy.conditions.nfrom, 0);
		assert_int_equal(policy.not_before, 0);
		assert_int_equal(policy.not_after, 0);
		assert_int_equal(policy.detail, DETAIL_UNSET);
		assert_int_equal(policy.nrules, 0);
		policy_free(&policy);
	}
}

static void
test_details(void **state)
{
	static const struct {
		const char *text;
		enum detail detail;
	} rows[] = {
	    {"[key]\nrefusal-detail = reason\n", DETAIL_REASON},
	    {"[key]\nrefusal-detail = none\n", DETAIL_NONE},
	    {"[key]\nrefusal-detail = full\n", DETAIL_FULL},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct policy policy;

		parsed_policy(&policy, rows[i].text);
		assert_int_equal(policy.detail, rows[i].detail);
		policy_free(&policy);
	}
}

/* A time, unlike a date, is itself the first second too late. */
static void
test_times(void **state)
{
	struct policy policy;

	(void)state;
	parsed_policy(&policy,
	    "[key]\nnot-before = 2026-11-20 22:30\n"
	    "not-after = 2026-11-20T23:30:00\n");
	assert_int_equal(policy.not_before, local(2026, 11, 20, 22, 30));
	assert_int_equal(policy.not_after, local(2026, 11, 20, 23, 30));
	policy_free(&policy);
}

static void
check_path(const struct rule_path *path, const char *name, unsigned access,
    unsigned line)
{
	assert_string_equal(path->path, name);
	assert_int_equal(path->access, access);
	assert_int_equal(path->line, line);
}

static void
test_command_rule(void **state)
{
	static const char text[] = "[allow push-zone]\n"
				   "command = push {zone}\n"
				   "\n"
				   "command = push {zone}\n"
				   "    --serial={n}\n"
				   "run = /bin/echo {zone} \n"
				   "arg.n = integer 1..9\n"
				   "arg.zone = hostname\n"
				   "env.A = 1 2\n"
				   "env.B = x=y\n"
				   "pass-env = LC_* LANG\n"
				   "chdir = '/srv/my data'\n"
				   "umask = 027\n"
				   "nice = 19\n"
				   "read = /srv/a '/srv/b c'\n"
				   "execute = /bin/cat\n"
				   "write = /srv/a\n"
				   "network = any\n";
	struct policy policy;
	const struct rule *rule;

	(void)state;
	parsed_policy(&policy, text);
	assert_int_equal(policy.nrules, 1);
	rule = &policy.rules[0];
	assert_string_equal(rule->name, "push-zone");
	assert_int_equal(rule->line, 1);
	assert_null(rule->protocol);
	joined(&rule->commands, "push {zone}|push {zone} --serial={n}");
	assert_int_equal(rule->command_lines[0], 2);
	assert_int_equal(rule->command_lines[1], 4);
	assert_non_null(rule->patterns[0]);
	assert_non_null(rule->patterns[1]);
	assert_string_equal(template_program(rule->run), "/bin/echo");
	assert_int_equal(rule->run_line, 6);
	assert_int_equal(rule->nargs, 2);
	assert_string_equal(rule->args[0].name, "n");
	assert_int_equal(rule->args[0].line, 7);
	assert_string_equal(rule->args[1].name, "zone");
	joined(&rule->env, "A=1 2|B=x=y");
	joined(&rule->pass_env, "LC_*|LANG");
	assert_string_equal(rule->chdir, "/srv/my data");
	assert_true(rule->has_umask);
	assert_int_equal(rule->umask, 027);
	assert_int_equal(rule->nice, 19);
	assert_int_equal(rule->npaths, 4);
	check_path(&rule->paths[0], "/srv/a", ACCESS_READ, 15);
	check_path(&rule->paths[1], "/srv/b c", ACCESS_READ, 15);
	check_path(&rule->paths[2], "/bin/cat", ACCESS_EXECUTE, 16);
	check_path(&rule->paths[3], "/srv/a", ACCESS_WRITE, 17);
	assert_int_equal(rule->confine.network, NETWORK_ANY);
	policy_free(&policy);
}

static void
test_rules_in_order(void **state)
{
	static const char text[] = "[allow up]\n"
				   "protocol = scp\n"
				   "write = /srv\n"
				   "[key]\n"
				   "account = x\n"
				   "[allow down]\n"
				   "protocol = rdist\n"
				   "write = /srv\n"
				   "umask = 0000\n"
				   "network = none\n"
				   "[allow last]\n"
				   "command = /bin/true\n";
	struct policy policy;

	(void)state;
	parsed_policy(&policy, text);
	assert_int_equal(policy.nrules, 3);
	assert_string_equal(policy.rules[0].name, "up");
	assert_ptr_equal(policy.rules[0].protocol, &protocol_scp);
	assert_int_equal(policy.rules[0].line, 1);
	assert_false(policy.rules[0].has_umask);
	assert_string_equal(policy.rules[1].name, "down");
	assert_ptr_equal(policy.rules[1].protocol, &protocol_rdist);
	assert_int_equal(policy.rules[1].line, 6);
	assert_true(policy.rules[1].has_umask);
	assert_int_equal(policy.rules[1].umask, 0);
	assert_int_equal(policy.rules[1].confine.network, NETWORK_NONE);
	assert_string_equal(policy.rules[2].name, "last");
	assert_null(policy.rules[2].run);
	assert_null(policy.rules[2].chdir);
	assert_int_equal(policy.rules[2].nice, 0);
	assert_int_equal(policy.rules[2].confine.network, NETWORK_NONE);
	joined(&policy.accounts, "x");
	policy_free(&policy);
}

static void
check_empty(const struct policy *policy)
{
	const struct policy zero = {0};

	assert_memory_equal(policy, &zero, sizeof(zero));
}

/* Nothing of what stood above a fault is left. */
static void
test_empty_after_fault(void **state)
{
	static const char *const texts[] = {
	    "[key]\nfrom = 192.0.2.1\naccount = a\npublic-key = ssh-x AAAA\n"
	    "description = x\n[allow a]\nprotocol = scp\nread = /srv\n"
	    "[allow b]\ncommand = x {y}\narg.y = name\nrun = /bin/x {y}\n"
	    "env.A = b\npass-env = C\nchdir = /\nread = /a /b\n"
	    "wriet = /c\n",
	    "[allow a]\nprotocol = scp\nread = /srv\n[allow b]\n",
	    "[key]\nfrom = 192.0.2.1 192.0.2.x\n",
	    "[allow a]\nread = /srv rel\n",
	    "[allow a]\ncommand = x {y}\n",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(texts); i++) {
		const struct timespec mtime = {1, 2};
		struct fault fault = {0};
		struct policy policy;

		memset(&policy, 0xa5, sizeof(policy));
		assert_int_equal(policy_parse(&policy, "keys/x.ini", texts[i],
				     strlen(texts[i]), mtime,
				     &(struct names) {"x", NULL}, &fault),
		    -1);
		assert_int_equal(fault.why, WHY_POLICY);
		assert_string_equal(fault.file, "keys/x.ini");
		assert_true(fault.line > 0);
		check_empty(&policy);
	}
}

static void
load(const char *key, enum why why, const char *part)
{
	struct fault fault = {0};
	struct policy policy;
	char file[64];

	memset(&policy, 0xa5, sizeof(policy));
	if (policy_load(&policy, scratch.root, &(struct names) {key, NULL},
		&fault) != -1)
		fail_msg("loaded: %s", key);
	if (fault.why != why || strstr(fault.text, part) == NULL)
		fail_msg("%s: %s: %s", key, why_name(fault.why), fault.text);
	snprintf(file, sizeof(file), "keys/%s.ini", key);
	assert_string_equal(fault.file, file);
	check_empty(&policy);
}

static void
test_load(void **state)
{
	static const char good[] = "[allow x]\ncommand = /bin/true\n";
	struct fault fault = {0};
	struct policy policy;
	struct stat st;

	(void)state;
	scratch_make();
	scratch_folder("ROOT/keys", 0755);
	scratch_file("ROOT/keys/good.ini", 0644, good);
	scratch_link("ROOT/keys/link.ini", "good.ini");
	scratch_link("ROOT/keys/dangling.ini", "none.ini");
	scratch_file("ROOT/keys/bad.ini", 0644, "[allow x]\n\nprotocl = scp\n");
	scratch_file("ROOT/keys/loose.ini", 0664, good);
	scratch_folder("ROOT/keys/folder.ini", 0755);
	if (policy_load(&policy, scratch.root, &(struct names) {"good", NULL},
		&fault) == -1)
		fail_msg("%s", fault.text);
	assert_string_equal(policy.file, "keys/good.ini");
	assert_int_equal(stat(scratch_text("ROOT/keys/good.ini"), &st), 0);
	assert_memory_equal(&policy.mtime, &st.st_mtim, sizeof(st.st_mtim));
	assert_int_equal(policy.nrules, 1);
	policy_free(&policy);
	assert_int_equal(policy_load(&policy, scratch.root,
			     &(struct names) {"link", NULL}, &fault),
	    0);
	policy_free(&policy);
	load("none", WHY_UNKNOWN_KEY, "No such file");
	load("dangling", WHY_POLICY, "No such file");
	load("bad", WHY_POLICY, "protocol");
	load("loose", WHY_POLICY, "others can write it");
	load("folder", WHY_POLICY, "not a regular file");
}

/* One byte more than a file may have is not cut, but refused. */
static void
test_load_large(void **state)
{
	static char text[1024 * 1024 + 2];
	struct fault fault = {0};
	struct policy policy;

	(void)state;
	scratch_make();
	scratch_folder("ROOT/keys", 0755);
	memset(text, '\n', sizeof(text) - 1);
	scratch_file("ROOT/keys/large.ini", 0644, text);
	load("large", WHY_POLICY, "too large");
	text[sizeof(text) - 2] = '\0';
	scratch_file("ROOT/keys/large.ini", 0644, text);
	assert_int_equal(policy_load(&policy, scratch.root,
			     &(struct names) {"large", NULL}, &fault),
	    0);
	policy_free(&policy);
}

/* The folder of the keys that others can write, and one that is no folder:
 * not a key without a policy, but a broken host. */
static void
test_load_folder(void **state)
{
	(void)state;
	scratch_make();
	load("x", WHY_POLICY, "No such file");
	scratch_folder("ROOT/keys", 0777);
	load("x", WHY_POLICY, "others can write it");
	assert_int_equal(rmdir(scratch_text("ROOT/keys")), 0);
	scratch_file("ROOT/keys", 0644, "");
	load("x", WHY_POLICY, "Not a directory");
}

static void
test_watching(void **state)
{
	static const char text[] = "[key]\n"
				   "max-sessions = 10000\n"
				   "[allow x]\n"
				   "command = /bin/true\n"
				   "watch = no\n"
				   "timeout = 2h\n"
				   "idle-timeout = 90s\n"
				   "record = required\n"
				   "record-max = 4K\n"
				   "on-violation = kill\n"
				   "on-success.timeout = 5m\n"
				   "on-success.read = /srv /etc\n"
				   "on-success.env.A = b c\n"
				   "on-success = /bin/echo 'a b'\n"
				   "if-changed = /srv\n"
				   "[allow y]\n"
				   "command = /bin/true\n"
				   "watch = yes\n"
				   "record = no\n"
				   "on-violation = deny\n"
				   "on-success = /bin/true\n"
				   "on-success.sandbox = none\n";
	const struct watching *w;
	struct policy policy;

	(void)state;
	parsed_policy(&policy, text);
	assert_int_equal(policy.max_sessions, 10000);
	w = &policy.rules[0].watching;
	assert_false(w->watch);
	assert_int_equal(w->timeout, 2 * 3600);
	assert_int_equal(w->idle_timeout, 90);
	assert_int_equal(w->record, TRANSCRIPT_REQUIRED);
	assert_int_equal(w->record_max, 4096);
	assert_true(w->kill);
	assert_string_equal(w->if_changed, "/srv");
	assert_int_equal(w->follow->watching.timeout, 300);
	assert_int_equal(w->follow->npaths, 2);
	assert_int_equal(w->follow->paths[1].line, 12);
	joined(&w->follow->env, "A=b c");
	assert_int_equal(policy.rules[0].npaths, 0);
	assert_int_equal(policy.rules[0].env.n, 0);
	w = &policy.rules[1].watching;
	assert_true(w->watch);
	assert_int_equal(w->timeout, 0);
	assert_int_equal(w->record, TRANSCRIPT_NO);
	assert_false(w->kill);
	assert_null(w->if_changed);
	/* What nobody limits is limited all the same: it holds a session. */
	assert_int_equal(w->follow->watching.timeout, 300);
	assert_true(w->follow->confine.unconfined);
	assert_false(policy.rules[1].confine.unconfined);
	policy_free(&policy);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_key),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_details),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_command_rule),
	    cmocka_unit_test(test_watching),
	    cmocka_unit_test(test_rules_in_order),
	    cmocka_unit_test(test_empty_after_fault),
	    scratch_test(test_load),
	    scratch_test(test_load_large),
	    scratch_test(test_load_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
