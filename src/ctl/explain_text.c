/* explain, for people. Every value is quoted and escaped. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "ctl/explain.h"
#include "ctl/phrase.h"
#include "ctl/show.h"
#include "why.h"

/* Of a long command, what is shown before the caret and behind it. */
#define BEFORE 50
#define BEHIND 25

static void
label(const char *name)
{
	printf("%-12s ", name);
}

static void
line(const char *name, const char *value)
{
	label(name);
	show_quoted(stdout, value);
	putchar('\n');
}

static void
print_request(const struct explain *x)
{
	const struct request *req = &x->request;
	char when[64] = "";
	struct tm tm;

	if (localtime_r(&req->when.tv_sec, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	label("account");
	show(stdout, "%s%s\n", req->account,
	    x->chose_account ? " (the policy's first; or: --as)" : "");
	label("from");
	show(stdout, "%s%s\n",
	    req->address != NULL ? req->address : "no address (or: --from)",
	    x->chose_address ? " (the policy's first; or: --from)" : "");
	label("at");
	printf("%s\n", when);
	label("request");
	printf("%s\n", explain_kind(req->kind));
	if (x->blind)
		show(stdout,
		    "note: root sees what the account sees; you may not\n");
}

static void
print_grants(const struct plan *plan)
{
	for (size_t i = 0; i < plan->ngrants; i++) {
		label("grant");
		printf("%-8s", phrase_access(plan->grants[i].access));
		show_quoted(stdout, plan->grants[i].path);
		putchar('\n');
	}
}

static void
print_calls(const struct plan *plan)
{
	struct list words = {0};

	explain_calls(plan, &words);
	label("calls");
	for (size_t i = 0; i < words.n; i++)
		printf("%s%s", i > 0 ? " " : "", words.v[i]);
	putchar('\n');
	list_free(&words);
}

static void
print_limits(const struct plan *plan)
{
	struct explain_limit limits[EXPLAIN_LIMITS];

	explain_limits(&plan->limits, limits);
	for (int i = 0; i < EXPLAIN_LIMITS; i++) {
		if (limits[i].value == 0)
			continue;
		label(limits[i].name);
		printf("%lu\n", limits[i].value);
	}
	for (size_t i = 0; i < plan->nquotas; i++) {
		label("rate");
		show(stdout, "%u in %u seconds (%s)\n",
		    plan->quotas[i].rate.count, plan->quotas[i].rate.seconds,
		    plan->quotas[i].name);
	}
}

static void
print_confinement(const struct explain *x, const struct plan *plan)
{
	char *network;

	label("sandbox");
	printf("%s\n", explain_sandbox(x));
	if (x->sandbox == NULL)
		return;
	network = explain_network(plan);
	label("network");
	printf("%s\n", network);
	free(network);
	print_grants(plan);
	print_calls(plan);
}

static void
print_plan(const struct explain *x)
{
	const struct plan *plan = &x->verdict.plan;

	line("program", plan->program);
	for (size_t i = 0; i < plan->argv.n; i++)
		line("argument", plan->argv.v[i]);
	for (size_t i = 0; i < plan->env.n; i++)
		line("environment", plan->env.v[i]);
	if (plan->chdir != NULL)
		line("folder", plan->chdir);
	label("umask");
	if (plan->has_umask)
		printf("%03o\n", (unsigned)plan->umask);
	else
		puts("as sshd gives it");
	label("nice");
	printf("%d\n", plan->nice);
	print_limits(plan);
	print_confinement(x, plan);
}

/* How many columns the escaped text takes. */
static int
columns(const char *text)
{
	mbstate_t state = {0};
	wchar_t wide;
	size_t n;
	int sum = 0;

	for (; *text != '\0'; text += n) {
		n = mbrtowc(&wide, text, strlen(text), &state);
		if (n == (size_t)-1 || n == (size_t)-2) {
			n = 1;
			state = (mbstate_t) {0};
			wide = L'?';
		}
		sum += wcwidth(wide) > 0 ? wcwidth(wide) : 0;
	}
	return sum;
}

/* No cut inside a character. */
static size_t
boundary(const char *text, size_t at)
{
	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/* The command with a caret under the byte, counted from 1. */
static void
print_caret(const char *command, size_t at)
{
	size_t len = strlen(command);
	size_t here = at - 1 < len ? at - 1 : len;
	size_t from = here > BEFORE ? boundary(command, here - BEFORE) : 0;
	size_t to =
	    len - here > BEHIND ? boundary(command, here + BEHIND) : len;
	char *before = show_plain(command + from, here - from);
	char *behind = show_plain(command + here, to - here);

	printf("    %s%s%s%s\n", from > 0 ? "..." : "", before, behind,
	    to < len ? "..." : "");
	printf("    %*s^\n", columns(before) + (from > 0 ? 3 : 0), "");
	free(before);
	free(behind);
}

static void
print_nearest(const struct explain *x)
{
	const struct nearest_rule *near = &x->nearest;
	const struct list *words = &x->request.words.text;
	const struct rule *rule = near->rule;

	if (rule == NULL)
		return;
	show(stdout, "nearest: [allow %s] in %s:%u: %s\n", rule->name,
	    rule->file, rule->command_lines[near->command],
	    rule->commands.v[near->command]);
	if (near->taken == words->n)
		show(stdout, "    after the last word, there should be: %s\n",
		    near->expected);
	else
		show(stdout, "    word %zu is `%s`; there should be: %s\n",
		    near->taken + 1, words->v[near->taken], near->expected);
}

static void
print_refusal(const struct explain *x)
{
	const struct fault *fault = &x->verdict.fault;

	show(stdout, "%s: %s: %s\n",
	    x->verdict.observed ? "observed, later refused" : "refused",
	    why_name(fault->why), why_text(fault->why));
	if (fault->file[0] != '\0' && fault->line != 0)
		show(stdout, "detail: %s:%u: %s\n", fault->file, fault->line,
		    fault->text);
	else
		show(stdout, "detail: %s\n", fault->text);
	if (x->verdict.rule != NULL)
		show(stdout, "by: [allow %s] in %s:%u\n", x->verdict.rule->name,
		    x->verdict.rule->file, x->verdict.rule->line);
	if (fault->at != 0 && x->request.command != NULL)
		print_caret(x->request.command, fault->at);
	print_nearest(x);
}

void
explain_text(const struct explain *x)
{
	const struct rule *rule = x->verdict.rule;
	bool permitted = x->verdict.answer == PERMIT;

	if (permitted && !x->verdict.observed)
		show(stdout, "permitted: [allow %s] in %s:%u\n", rule->name,
		    rule->file, rule->line);
	else
		print_refusal(x);
	print_request(x);
	if (permitted)
		print_plan(x);
}
