/*
 * explain: what the forced command would do with a request. The request is
 * made up; all that judges it is the forced command's own.
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/explain.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "list.h"
#include "value.h"
#include "why.h"

struct options {
	struct question question;
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
	struct question *q = &o->question;
	struct fault fault;

	switch (c) {
	case 'a':
		q->account = optarg;
		return CTL_OK;
	case 'f':
		q->address = optarg;
		return CTL_OK;
	case 'j':
		o->json = true;
		return CTL_OK;
	case 's':
		q->command = "internal-sftp";
		return CTL_OK;
	case 'e':
		if (strchr(optarg, '=') == NULL)
			return complain(CTL_USAGE, optarg, "write NAME=VALUE");
		show_add(&q->env, strdup(optarg));
		return CTL_OK;
	case 't':
		if (value_when(optarg, false, &q->when, &fault) == -1)
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
	if (argc < 1 || argc > 2 || (argc == 2 && o->question.command != NULL))
		return CTL_USAGE;
	o->question.key = argv[0];
	if (argc == 2)
		o->question.command = argv[1];
	if (!value_is_name(o->question.key))
		return complain(CTL_USAGE, o->question.key,
		    "not the name of a key");
	return CTL_OK;
}

static int
explain(struct explain *x, bool json)
{
	if (explain_judge(x) == -1)
		return CTL_TROUBLE;
	if (x->verdict.fault.why == WHY_NO_RULE && x->file.loaded)
		nearest_rule_find(&x->nearest, &x->file,
		    &x->request.words.text);
	if (json)
		explain_json(x);
	else
		explain_text(x);
	return x->verdict.answer == PERMIT ? CTL_OK : CTL_SOME;
}

int
explain_verb(const struct ctl *ctl, int argc, char *argv[])
{
	struct explain x = {0};
	struct options o = {0};
	int status = read_options(&o, argc, argv);

	if (status == CTL_OK)
		status = explain_ask(&x, ctl->dir, &o.question);
	if (status == CTL_OK)
		status = explain(&x, o.json);
	explain_free(&x);
	list_free(&o.question.env);
	return status;
}
