/*
 * argv and environment to a request. Identity is in argv and the effective
 * uid only; the environment tells what is asked for and from where.
 */

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "request.h"
#include "settings.h"
#include "value.h"
#include "why.h"

static const char *
find_env(char *const envp[], const char *name)
{
	size_t len = strlen(name);

	for (; *envp != NULL; envp++)
		if (strncmp(*envp, name, len) == 0 && (*envp)[len] == '=')
			return *envp + len + 1;
	return NULL;
}

/*
 * The account's entry. No name service: this program is static, and runs
 * before anything is confined. USER only chooses among names of one uid.
 */
static int
find_account(struct request *req, const char *user, struct fault *fault)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *pw;

	if (f == NULL)
		return fault_set(fault, WHY_SYSTEM, "/etc/passwd: %s",
		    strerror(errno));
	while ((pw = fgetpwent(f)) != NULL) {
		if (pw->pw_uid != req->uid)
			continue;
		if (req->account != NULL &&
		    (user == NULL || strcmp(pw->pw_name, user) != 0))
			continue;
		free(req->account);
		free(req->home);
		free(req->shell);
		req->account = strdup(pw->pw_name);
		req->home = strdup(pw->pw_dir);
		req->shell = strdup(pw->pw_shell);
		if (req->account == NULL || req->home == NULL ||
		    req->shell == NULL)
			break;
	}
	fclose(f);
	if (pw != NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

/* SSH_CONNECTION is `client-address client-port server-address port`. */
static int
read_connection(struct request *req, const char *text, struct fault *fault)
{
	size_t len;
	long port;

	if (text == NULL)
		return 0;
	len = strcspn(text, " ");
	req->address = strndup(text, len);
	if (req->address == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	if (text[len] == ' ') {
		port = strtol(text + len + 1, NULL, 10);
		if (port > 0 && port <= 65535)
			req->port = (unsigned)port;
	}
	return 0;
}

/*
 * sshd runs a forced command as `SHELL -c LINE`. When this program is that
 * shell, LINE must be its own forced command; and since a client with
 * another way into the account could send that line itself, sshd must have
 * put the client's request beside it. The words borrow from line.
 */
static int
read_login_shell(char *line, const char **key, const char **fingerprint,
    struct fault *fault)
{
	char self[4096], *save = NULL, *word;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n == -1)
		return fault_set(fault, WHY_SYSTEM, "/proc/self/exe: %s",
		    strerror(errno));
	self[n] = '\0';
	word = strtok_r(line, " ", &save);
	if (word == NULL || strcmp(word, self) != 0)
		return fault_set(fault, WHY_LOGIN_SHELL,
		    "not this program's own forced command");
	*key = strtok_r(NULL, " ", &save);
	*fingerprint = strtok_r(NULL, " ", &save);
	if (*key == NULL || !value_is_name(*key) ||
	    strtok_r(NULL, " ", &save) != NULL)
		return fault_set(fault, WHY_LOGIN_SHELL,
		    "write: %s KEY [FINGERPRINT]", self);
	return 0;
}

static int
usage(struct fault *fault)
{
	return fault_set(fault, WHY_USAGE,
	    "write: command=\"gatekeeper [-d DIRECTORY] KEY [FINGERPRINT]\"");
}

static int
read_operands(struct request *req, int argc, char *const argv[],
    struct fault *fault)
{
	int i = 1;

	if (argc > 2 && strcmp(argv[1], "-d") == 0) {
		if (argv[2][0] != '/')
			return usage(fault);
		req->dir = argv[2];
		i = 3;
	}
	if (i >= argc || argc - i > 2)
		return usage(fault);
	req->key = argv[i];
	req->fingerprint = argv[i + 1];
	return 0;
}

static int
read_argv(struct request *req, int argc, char *const argv[],
    struct fault *fault)
{
	if (argc < 1)
		return usage(fault);
	if (argv[0][0] == '-' || (argc > 1 && strcmp(argv[1], "-c") == 0)) {
		if (argc != 3 || argv[0][0] == '-')
			return fault_set(fault, WHY_LOGIN_SHELL,
			    "a login, not a forced command");
		if (req->command == NULL)
			return fault_set(fault, WHY_LOGIN_SHELL,
			    "SSH_ORIGINAL_COMMAND is not set, so the client "
			    "may have sent the forced command itself");
		req->login_shell = true;
		if (read_login_shell(argv[2], &req->key, &req->fingerprint,
			fault) == -1)
			return -1;
	} else if (read_operands(req, argc, argv, fault) == -1) {
		return -1;
	}
	if (!value_is_name(req->key))
		return usage(fault);
	return 0;
}

/* What sshd sends for its sftp subsystem: the program of its own Subsystem
 * line, which may carry arguments. They are never passed on. */
static bool
is_subsystem(const char *word)
{
	const char *slash = strrchr(word, '/');

	if (strcmp(word, "internal-sftp") == 0)
		return true;
	return word[0] == '/' && strcmp(slash + 1, "sftp-server") == 0;
}

static void
read_command(struct request *req, const char *variable)
{
	req->kind = REQUEST_COMMAND;
	req->command = find_env(req->client_env, variable);
	if (req->command == NULL || req->command[0] == '\0') {
		req->kind = REQUEST_SHELL;
		return;
	}
	if (words_split(&req->words, req->command, &req->syntax) == -1)
		return;
	if (req->words.text.n > 0 && is_subsystem(req->words.text.v[0]))
		req->kind = REQUEST_SFTP;
}

int
request_read(struct request *req, int argc, char *const argv[],
    char *const envp[], struct fault *fault)
{
	*req = (struct request) {
	    .dir = GK_DIRECTORY,
	    .uid = geteuid(),
	    .client_env = envp,
	};
	clock_gettime(CLOCK_REALTIME, &req->when);
	read_command(req, "SSH_ORIGINAL_COMMAND");
	if (read_connection(req, find_env(envp, "SSH_CONNECTION"), fault) ==
		-1 ||
	    find_account(req, find_env(envp, "USER"), fault) == -1)
		return -1;
	return read_argv(req, argc, argv, fault);
}

void
request_use_ssh2(struct request *req)
{
	words_free(&req->words);
	req->syntax = (struct fault) {0};
	read_command(req, "SSH2_ORIGINAL_COMMAND");
}

void
request_free(struct request *req)
{
	free(req->account);
	free(req->home);
	free(req->shell);
	free(req->address);
	words_free(&req->words);
	*req = (struct request) {0};
}
