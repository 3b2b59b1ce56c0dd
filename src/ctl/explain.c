/*
 * explain: what the forced command would do with a request. The request is
 * made up; all that judges it is the forced command's own.
 */

#include <getopt.h>
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
#include "value.h"
#include "why.h"

struct options {
	const char *account;
	const char *address;
	const char *key;
	const char *command;
	time_t when; /* 0: now */
	struct list env; /* as sshd would give it */
	bool json;
};

static int
complain(int status, const char *what, const char *why)
{
	show(stderr, "gatekeeperctl: %s: %s\n", what, why);
	return status;
}

static int
read_option(struct options *o, int c)
{
	struct fault fault;

	switch (c) {
	case 'a':
		o->account = optarg;
		return CTL_OK;
	case 'f':
		o->address = optarg;
		return CTL_OK;
	case 'j':
		o->json = true;
		return CTL_OK;
	case 's':
		o->command = "internal-sftp";
		return CTL_OK;
	case 'e':
		if (strchr(optarg, '=') == NULL)
			return complain(CTL_USAGE, optarg, "write NAME=VALUE");
		show_add(&o->env, strdup(optarg));
		return CTL_OK;
	case 't':
		if (value_when(optarg, false, &o->when, &fault) == -1)
			return complain(CTL_USAGE, optarg, fault.text);
		return CTL_OK;
	default:
		return CTL_USAGE;
	}
}

static int
read_options(struct options *o, int argc, char *argv[])
{
	static const struct option options[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"from", required_argument, NULL, 'f'},
	    {"at", required_argument, NULL, 't'},
	    {"env", required_argument, NULL, 'e'},
	    {"sftp", no_argument, NULL, 's'},
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if ((status = read_option(o, c)) != CTL_OK)
			return status;
	argc -= optind;
	argv += optind;
	if (argc < 1 || argc > 2 || (argc == 2 && o->command != NULL))
		return CTL_USAGE;
	o->key = argv[0];
	if (argc == 2)
		o->command = argv[1];
	if (!value_is_name(o->key))
		return complain(CTL_USAGE, o->key, "not the name of a key");
	return CTL_OK;
}

/* The policy is read twice: this one, as root, to know for whom and from
 * where to ask, and to quote it. */
static const char *
first_account(struct explain *x, const struct options *o)
{
	const struct list *accounts = &x->file.policy.accounts;

	x->chose_account = o->account == NULL && accounts->n > 0;
	return x->chose_account ? accounts->v[0] : o->account;
}

/* The address that a block starts with. */
static char *
first_address(struct explain *x, const struct options *o)
{
	const struct entry *from = source_find(&x->file.source, NULL, "from");

	x->chose_address = o->address == NULL && from != NULL;
	if (x->chose_address)
		return show_format("%.*s", (int)strcspn(from->value, "/ \t"),
		    from->value);
	return o->address != NULL ? show_need(strdup(o->address)) : NULL;
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
make_environment(struct explain *x, const struct options *o)
{
	char *address = first_address(x, o);

	for (size_t i = 0; i < o->env.n; i++)
		show_add(&x->env, strdup(o->env.v[i]));
	if (address != NULL)
		show_add(&x->env,
		    show_format("SSH_CONNECTION=%s 0 - 22", address));
	if (o->command != NULL)
		show_add(&x->env,
		    show_format("SSH_ORIGINAL_COMMAND=%s", o->command));
	if (x->env.n == 0)
		show_add(&x->env, strdup("SSH_CONNECTION=UNKNOWN 0 - 22"));
	free(address);
}

static int
make_request(struct explain *x, const struct options *o)
{
	char name[] = "gatekeeper", option[] = "-d";
	char *argv[] = {name, option, x->dir, x->key, NULL};
	struct request *req = &x->request;
	struct account account;
	struct fault fault;
	int status = find_account(first_account(x, o), &account);

	if (status != CTL_OK)
		return status;
	make_environment(x, o);
	if (request_read(req, 4, argv, x->env.v, &fault) == -1)
		status = complain(CTL_TROUBLE, o->key, fault.text);
	free(req->account);
	free(req->home);
	free(req->shell);
	req->account = account.name;
	req->home = account.home;
	req->shell = account.shell;
	req->uid = account.uid;
	x->gid = account.gid;
	if (o->when != 0)
		req->when = (struct timespec) {.tv_sec = o->when};
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

static int
explain(struct explain *x, const struct options *o)
{
	const struct account account = {
	    .name = x->request.account,
	    .uid = x->request.uid,
	    .gid = x->gid,
	};

	if (account_enter(&account) == -1) {
		perror("gatekeeperctl: becoming the account");
		return CTL_TROUBLE;
	}
	judge(x);
	account_leave();
	if (x->verdict.fault.why == WHY_NO_RULE && x->file.loaded)
		nearest_rule_find(&x->nearest, &x->file,
		    &x->request.words.text);
	if (o->json)
		explain_json(x);
	else
		explain_text(x);
	return x->verdict.answer == PERMIT ? CTL_OK : CTL_SOME;
}

static void
free_all(struct explain *x, struct options *o)
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
	list_free(&o->env);
	free(x->dir);
	free(x->key);
}

int
explain_verb(const struct ctl *ctl, int argc, char *argv[])
{
	struct explain x = {0};
	struct options o = {0};
	struct fault fault;
	int status = read_options(&o, argc, argv);

	if (status == CTL_OK) {
		x.dir = show_need(strdup(ctl->dir));
		x.key = show_need(strdup(o.key));
		keyfile_load_key(&x.file, ctl->dir, o.key, o.account, &fault);
		status = make_request(&x, &o);
	}
	if (status == CTL_OK)
		status = explain(&x, &o);
	free_all(&x, &o);
	return status;
}
