/*
 * trace: runs a request by the rule that permits it, unconfined, and tells
 * what a rule has to say for it. An administrator's own act: no session, no
 * record, and nothing of a rate.
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/explain.h"
#include "ctl/show.h"
#include "ctl/trace.h"
#include "ctl/verb.h"
#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "value.h"
#include "why.h"

struct options {
	struct question question;
	char *command; /* made of several words */
	const char *output;
	bool exact;
};

static int
complain(int status, const char *what, const char *why)
{
	show(stderr, "gatekeeperctl: %s: %s\n", what, why);
	return status;
}

/* As a shell would have to write it. */
static void
write_word(FILE *f, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789%+,-./:=@_";

	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		fputs(word, f);
		return;
	}
	fputc('\'', f);
	for (; *word != '\0'; word++)
		if (*word == '\'')
			fputs("'\\''", f);
		else
			fputc(*word, f);
	fputc('\'', f);
}

static char *
join(int argc, char *argv[])
{
	char *text = NULL;
	size_t size;
	FILE *f = show_need(open_memstream(&text, &size));

	for (int i = 0; i < argc; i++) {
		if (i > 0)
			fputc(' ', f);
		write_word(f, argv[i]);
	}
	fclose(f);
	return show_need(text);
}

static int
read_option(struct options *o, int c)
{
	switch (c) {
	case 'a':
		o->question.account = optarg;
		return CTL_OK;
	case 'f':
		o->question.address = optarg;
		return CTL_OK;
	case 's':
		o->question.command = "internal-sftp";
		return CTL_OK;
	case 'o':
		o->output = optarg;
		return CTL_OK;
	case 'x':
		o->exact = true;
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
	    {"output", required_argument, NULL, 'o'},
	    {"exact", no_argument, NULL, 'x'},
	    {"sftp", no_argument, NULL, 's'},
	    {NULL, 0, NULL, 0},
	};
	struct question *q = &o->question;
	int c;

	/* What stands behind the key is the command's. */
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1)
		if (read_option(o, c) != CTL_OK)
			return CTL_USAGE;
	argc -= optind;
	argv += optind;
	if (argc < 1)
		return CTL_USAGE;
	q->key = argv[0];
	if (argc > 1 && strcmp(argv[1], "--") == 0) {
		argc--;
		argv++;
	}
	if (argc > 1 && q->command != NULL)
		return CTL_USAGE;
	if (argc > 2)
		q->command = o->command = join(argc - 1, argv + 1);
	else if (argc == 2)
		q->command = argv[1];
	if (!value_is_name(q->key))
		return complain(CTL_USAGE, q->key, "not the name of a key");
	return CTL_OK;
}

/* It runs as who asks; root alone can be somebody else. */
static int
choose_account(struct question *q, struct account *self)
{
	if (geteuid() == 0)
		return CTL_OK;
	if (account_find_uid(self, geteuid()) == -1)
		return complain(CTL_WRONG, "trace",
		    "your user has no name in /etc/passwd");
	if (q->account == NULL)
		q->account = self->name;
	if (strcmp(q->account, self->name) != 0)
		return complain(CTL_WRONG, q->account,
		    "only root can trace as another account");
	return CTL_OK;
}

static int
run(struct trace *trace, FILE *f, bool exact)
{
	struct fault fault = {0};

	if (compile_bpf(&trace->present, &trace->plan->calls,
		filter_traits(trace->plan, landlock_abi(), false),
		&fault) == -1 ||
	    trace_run(trace, &fault) == -1)
		return complain(CTL_TROUBLE, "trace", fault.text);
	trace_print(f, trace, exact);
	return trace_is_denied(trace) ? CTL_SOME : CTL_OK;
}

void
trace_free(struct trace *trace)
{
	trace_forget(trace);
	list_free(&trace->programs);
	list_free(&trace->sockets);
	list_free(&trace->any);
	list_free(&trace->notes);
	free(trace->present.code);
	free(trace);
}

static int
trace_request(const struct explain *x, FILE *f, bool exact)
{
	const struct account account = {
	    .name = x->request.account,
	    .uid = x->request.uid,
	    .gid = x->gid,
	};
	struct trace *trace;
	int status;

	if (x->verdict.answer != PERMIT || x->verdict.observed) {
		explain_text(x);
		return complain(CTL_SOME, x->key,
		    "no rule permits this, and nothing was run: write the "
		    "rule first, with command and run, or protocol");
	}
	if (account_become(&account) == -1) {
		perror("gatekeeperctl: becoming the account");
		return CTL_TROUBLE;
	}
	show(stderr,
	    "gatekeeperctl: running %s for [allow %s] as %s, WITHOUT a "
	    "sandbox\n",
	    x->verdict.plan.program, x->verdict.rule->name, x->request.account);
	trace = show_need(calloc(1, sizeof(*trace)));
	trace->x = x;
	trace->plan = &x->verdict.plan;
	status = run(trace, f, exact);
	trace_free(trace);
	return status;
}

/* Opened by who asks, before it becomes another. */
static int
trace_to(struct explain *x, const struct options *o)
{
	FILE *f = o->output != NULL ? fopen(o->output, "we") : stderr;
	int status = CTL_TROUBLE;

	if (f == NULL) {
		perror(o->output);
		return CTL_TROUBLE;
	}
	if (explain_judge(x) == 0)
		status = trace_request(x, f, o->exact);
	if (fflush(f) == EOF || ferror(f)) {
		perror(o->output != NULL ? o->output : "standard error");
		status = CTL_TROUBLE;
	}
	if (f != stderr)
		fclose(f);
	return status;
}

int
trace_verb(const struct ctl *ctl, int argc, char *argv[])
{
	struct options o = {0};
	struct explain x = {0};
	struct account self = {0};
	int status = read_options(&o, argc, argv);

	if (status == CTL_OK)
		status = choose_account(&o.question, &self);
	if (status == CTL_OK)
		status = explain_ask(&x, ctl->dir, &o.question);
	if (status == CTL_OK)
		status = trace_to(&x, &o);
	explain_free(&x);
	account_free(&self);
	free(o.command);
	return status;
}
