/* check: what a rule says about watching, and will not come to pass. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "ctl/account.h"
#include "ctl/check.h"
#include "ctl/show.h"
#include "policy.h"
#include "trust.h"
#include "why.h"

/* A rule, and the file in which it stands. */
struct place {
	struct check *check;
	const struct keyfile *keyfile;
	const char *file;
	const struct rule *rule;
};

static unsigned
line_of(const struct place *at, const char *key)
{
	return source_line(&at->keyfile->source, at->rule, key);
}

static void
check_times(const struct place *at)
{
	const struct watching *watching = &at->rule->watching;

	if (watching->timeout == 0 || watching->idle_timeout == 0 ||
	    watching->idle_timeout < watching->timeout)
		return;
	findings_add(&at->check->found, WARNING, at->file,
	    line_of(at, "idle-timeout"),
	    "idle-timeout is never reached: timeout ends [allow %s] sooner; "
	    "write less than %lus, or remove it",
	    at->rule->name, watching->timeout);
}

/* `watch = no`, where something else asks for it. */
static void
check_unwatched(const struct place *at)
{
	const struct policy *policy = &at->keyfile->policy;
	const char *cause = watching_cause(&at->rule->watching);

	if (cause == NULL && policy->max_sessions > 0)
		cause = "max-sessions";
	if (cause == NULL || at->rule->watching.watch ||
	    source_find(&at->keyfile->source, at->rule, "watch") == NULL)
		return;
	findings_add(&at->check->found, WARNING, at->file, line_of(at, "watch"),
	    "watch = no has no effect: because of %s, [allow %s] is watched all "
	    "the same; remove one of them",
	    cause, at->rule->name);
}

/* Whether the first session would make it. */
static bool
is_to_be_made(const char *path)
{
	char *above = show_need(strdup(path)), *slash = strrchr(above, '/');
	bool can;

	slash[slash == above] = '\0';
	can = faccessat(AT_FDCWD, path, F_OK, 0) == -1 && errno == ENOENT &&
	    faccessat(AT_FDCWD, above, W_OK | X_OK, AT_EACCESS) == 0;
	free(above);
	return can;
}

/* As a session would open it; but what is missing is not made here. -1 with a
 * fault. */
static int
try_folder(const char *path, struct fault *fault)
{
	char self[32];
	int fd, ret;

	if (is_to_be_made(path))
		return 0;
	if (faccessat(AT_FDCWD, path, F_OK, 0) == -1)
		return fault_set(fault, WHY_AUDIT, "%s: %s", path,
		    strerror(errno));
	if ((fd = trust_shared(path, fault)) == -1)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	ret = faccessat(AT_FDCWD, self, W_OK | X_OK, AT_EACCESS);
	if (ret == -1)
		fault_set(fault, WHY_AUDIT, "%s: %s", path, strerror(errno));
	close(fd);
	return ret;
}

static void
check_folder(const struct place *at, const struct account *account)
{
	struct fault fault;
	int ret;

	if (account_enter(account) == -1)
		return;
	ret = try_folder(at->check->settings.transcripts, &fault);
	account_leave();
	if (ret == -1)
		findings_add(&at->check->found, ERROR, at->file,
		    line_of(at, "record"),
		    "transcripts of %s: %s: every session is refused: "
		    "gatekeeperctl prepare %s",
		    account->name, fault.text, account->name);
}

static void
check_record(const struct place *at)
{
	const struct list *accounts = &at->keyfile->policy.accounts;
	struct account account;

	if (at->rule->watching.record == TRANSCRIPT_NO ||
	    at->check->settings.transcripts == NULL)
		return;
	for (size_t i = 0; i < accounts->n; i++) {
		/* One that does not exist is another finding. */
		if (account_find(&account, accounts->v[i]) == -1)
			continue;
		check_folder(at, &account);
		account_free(&account);
	}
	if (accounts->n > 0 || account_find_uid(&account, geteuid()) == -1)
		return;
	check_folder(at, &account);
	account_free(&account);
}

void
check_watching(struct check *check, const struct keyfile *file)
{
	for (size_t i = 0; i < file->policy.nrules; i++) {
		const struct rule *rule = &file->policy.rules[i];
		const struct place at = {check, file,
		    keyfile_of_rule(file, rule), rule};

		check_times(&at);
		check_unwatched(&at);
		check_record(&at);
	}
}
