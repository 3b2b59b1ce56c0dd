/*
 * gatekeeper: what stands behind an SSH key. The whole story, in order: who
 * asks for what, what the policy says, on record, then confined and run.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit.h"
#include "decide.h"
#include "event.h"
#include "expand.h"
#include "oversee.h"
#include "plan.h"
#include "policy.h"
#include "process.h"
#include "record.h"
#include "refuse.h"
#include "request.h"
#include "run.h"
#include "sandbox/sandbox.h"
#include "settings.h"
#include "state.h"
#include "why.h"

struct session {
	char id[SESSION_ID_LENGTH + 1];
	struct settings settings;
	struct request request;
	struct policy policy;
	struct verdict verdict; /* the zero value refuses */
	struct sandbox *sandbox;
	int state; /* the account's folder for counters; -1: none */
	struct audit audit;
	struct event event;
	int slot; /* held to the end of a watched session; -1: none */
	struct oversight oversight; /* of a watched one that is permitted */
};

/* From here on a verdict can only get worse; the first reason stands. */
static void
forbid(struct session *s, const struct fault *fault)
{
	if (s->verdict.answer != PERMIT &&
	    s->verdict.fault.why != WHY_UNDECIDED)
		return;
	s->verdict.answer = REFUSE;
	s->verdict.fault = *fault;
}

/* The settings are wanted even for a request that makes no sense: they say
 * where its refusal is recorded. */
static int
prepare(struct session *s, int argc, char *argv[], char *envp[])
{
	struct fault fault = {0};

	if (process_isolate(&fault) == -1)
		forbid(s, &fault);
	if (record_session(s->id) == -1) {
		fault_set(&fault, WHY_SYSTEM, "no random bytes");
		forbid(s, &fault);
	}
	if (request_read(&s->request, argc, argv, envp, &fault) == -1)
		forbid(s, &fault);
	if (settings_load(&s->settings, s->request.dir, &fault) == -1)
		forbid(s, &fault);
	if (s->settings.ssh2)
		request_use_ssh2(&s->request);
	/* As the shell, only sshd's own variable tells a forced command from
	 * one that the client sent. */
	if (s->settings.ssh2 && s->request.login_shell) {
		fault_set(&fault, WHY_LOGIN_SHELL,
		    "not with original-command = SSH2_ORIGINAL_COMMAND");
		forbid(s, &fault);
	}
	return s->verdict.fault.why == WHY_UNDECIDED ? 0 : -1;
}

static void
judge(struct session *s)
{
	const struct names names = {s->request.key, s->request.account};
	struct fault fault = {0};

	if (policy_load(&s->policy, s->request.dir, &names, &fault) == -1) {
		forbid(s, &fault);
		return;
	}
	decide(&s->verdict, &s->policy, &s->settings, &s->request);
	if (s->verdict.answer != PERMIT || s->verdict.plan.unconfined)
		return;
	s->sandbox = sandbox_prepare(&s->verdict.plan, &fault);
	if (s->sandbox == NULL)
		forbid(s, &fault);
}

/* Takes the session from what the key may have, when nothing but the record
 * can still refuse it. */
static void
count(struct session *s)
{
	const struct plan *plan = &s->verdict.plan;
	struct fault fault = {0};

	if (s->verdict.answer != PERMIT ||
	    (plan->nquotas == 0 && plan->slots == 0))
		return;
	s->state = state_open(s->settings.state, &fault);
	if (s->state != -1 && plan->slots > 0)
		s->slot =
		    state_hold(s->state, s->request.key, plan->slots, &fault);
	if (s->state == -1 || (plan->slots > 0 && s->slot == -1) ||
	    state_take(s->state, plan->quotas, plan->nquotas, &s->request.when,
		&fault) == -1)
		forbid(s, &fault);
}

static bool
is_watched(const struct session *s)
{
	return s->verdict.answer == PERMIT && s->verdict.plan.watched;
}

static enum detail
client_detail(const struct session *s)
{
	return s->policy.detail != DETAIL_UNSET ? s->policy.detail :
						  s->settings.detail;
}

/* The program's process waits from here on, so that the record has its
 * number, and what cannot be watched can still be refused. */
static void
stand_by(struct session *s)
{
	const struct overseen of = {.session = s->id,
	    .req = &s->request,
	    .settings = &s->settings,
	    .verdict = &s->verdict,
	    .sandbox = s->sandbox,
	    .terse = client_detail(s) == DETAIL_NONE};
	struct fault fault = {0};

	if (is_watched(s) && oversee_begin(&s->oversight, &of, &fault) == -1)
		forbid(s, &fault);
}

/* The program will not run after all: the sinks that have its permit learn
 * that it ended, and how. */
static void
take_back(struct session *s, const struct fault *why)
{
	struct fault fault = {0};

	forbid(s, why);
	event_failed(&s->event, why);
	audit_write(&s->audit, &s->event.record, &fault);
}

/* Audit before exec: a command that ran must have a record. */
static void
put_on_record(struct session *s)
{
	const bool waits = is_watched(s);
	const pid_t program = waits ? oversee_program(&s->oversight) : getpid();
	struct fault fault = {0};
	const char *sandbox = "none";

	if (audit_open(&s->audit, &s->settings, s->request.account, &fault) ==
	    -1)
		forbid(s, &fault);
	if (s->sandbox != NULL)
		sandbox = sandbox_describe(s->sandbox);
	event_request(&s->event, s->id, &s->request, &s->settings, &s->policy,
	    &s->verdict, program, sandbox);
	if (audit_write(&s->audit, &s->event.record, &fault) == -1 &&
	    s->verdict.answer == PERMIT)
		take_back(s, &fault);
	if (waits && !is_watched(s))
		oversee_abandon(&s->oversight);
}

/* Returns only if the program cannot be run. */
static void
start(struct session *s)
{
	struct fault fault = {0};

	plan_close(&s->verdict.plan);
	if (is_watched(s))
		oversee(&s->oversight, &s->audit, &s->event, &fault);
	else
		run(&s->verdict.plan, s->sandbox, &fault);
	take_back(s, &fault);
}

/* A stolen key can neither guess fast nor learn by asking often. After the
 * record: a client that cuts the connection must not take that along. */
static void
hold_back(struct session *s)
{
	struct fault fault;

	if (s->policy.file == NULL)
		return;
	if (s->state == -1 && s->settings.state != NULL)
		s->state = state_open(s->settings.state, &fault);
	sleep(state_refused(s->state, s->request.key, &s->request.when));
}

int
main(int argc, char *argv[], char *envp[])
{
	struct session s = {.state = -1, .slot = -1};

	clearenv(); /* envp stays readable, as data */
	if (prepare(&s, argc, argv, envp) == 0)
		judge(&s);
	count(&s);
	stand_by(&s);
	put_on_record(&s);
	if (s.verdict.answer == PERMIT)
		start(&s);
	else
		hold_back(&s);
	/* An sftp client that has talked to the program is told no more. */
	return refuse(&s.verdict.fault, client_detail(&s), s.id,
	    s.request.kind == REQUEST_SFTP && !s.oversight.watch.executed);
}
