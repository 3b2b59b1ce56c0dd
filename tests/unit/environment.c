/* environment.c: from nothing, what joins, what never does, what wins. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "environment.h"
#include "list.h"
#include "policy.h"
#include "request.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define FIXED \
	"PATH=/usr/local/bin:/usr/bin:/bin|HOME=/nonexistent|" \
	"SHELL=/bin/sh|LANG=C.UTF-8|USER=backup|LOGNAME=backup"

static void
fill(struct list *list, const char *const *from)
{
	for (; *from != NULL; from++)
		assert_int_equal(list_add(list, *from), 0);
}

static const char *
find(const struct list *env, const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=')
			return env->v[i] + len + 1;
	return NULL;
}

struct row {
	const char *env[4]; /* of the rule */
	const char *pass[4];
	const char *client[6];
	const char *expected; /* joined by |, sorted as built */
};

static void
check_row(const struct row *row)
{
	struct list client = {0}, env = {0};
	char account[] = "backup", *none[] = {NULL}, joined[1024] = "";
	struct request req = {.account = account};
	struct rule rule = {0};

	fill(&rule.env, row->env);
	fill(&rule.pass_env, row->pass);
	fill(&client, row->client);
	req.client_env = client.n > 0 ? client.v : none;
	assert_int_equal(environment_build(&env, &rule, &req), 0);
	for (size_t i = 0; i < env.n; i++) {
		assert_true(
		    strlen(joined) + strlen(env.v[i]) + 2 < sizeof(joined));
		strcat(joined, i > 0 ? "|" : "");
		strcat(joined, env.v[i]);
	}
	assert_string_equal(joined, row->expected);
	list_free(&env);
	list_free(&client);
	list_free(&rule.env);
	list_free(&rule.pass_env);
}

static void
test_build(void **state)
{
	static const struct row rows[] = {
	    {{NULL}, {NULL}, {NULL}, FIXED},
	    /* Of the client's, nothing passes unasked. */
	    {{NULL}, {NULL},
		{"LANG=de_DE.UTF-8", "PATH=/tmp", "LD_PRELOAD=x", "A=1"},
		FIXED},
	    {{NULL}, {"LC_*"}, {"LC_ALL=C", "LC_TIME=de_DE.UTF-8", "LANG=x"},
		"LC_ALL=C|LC_TIME=de_DE.UTF-8|" FIXED},
	    {{NULL}, {"A"}, {"A=1", "AB=2", "a=3"}, "A=1|" FIXED},
	    {{NULL}, {"A*"}, {"A=1", "AB=2", "BA=3"}, "A=1|AB=2|" FIXED},
	    /* The rule wins over the client, both over what is fixed. */
	    {{"A=rule"}, {"A", "B"}, {"A=client", "B=client"},
		"A=rule|B=client|" FIXED},
	    {{"HOME=/srv", "USER=x"}, {NULL}, {NULL},
		"HOME=/srv|USER=x|PATH=/usr/local/bin:/usr/bin:/bin|"
		"SHELL=/bin/sh|LANG=C.UTF-8|LOGNAME=backup"},
	    {{NULL}, {"LANG"}, {"LANG=de_DE.UTF-8"},
		"LANG=de_DE.UTF-8|PATH=/usr/local/bin:/usr/bin:/bin|"
		"HOME=/nonexistent|SHELL=/bin/sh|USER=backup|"
		"LOGNAME=backup"},
	    /* Of two, the first: some programs would take the second. */
	    {{NULL}, {"A"}, {"A=1", "A=2"}, "A=1|" FIXED},
	    {{NULL}, {"A", "A*"}, {"A=1"}, "A=1|" FIXED},
	    /* What has no name or no value is no variable. */
	    {{NULL}, {"A", "B*"}, {"A", "=A", "=", "", "B"}, FIXED},
	    {{NULL}, {"A"}, {"A="}, "A=|" FIXED},
	    {{NULL}, {"A"}, {"A==b"}, "A==b|" FIXED},
	    /* Values that a terminal or a locale file could be led by. */
	    {{NULL}, {"A"}, {"A=x\x1b[0m"}, FIXED},
	    {{NULL}, {"A"}, {"A=x\n"}, FIXED},
	    {{NULL}, {"A"}, {"A=\x7f"}, FIXED},
	    {{NULL}, {"A"}, {"A=\xc3\xa4"}, FIXED},
	    {{NULL}, {"A"}, {"A=/a b~"}, "A=/a b~|" FIXED},
	    {{NULL}, {"LC_*", "LANGUAGE", "TERM"},
		{"LC_ALL=../../tmp/x", "LANGUAGE=/tmp", "TERM=/x"}, FIXED},
	    {{NULL}, {"TERM"}, {"TERM=xterm"}, "TERM=xterm|" FIXED},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++)
		check_row(&rows[i]);
}

/* What can make a loader, a shell or an interpreter run something. */
static const char *const hooks[] = {"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT",
    "GLIBC_TUNABLES", "GCONV_PATH", "LOCPATH", "NLSPATH", "MALLOC_CHECK_",
    "BASH_ENV", "BASH_FUNC_x%%", "ENV", "SHELLOPTS", "BASHOPTS", "PS4",
    "PROMPT_COMMAND", "IFS", "CDPATH", "FPATH", "ZDOTDIR", "PYTHONPATH",
    "PYTHONSTARTUP", "PERL5LIB", "PERL5OPT", "PERLLIB", "RUBYOPT", "GEM_HOME",
    "LUA_INIT", "LUA_PATH", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "SSH_AUTH_SOCK",
    "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "SSH_ORIGINAL_COMMAND",
    "SSH2_ORIGINAL_COMMAND"};

/* What would send it elsewhere: the administrator's to set. */
static const char *const ours[] = {"PATH", "HOME", "USER", "LOGNAME", "SHELL",
    "TMPDIR", "TZ", "TZDIR", "TERMINFO", "TERMINFO_DIRS", "TERMCAP",
    "HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS", "GIT_SSH_COMMAND", "GIT_DIR",
    "RSYNC_RSH", "BORG_RSH", "TAR_OPTIONS", "GREP_OPTIONS", "EDITOR", "VISUAL",
    "PAGER", "LESSOPEN", "MANPAGER", "BROWSER", "OPENSSL_CONF", "SSL_CERT_FILE",
    "KRB5_CONFIG", "XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS",
    "NOTIFY_SOCKET"};

/* Even if a policy named it, or a family that holds it, it does not pass. */
static void
check_never(const char *name)
{
	char entry[64], *client[] = {entry, NULL};
	struct request req = {.client_env = client};
	struct rule rule = {0};
	struct list env = {0};
	const char *value;

	assert_false(environment_may_pass(name));
	for (size_t len = strlen(name); len > 0; len--) {
		char family[64];

		snprintf(family, sizeof(family), "%.*s*", (int)len, name);
		if (environment_may_pass(family))
			fail_msg("%s", family);
		assert_int_equal(list_add(&rule.pass_env, family), 0);
	}
	assert_false(environment_may_pass("*"));
	fill(&rule.pass_env, (const char *const[]) {"*", name, NULL});
	snprintf(entry, sizeof(entry), "%s=evil", name);
	assert_int_equal(environment_build(&env, &rule, &req), 0);
	value = find(&env, name);
	if (value != NULL && strcmp(value, "evil") == 0)
		fail_msg("%s passed", name);
	list_free(&env);
	list_free(&rule.pass_env);
}

static void
test_never(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(hooks); i++) {
		check_never(hooks[i]);
		assert_false(environment_may_set(hooks[i]));
	}
	for (size_t i = 0; i < NELEM(ours); i++) {
		check_never(ours[i]);
		assert_true(environment_may_set(ours[i]));
	}
}

static void
test_may_pass(void **state)
{
	static const char *const names[] = {"LANG", "LC_ALL", "LC_*", "LANG*",
	    "TERM", "COLORTERM", "A", "MY_*", "LDX", "ENVY", "SHELLS", "TZX",
	    "_A", "NO_COLOR", "RUB"};

	(void)state;
	for (size_t i = 0; i < NELEM(names); i++) {
		if (!environment_may_pass(names[i]))
			fail_msg("%s", names[i]);
		assert_true(environment_may_set(names[i]));
	}
	/* TERM* holds TERMINFO, RUB* holds RUBYOPT. */
	assert_false(environment_may_pass("TERM*"));
	assert_false(environment_may_pass("RUB*"));
}

/* A value of 4096 bytes, and a name of 255, are the longest. */
static void
test_long(void **state)
{
	static const struct {
		size_t name, value;
		bool passes;
	} rows[] = {{1, 4096, true}, {1, 4097, false}, {255, 1, true},
	    {256, 1, false}};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char entry[5000], name[300], *client[] = {entry, NULL};
		struct request req = {.client_env = client};
		struct rule rule = {0};
		struct list env = {0};

		memset(entry, 'A', sizeof(entry));
		entry[rows[i].name] = '=';
		entry[rows[i].name + 1 + rows[i].value] = '\0';
		memset(name, 'A', sizeof(name));
		name[rows[i].name] = '\0';
		assert_int_equal(list_add(&rule.pass_env, "A*"), 0);
		assert_int_equal(environment_build(&env, &rule, &req), 0);
		assert_int_equal(find(&env, name) != NULL, rows[i].passes);
		list_free(&env);
		list_free(&rule.pass_env);
	}
}

/* A uid without an entry in /etc/passwd has no name to go by. */
static void
test_no_account(void **state)
{
	char *none[] = {NULL};
	struct request req = {.client_env = none};
	struct rule rule = {0};
	struct list env = {0};

	(void)state;
	assert_int_equal(environment_build(&env, &rule, &req), 0);
	assert_int_equal(env.n, 4);
	assert_null(find(&env, "USER"));
	assert_null(find(&env, "LOGNAME"));
	assert_null(env.v[env.n]);
	list_free(&env);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_build),
	    cmocka_unit_test(test_never),
	    cmocka_unit_test(test_may_pass),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_no_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
