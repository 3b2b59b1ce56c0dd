/* check: [key], the account that it serves, and the line that leads here. */

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/authorized.h"
#include "ctl/check.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "guard.h"
#include "reader.h"
#include "request.h"
#include "trust.h"
#include "why.h"

#define DAY ((time_t)24 * 60 * 60)
#define YEAR (366 * DAY)
#define KEY_LINES_MAX ((off_t)16 * 1024 * 1024)

static unsigned
line_of(const struct keyfile *file, const char *name)
{
	return source_line(&file->source, NULL, name);
}

static void
check_dates(struct check *check, const struct keyfile *file)
{
	time_t now = time(NULL), end = file->policy.not_after;
	unsigned line = line_of(file, "not-after");

	if (end == 0)
		return;
	if (end <= now)
		findings_add(&check->found, WARNING, file->path, line,
		    "not-after has passed, and the key refuses everything: "
		    "write a later date, or remove the file and the key");
	else if (end - now > 2 * YEAR)
		findings_add(&check->found, WARNING, file->path, line,
		    "not-after is more than two years ahead: a key that is "
		    "renewed more often is a key that somebody remembers");
}

/* While this lasts, the key may do all that its account may. */
static void
check_observed(struct check *check, const struct keyfile *file)
{
	time_t now = time(NULL), end = file->policy.observe_until;
	unsigned line = line_of(file, "observe-until");

	if (end == 0)
		return;
	if (end <= now)
		findings_add(&check->found, WARNING, file->path, line,
		    "observe-until has passed: remove the line");
	else
		findings_add(&check->found, WARNING, file->path, line,
		    "for %lld more days, what no rule permits runs without a "
		    "sandbox: write rules for what the records show",
		    (long long)((end - now + DAY - 1) / DAY));
}

static bool
leads_to(const char *text, const char *key)
{
	struct authorized_command command = {0};
	struct authorized line;
	const char *forced = NULL;
	bool found;

	if (authorized_read(&line, text))
		forced = authorized_option(&line, "command");
	found = forced != NULL && line.problem == NULL &&
	    authorized_command(&command, forced) &&
	    strcmp(command.key, key) == 0;
	authorized_command_free(&command);
	authorized_free(&line);
	return found;
}

/* 1: it has a line for the key; 0: it has none; -1: it cannot be read. */
static int
search(const char *home, const char *name, const char *key)
{
	char *path = show_format("%s/.ssh/%s", home, name);
	FILE *f = account_fopen(path, KEY_LINES_MAX);
	char *line = NULL;
	size_t size = 0;
	int found = f == NULL && errno != ENOENT ? -1 : 0;

	while (found == 0 && f != NULL && getline(&line, &size, f) != -1)
		found = leads_to(line, key);
	if (f != NULL)
		fclose(f);
	free(line);
	free(path);
	return found;
}

/* Whether a line of sshd's configuration has it ask for keys. */
static bool
is_asking(const char *line)
{
	static const char keyword[] = "AuthorizedKeysCommand";

	line += strspn(line, " \t");
	return strncasecmp(line, keyword, strlen(keyword)) == 0 &&
	    strchr(" \t=", line[strlen(keyword)]) != NULL &&
	    strstr(line, "authorized-keys") != NULL;
}

static bool
file_asks(const char *path)
{
	FILE *f = account_fopen(path, KEY_LINES_MAX);
	char *line = NULL;
	size_t size = 0;
	bool asks = false;

	while (f != NULL && !asks && getline(&line, &size, f) != -1)
		asks = is_asking(line);
	if (f != NULL)
		fclose(f);
	free(line);
	return asks;
}

/* Then a policy that has its key needs no line in a file. */
static bool
sshd_asks(void)
{
	bool asks = file_asks("/etc/ssh/sshd_config");
	glob_t found;

	if (glob("/etc/ssh/sshd_config.d/*.conf", 0, NULL, &found) != 0)
		return asks;
	for (size_t i = 0; i < found.gl_pathc; i++)
		asks |= file_asks(found.gl_pathv[i]);
	globfree(&found);
	return asks;
}

static bool
has_public_key(const struct policy *policy)
{
	return policy->public_keys.n > 0 || policy->public_key_file != NULL;
}

static void
check_key_line(struct check *check, const struct keyfile *file,
    const struct account *account)
{
	int first = search(account->home, "authorized_keys", file->key);
	int second = search(account->home, "authorized_keys2", file->key);

	if (first == 0 && second == 0 &&
	    !(has_public_key(&file->policy) && sshd_asks()))
		findings_add(&check->found, WARNING, file->path,
		    line_of(file, "account"),
		    "no line of %s/.ssh/authorized_keys or authorized_keys2 "
		    "has command=\"... %s\": the key is not in use; "
		    "gatekeeperctl key-line --install %s %s",
		    account->home, file->key, account->name, file->key);
}

/* What root can read may be closed to the account, which has to read it. */
static void
check_readable(struct check *check, const struct keyfile *file,
    const struct account *account)
{
	char *path = keyfile_absolute(file->path);
	struct trust_text text = {0};
	struct fault fault;

	if (account_enter(account) == -1) {
		free(path);
		return;
	}
	if (trust_read(path, READER_FILE_MAX, &text, &fault) == -1)
		findings_add(&check->found, ERROR, file->path, 0,
		    "%s cannot read it: %s: let it belong to root with the "
		    "group of %s and chmod 640, or chmod 644",
		    account->name, fault.text, account->name);
	account_leave();
	free(text.text);
	free(path);
}

/* A fault names its file as the parser calls it. */
static const char *
path_of(const struct keyfile *file, const struct fault *fault)
{
	const struct list *roles = &file->policy.role_files;

	for (size_t i = 0; i < roles->n; i++)
		if (strncmp(fault->file, roles->v[i],
			sizeof(fault->file) - 1) == 0)
			return file->role_paths.v[i];
	return file->path;
}

static void
check_guard(struct check *check, const struct keyfile *file,
    const struct account *account)
{
	static char *const none[] = {NULL};
	const struct request req = {
	    .key = file->key,
	    .dir = check->ctl->dir,
	    .uid = account->uid,
	    .account = account->name,
	    .home = account->home,
	    .shell = account->shell,
	    .client_env = none,
	    .kind = REQUEST_SHELL,
	};
	struct fault fault;

	if (guard_check(&file->policy, &check->settings, &req, &fault) == -1)
		findings_add(&check->found, ERROR, path_of(file, &fault),
		    fault.line, "%s", fault.text);
}

static void
check_account(struct check *check, const struct keyfile *file, const char *name)
{
	struct account account;

	if (account_find(&account, name) == -1) {
		findings_add(&check->found, WARNING, file->path,
		    line_of(file, "account"),
		    "there is no account %s in /etc/passwd: adduser --system "
		    "%s",
		    name, name);
		return;
	}
	check_guard(check, file, &account);
	check_readable(check, file, &account);
	check_key_line(check, file, &account);
	account_free(&account);
}

void
check_key(struct check *check, const struct keyfile *file)
{
	const struct list *accounts = &file->policy.accounts;
	struct account self;

	if (file->policy.nrules == 0 && file->policy.roles.n == 0 &&
	    !file->source.partial)
		findings_add(&check->found, WARNING, file->path, 0,
		    "there is no rule: the key may do nothing; write "
		    "[allow NAME]");
	check_dates(check, file);
	check_observed(check, file);
	for (size_t i = 0; i < accounts->n; i++)
		check_account(check, file, accounts->v[i]);
	/* An account that does not parse is not ours to take the place of. */
	if (accounts->n == 0 && !file->source.partial &&
	    account_find_uid(&self, geteuid()) == 0) {
		check_guard(check, file, &self);
		account_free(&self);
	}
}
