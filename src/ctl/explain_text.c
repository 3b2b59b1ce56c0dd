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
label(const char *what)
{
	printf("%-12s ", what);
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

/* What is said of a plan. That of a program which follows stands further in. */
struct told {
	const struct plan *plan;
	const struct sandbox *sandbox; /* NULL: none */
	const char *indent;
};

static void
name(const struct told *t, const char *what)
{
	fputs(t->indent, stdout);
	label(what);
}

static void
line(const struct told *t, const char *what, const char *value)
{
	name(t, what);
	show_quoted(stdout, value);
	putchar('\n');
}

static void
print_grants(const struct told *t)
{
	for (size_t i = 0; i < t->plan->ngrants; i++) {
		name(t, "grant");
		printf("%-8s", phrase_access(t->plan->grants[i].access));
		show_quoted(stdout, t->plan->grants[i].path);
		putchar('\n');
	}
}

static void
print_calls(const struct told *t)
{
	struct list words = {0};

	explain_calls(t->plan, &words);
	name(t, "calls");
	for (size_t i = 0; i < words.n; i++)
		printf("%s%s", i > 0 ? " " : "", words.v[i]);
	putchar('\n');
	list_free(&words);
}

static void
print_limits(const struct told *t)
{
	struct explain_limit limits[EXPLAIN_LIMITS];

	explain_limits(t->plan, limits);
	for (int i = 0; i < EXPLAIN_LIMITS; i++) {
		if (limits[i].value == 0)
			continue;
		name(t, limits[i].name);
		printf("%lu\n", limits[i].value);
	}
	for (size_t i = 0; i < t->plan->nquotas; i++) {
		const struct quota *quota = &t->plan->quotas[i];

		name(t, "rate");
		show(stdout, "%u in %u seconds (%s)\n", quota->rate.count,
		    quota->rate.seconds, quota->name);
	}
}

static void
print_confinement(const struct told *t)
{
	char *network;

	name(t, "sandbox");
	printf("%s\n", explain_sandbox(t->sandbox));
	if (t->sandbox == NULL)
		return;
	network = explain_network(t->plan);
	name(t, "network");
	printf("%s\n", network);
	free(network);
	print_grants(t);
	print_calls(t);
	name(t, "on-violation");
	puts(t->plan->kill ? "kill" : "deny");
}

static void
print_program(const struct told *t)
{
	const struct plan *plan = t->plan;

	line(t, "program", plan->program);
	for (size_t i = 0; i < plan->argv.n; i++)
		line(t, "argument", plan->argv.v[i]);
	for (size_t i = 0; i < plan->env.n; i++)
		line(t, "environment", plan->env.v[i]);
	if (plan->chdir != NULL)
		line(t, "folder", plan->chdir);
	name(t, "umask");
	if (plan->has_umask)
		printf("%03o\n", (unsigned)plan->umask);
	else
		puts("as sshd gives it");
	name(t, "nice");
	printf("%d\n", plan->nice);
	print_limits(t);
	print_confinement(t);
}

static void
print_plan(const struct explain *x)
{
	const struct plan *plan = &x->verdict.plan;
	const struct told first = {plan, x->sandbox, ""};
	const struct told then = {plan->follow, x->follow, "    "};

	print_program(&first);
	name(&first, "watched");
	puts(plan->watched ? "yes" : "no");
	name(&first, "record");
	puts(explain_record(plan));
	if (plan->if_changed != NULL)
		line(&first, "if-changed", plan->if_changed);
	if (plan->follow == NULL)
		return;
	puts("on-success");
	print_program(&then);
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
