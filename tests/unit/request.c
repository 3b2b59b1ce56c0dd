/* request.c: who asks, from argv and the effective uid; for what and from
 * where, from an environment that the client may have shaped. */

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "request.h"
#include "settings.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define NAME_64 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Reads a NULL-ended argv with the environment. */
static int
read_with(struct request *req, char **argv, char **envp, struct fault *fault)
{
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	*fault = (struct fault) {0};
	return request_read(req, argc, argv, envp, fault);
}

static void
same(const char *got, const char *expected)
{
	if (expected == NULL)
		assert_null(got);
	else
		assert_string_equal(got, expected);
}

static const struct {
	const char *argv[7];
	enum why why; /* WHY_UNDECIDED: it is read */
	const char *key;
	const char *fingerprint;
	const char *dir;
} operands[] = {
    {{"gk", "backup"}, WHY_UNDECIDED, "backup", NULL, GK_DIRECTORY},
    {{"gk", "b.A_k-9"}, WHY_UNDECIDED, "b.A_k-9", NULL, GK_DIRECTORY},
    {{"gk", NAME_64}, WHY_UNDECIDED, NAME_64, NULL, GK_DIRECTORY},
    {{"gk", "b", "SHA256:x"}, WHY_UNDECIDED, "b", "SHA256:x", GK_DIRECTORY},
    {{"gk", "-d", "/a", "b"}, WHY_UNDECIDED, "b", NULL, "/a"},
    {{"gk", "-d", "/a", "b", "f"}, WHY_UNDECIDED, "b", "f", "/a"},
    {{"", "b"}, WHY_UNDECIDED, "b", NULL, GK_DIRECTORY},
    {{NULL}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", ""}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "."}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", ".."}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "../b"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "a/b"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "-b"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "b\n"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", NAME_64 "a"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "b", "f", "x"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "-d"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "-d", "/a"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "-d", "a", "b"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "-d", "", "b"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "-d", "/a", "b", "f", "x"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "-d", "/a", "-d", "/c", "b"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "--", "b"}, WHY_USAGE, NULL, NULL, NULL},
    {{"gk", "-d/a", "b"}, WHY_USAGE, NULL, NULL, NULL},
    /* sshd starts a login shell so, when there is no forced command. */
    {{"-gk", "b"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"-gk"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"-gk", "-c", "SELF b"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "SELF b", "x"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    /* As the login shell: this very program and its own line. */
    {{"gk", "-c", "SELF b"}, WHY_UNDECIDED, "b", NULL, GK_DIRECTORY},
    {{"gk", "-c", "SELF b f"}, WHY_UNDECIDED, "b", "f", GK_DIRECTORY},
    {{"gk", "-c", ""}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "SELF"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "SELFx b"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "gk b"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "/bin/sh b"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "id"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "SELF -d /a b"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "SELF b f x"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "SELF -d /a"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "SELF ../b"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "SELF b;id"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
    {{"gk", "-c", "SELF\tb"}, WHY_LOGIN_SHELL, NULL, NULL, NULL},
};

/* A copy of a word in which SELF is this program. */
static char *
copy_word(const char *word)
{
	char self[4096], *copy;
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	if (strncmp(word, "SELF", 4) == 0)
		assert_true(asprintf(&copy, "%s%s", self, word + 4) != -1);
	else
		copy = strdup(word);
	return copy;
}

static void
test_operands(void **state)
{
	static char command[] = "SSH_ORIGINAL_COMMAND=a b";
	char *envp[] = {command, NULL};

	(void)state;
	for (size_t i = 0; i < NELEM(operands); i++) {
		char *argv[NELEM(operands[i].argv) + 1] = {NULL};
		struct request req;
		struct fault fault;

		for (size_t n = 0; operands[i].argv[n] != NULL; n++)
			argv[n] = copy_word(operands[i].argv[n]);
		assert_int_equal(read_with(&req, argv, envp, &fault),
		    operands[i].why == WHY_UNDECIDED ? 0 : -1);
		if (fault.why != operands[i].why)
			fail_msg("row %zu: %s: %s", i, why_name(fault.why),
			    fault.text);
		if (operands[i].why == WHY_UNDECIDED) {
			same(req.key, operands[i].key);
			same(req.fingerprint, operands[i].fingerprint);
			same(req.dir, operands[i].dir);
		} else {
			assert_string_not_equal(fault.text, "");
		}
		/* In any case the attempt can be recorded. */
		assert_string_equal(req.command, "a b");
		assert_non_null(req.dir);
		request_free(&req);
		for (size_t n = 0; argv[n] != NULL; n++)
			free(argv[n]);
	}
}

/* Without the client's request beside it, the line may be the client's. */
static void
test_login_shell_line(void **state)
{
	char name[] = "gk", option[] = "-c", *line = copy_word("SELF b");
	char *argv[] = {name, option, line, NULL}, *envp[] = {NULL};
	struct request req;
	struct fault fault;

	(void)state;
	assert_int_equal(read_with(&req, argv, envp, &fault), -1);
	assert_int_equal(fault.why, WHY_LOGIN_SHELL);
	request_free(&req);
	free(line);
}

static void
read_env(struct request *req, char **envp)
{
	static char name[] = "gk", key[] = "b";
	char *argv[] = {name, key, NULL};
	struct fault fault;

	assert_int_equal(read_with(req, argv, envp, &fault), 0);
}

static const struct {
	const char *command; /* NULL: not set */
	enum request_kind kind;
	size_t words;
	enum why syntax;
} kinds[] = {
    {NULL, REQUEST_SHELL, 0, WHY_UNDECIDED},
    {"", REQUEST_SHELL, 0, WHY_UNDECIDED},
    {" ", REQUEST_COMMAND, 0, WHY_UNDECIDED},
    {"a 'b c'", REQUEST_COMMAND, 2, WHY_UNDECIDED},
    {"a;b", REQUEST_COMMAND, 0, WHY_SHELL_SYNTAX},
    {"\x01", REQUEST_COMMAND, 0, WHY_CONTROL_BYTE},
    {"\xff", REQUEST_COMMAND, 0, WHY_NOT_UTF8},
    {"internal-sftp", REQUEST_SFTP, 1, WHY_UNDECIDED},
    {"internal-sftp -l INFO", REQUEST_SFTP, 3, WHY_UNDECIDED},
    {"/usr/lib/openssh/sftp-server", REQUEST_SFTP, 1, WHY_UNDECIDED},
    {"/x/y/sftp-server -e", REQUEST_SFTP, 2, WHY_UNDECIDED},
    {"/sftp-server", REQUEST_SFTP, 1, WHY_UNDECIDED},
    {"sftp-server", REQUEST_COMMAND, 1, WHY_UNDECIDED},
    {"lib/sftp-server", REQUEST_COMMAND, 1, WHY_UNDECIDED},
    {"/x/sftp-server/", REQUEST_COMMAND, 1, WHY_UNDECIDED},
    {"/x/not-sftp-server", REQUEST_COMMAND, 1, WHY_UNDECIDED},
    {"internal-sftp2", REQUEST_COMMAND, 1, WHY_UNDECIDED},
    {"x internal-sftp", REQUEST_COMMAND, 2, WHY_UNDECIDED},
    {"internal-sftp; id", REQUEST_COMMAND, 0, WHY_SHELL_SYNTAX},
};

static void
test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(kinds); i++) {
		char *envp[] = {NULL, NULL};
		struct request req;

		if (kinds[i].command != NULL)
			assert_true(
			    asprintf(&envp[0], "SSH_ORIGINAL_COMMAND=%s",
				kinds[i].command) != -1);
		read_env(&req, envp);
		same(req.command, kinds[i].command);
		assert_int_equal(req.kind, kinds[i].kind);
		assert_int_equal(req.words.text.n, kinds[i].words);
		assert_int_equal(req.syntax.why, kinds[i].syntax);
		request_free(&req);
		free(envp[0]);
	}
}

static const struct {
	const char *connection;
	const char *address;
	unsigned port;
} connections[] = {
    {NULL, NULL, 0},
    {"192.0.2.7 4022 192.0.2.1 22", "192.0.2.7", 4022},
    {"2001:db8::7 65535 2001:db8::1 22", "2001:db8::7", 65535},
    {"fe80::1%eth0 1 fe80::2 22", "fe80::1%eth0", 1},
    {"UNKNOWN 0 UNKNOWN 0", "UNKNOWN", 0},
    {"192.0.2.7", "192.0.2.7", 0},
    {"192.0.2.7 ", "192.0.2.7", 0},
    {"192.0.2.7 65536 x 22", "192.0.2.7", 0},
    {"192.0.2.7 -1 x 22", "192.0.2.7", 0},
    {"192.0.2.7 99999999999999999999 x 22", "192.0.2.7", 0},
    {"192.0.2.7 port x 22", "192.0.2.7", 0},
    {"", "", 0},
};

static void
test_connections(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(connections); i++) {
		char *envp[] = {NULL, NULL};
		struct request req;

		if (connections[i].connection != NULL)
			assert_true(asprintf(&envp[0], "SSH_CONNECTION=%s",
					connections[i].connection) != -1);
		read_env(&req, envp);
		same(req.address, connections[i].address);
		assert_int_equal(req.port, connections[i].port);
		request_free(&req);
		free(envp[0]);
	}
}

/* Of a variable that comes twice, the first, as sshd puts its own first;
 * and one with a longer name is another. */
static void
test_env_names(void **state)
{
	static char longer[] = "SSH_ORIGINAL_COMMANDS=x";
	static char prefixed[] = "XSSH_ORIGINAL_COMMAND=x";
	static char bare[] = "SSH_ORIGINAL_COMMAND";
	static char first[] = "SSH_ORIGINAL_COMMAND=a";
	static char second[] = "SSH_ORIGINAL_COMMAND=b";
	char *envp[] = {longer, prefixed, bare, first, second, NULL};
	struct request req;

	(void)state;
	read_env(&req, envp);
	assert_string_equal(req.command, "a");
	assert_ptr_equal(req.client_env, envp);
	request_free(&req);
	envp[3] = NULL;
	read_env(&req, envp);
	assert_null(req.command);
	assert_int_equal(req.kind, REQUEST_SHELL);
	request_free(&req);
}

/* USER chooses among the names of one uid and never leaves it. */
static void
test_account(void **state)
{
	static const char *const users[] = {"root", "daemon", "nobody",
	    "no-such-user", "", "+"};

	(void)state;
	for (size_t i = 0; i < NELEM(users); i++) {
		char *envp[] = {NULL, NULL};
		const struct passwd *pw;
		struct request req;

		assert_true(asprintf(&envp[0], "USER=%s", users[i]) != -1);
		read_env(&req, envp);
		assert_int_equal(req.uid, geteuid());
		if (req.account != NULL) {
			pw = getpwnam(req.account);
			assert_non_null(pw);
			assert_int_equal(pw->pw_uid, geteuid());
			assert_string_equal(pw->pw_dir, req.home);
		}
		if (strcmp(users[i], "root") == 0 && geteuid() == 0)
			assert_string_equal(req.account, "root");
		request_free(&req);
		free(envp[0]);
	}
}

static void
test_when(void **state)
{
	char *envp[] = {NULL};
	struct timespec before, after;
	struct request req;

	(void)state;
	clock_gettime(CLOCK_REALTIME, &before);
	read_env(&req, envp);
	clock_gettime(CLOCK_REALTIME, &after);
	assert_true(req.when.tv_sec >= before.tv_sec &&
	    req.when.tv_sec <= after.tv_sec);
	request_free(&req);
}

static void
test_freed(void **state)
{
	struct request zero = {0};
	struct request req = {0};

	(void)state;
	request_free(&req);
	assert_memory_equal(&req, &zero, sizeof(req));
}

/* Servers of the SSH2 family: their variable, and never the other. */
static void
test_ssh2(void **state)
{
	char *env[] = {NULL, NULL, NULL};
	char first[] = "SSH_ORIGINAL_COMMAND=one; two";
	char second[] = "SSH2_ORIGINAL_COMMAND=internal-sftp -x";
	char name[] = "gatekeeper", key[] = "k";
	char *argv[] = {name, key, NULL};
	struct request req;
	struct fault fault;

	(void)state;
	env[0] = first;
	env[1] = second;
	assert_int_equal(request_read(&req, 2, argv, env, &fault), 0);
	assert_int_equal(req.syntax.why, WHY_SHELL_SYNTAX);
	request_use_ssh2(&req);
	assert_int_equal(req.syntax.why, WHY_UNDECIDED);
	assert_int_equal(req.kind, REQUEST_SFTP);
	assert_string_equal(req.command, "internal-sftp -x");
	assert_int_equal(req.words.text.n, 2);
	request_free(&req);
	env[1] = NULL;
	assert_int_equal(request_read(&req, 2, argv, env, &fault), 0);
	request_use_ssh2(&req);
	assert_int_equal(req.kind, REQUEST_SHELL);
	assert_null(req.command);
	request_free(&req);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ssh2),
	    cmocka_unit_test(test_operands),
	    cmocka_unit_test(test_login_shell_line),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_connections),
	    cmocka_unit_test(test_env_names),
	    cmocka_unit_test(test_account),
	    cmocka_unit_test(test_when),
	    cmocka_unit_test(test_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
