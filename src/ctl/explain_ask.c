/* A request that nobody makes, and the judgement of it: the forced command's
 * own code, asked by an administrator. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/explain.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "expand.h"
#include "list.h"
#include "sandbox/sandbox.h"
#include "why.h"

static int
complain(int status, const char *what, const char *why)
{
	show(stderr, "gatekeeperctl: %s: %s\n", what, why);
	return status;
}

/* The policy is read twice: this one, as root, to know for whom and from
 * where to ask, and to quote it. */
static const char *
first_account(struct explain *x, const struct question *q)
{
	const struct list *accounts = &x->file.policy.accounts;

	x->chose_account = q->account == NULL && accounts->n > 0;
	return x->chose_account ? accounts->v[0] : q->account;
}

/* The address that a block starts with. */
static char *
first_address(struct explain *x, const struct question *q)
{
	const struct entry *from = source_find(&x->file.source, NULL, "from");

	x->chose_address = q->address == NULL && from != NULL;
	if (x->chose_address)
		return show_format("%.*s", (int)strcspn(from->value, "/ \t"),
		    from->value);
	return q->address != NULL ? show_need(strdup(q->address)) : NULL;
}

static int
find_account(const char *name, struct account *account)
{
	if (name != NULL && account_find(account, name) == -1)
		return complain(CTL_WRONG, name,
		    "no such account in /etc/passwd");
	if (name == NULL && account_find_uid(account, geteuid()) == -1)
		return complain(CTL_WRONG, "--as",
		    "your user has no name; write one");
	return CTL_OK;
}

/* What sshd would set, and what the client had it set. */
static void
make_environment(struct explain *x, const struct question *q)
{
	char *address = first_address(x, q);

	for (size_t i = 0; i < q->env.n; i++)
		show_add(&x->env, strdup(q->env.v[i]));
	if (address != NULL)
		show_add(&x->env,
		    show_format("SSH_CONNECTION=%s 0 - 22", address));
	if (q->command != NULL)
		show_add(&x->env,
		    show_format("SSH_ORIGINAL_COMMAND=%s", q->command));
	if (x->env.n == 0)
		show_add(&x->env, strdup("SSH_CONNECTION=UNKNOWN 0 - 22"));
	free(address);
}

static int
make_request(struct explain *x, const struct question *q)
{
	char name[] = "gatekeeper", option[] = "-d";
	char *argv[] = {name, option, x->dir, x->key, NULL};
	struct request *req = &x->request;
	struct account account;
	struct fault fault;
	int status = find_account(first_account(x, q), &account);

	if (status != CTL_OK)
		return status;
	make_environment(x, q);
	if (request_read(req, 4, argv, x->env.v, &fault) == -1)
		status = complain(CTL_TROUBLE, q->key, fault.text);
	free(req->account);
	free(req->home);
	free(req->shell);
	req->account = account.name;
	req->home = account.home;
	req->shell = account.shell;
	req->uid = account.uid;
	x->gid = account.gid;
	if (q->when != 0)
		req->when = (struct timespec) {.tv_sec = q->when};
	x->blind = geteuid() != 0 && geteuid() != account.uid;
	return status;
}

/* A sandbox that cannot be had refuses, before anything runs. */
static int
prepare(const struct plan *plan, struct sandbox **sandbox, struct fault *fault)
{
	if (plan == NULL || plan->unconfined)
		return 0;
	*sandbox = sandbox_prepare(plan, fault);
	return *sandbox != NULL ? 0 : -1;
}

/* The order of the forced command's main(); only nothing is recorded, and no
 * rate is used up. */
static void
judge(struct explain *x)
{
	struct fault *fault = &x->verdict.fault;
	const struct request *req = &x->request;
	const struct names names = {req->key, req->account};

	if (settings_load(&x->settings, req->dir, fault) == -1 ||
	    policy_load(&x->policy, req->dir, &names, fault) == -1)
		return;
	decide(&x->verdict, &x->policy, &x->settings, req);
	if (x->verdict.answer == PERMIT &&
	    (prepare(&x->verdict.plan, &x->sandbox, fault) == -1 ||
		prepare(x->verdict.plan.follow, &x->follow, fault) == -1))
		x->verdict.answer = REFUSE;
}

int
explain_ask(struct explain *x, const char *dir, const struct question *q)
{
	struct fault fault;

	x->dir = show_need(strdup(dir));
	x->key = show_need(strdup(q->key));
	keyfile_load_key(&x->file, dir, q->key, q->account, &fault);
	return make_request(x, q);
}

int
explain_judge(struct explain *x)
{
	const struct account account = {
	    .name = x->request.account,
	    .uid = x->request.uid,
	    .gid = x->gid,
	};

	if (account_enter(&account) == -1) {
		perror("gatekeeperctl: becoming the account");
		return -1;
	}
	judge(x);
	account_leave();
	return 0;
}

void
explain_free(struct explain *x)
{
	sandbox_free(x->sandbox);
	sandbox_free(x->follow);
	nearest_rule_free(&x->nearest);
	verdict_free(&x->verdict);
	policy_free(&x->policy);
	settings_free(&x->settings);
	request_free(&x->request);
	keyfile_free(&x->file);
	list_free(&x->env);
	free(x->dir);
	free(x->key);
}
