/* A session told as a record: who, what, which verdict, and why. */

#include <sys/wait.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "decide.h"
#include "event.h"
#include "plan.h"
#include "policy.h"
#include "request.h"
#include "settings.h"
#include "why.h"

static const enum record_request kinds[] = {
    [REQUEST_COMMAND] = RECORD_COMMAND,
    [REQUEST_SFTP] = RECORD_SFTP,
    [REQUEST_SHELL] = RECORD_SHELL,
};

/* `keys/backup.ini:12: …`, or `byte 7: …`, or the text alone. */
static void
tell_fault(struct event *event, const struct fault *fault)
{
	struct record *r = &event->record;
	char *to = event->detail;
	size_t size = sizeof(event->detail);

	r->why = fault->why;
	r->detail = event->detail;
	if (fault->file[0] != '\0' && fault->line != 0)
		snprintf(to, size, "%s:%u: %s", fault->file, fault->line,
		    fault->text);
	else if (fault->file[0] != '\0')
		snprintf(to, size, "%s: %s", fault->file, fault->text);
	else if (fault->at != 0)
		snprintf(to, size, "byte %zu: %s", fault->at, fault->text);
	else
		snprintf(to, size, "%s", fault->text);
}

static void
tell_request(struct record *r, const struct request *req)
{
	r->request = kinds[req->kind];
	r->when = req->when;
	r->key = req->key;
	r->fingerprint = req->fingerprint;
	r->account = req->account;
	r->uid = req->uid;
	r->address = req->address;
	r->port = req->port;
	if (req->kind == REQUEST_SHELL)
		return;
	r->command = req->command;
	r->command_bytes = strlen(req->command);
}

static void
tell_permit(struct record *r, const struct verdict *verdict, pid_t program,
    const char *sandbox)
{
	r->verdict = verdict->observed ? RECORD_OBSERVE : RECORD_PERMIT;
	r->pid = program;
	r->executable = verdict->plan.program;
	r->args = verdict->plan.argv.v;
	r->sandbox = sandbox;
}

void
event_request(struct event *event, const char *session,
    const struct request *req, const struct settings *settings,
    const struct policy *policy, const struct verdict *verdict, pid_t program,
    const char *sandbox)
{
	struct record *r = &event->record;

	*event = (struct event) {.record = {.action = RECORD_REQUEST,
				     .session = session,
				     .exit_code = -1,
				     .duration = -1,
				     .command_max = settings->command_max}};
	clock_gettime(CLOCK_MONOTONIC, &event->began);
	if (gethostname(event->host, sizeof(event->host) - 1) == 0)
		r->host = event->host;
	tell_request(r, req);
	if (policy != NULL && policy->file != NULL) {
		r->policy_file = policy->file;
		r->policy_mtime = policy->mtime;
	}
	if (verdict->rule != NULL)
		r->rule = verdict->rule->name;
	if (verdict->answer == PERMIT)
		tell_permit(r, verdict, program, sandbox);
	if (verdict->answer != PERMIT || verdict->observed)
		tell_fault(event, &verdict->fault);
}

static long long
since(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - began->tv_sec) * 1000000000LL + now.tv_nsec -
	    began->tv_nsec;
}

void
event_failed(struct event *event, const struct fault *fault)
{
	struct record *r = &event->record;

	r->action = RECORD_END;
	r->args = NULL; /* the request has them */
	clock_gettime(CLOCK_REALTIME, &r->when);
	r->duration = since(&event->began);
	r->exit_code = why_exit(fault->why);
	tell_fault(event, fault);
}

/* What is known of the session, for a record that comes later. */
static struct record
later(const struct event *event, enum record_action action)
{
	struct record r = event->record;

	r.action = action;
	r.args = NULL;
	clock_gettime(CLOCK_REALTIME, &r.when);
	return r;
}

static void
tell_ending(struct record *r, const struct ending *ending)
{
	if (WIFSIGNALED(ending->status))
		r->signal = WTERMSIG(ending->status);
	else
		r->exit_code = WEXITSTATUS(ending->status);
	r->duration = ending->duration;
	r->use = &ending->use;
	r->ended_by = ending->ended_by;
	r->transcript = ending->transcript;
}

struct record
event_end(const struct event *event, const struct ending *ending)
{
	struct record r = later(event, RECORD_END);

	tell_ending(&r, ending);
	return r;
}

struct record
event_violation(const struct event *event, const struct record_call *call,
    pid_t pid, const char *program)
{
	struct record r = later(event, RECORD_VIOLATION);

	r.pid = pid;
	r.executable = program;
	r.call = call;
	return r;
}

struct record
event_followed(const struct event *event, const struct plan *plan, pid_t pid,
    const struct ending *ending)
{
	struct record r = later(event, RECORD_ON_SUCCESS);

	tell_ending(&r, ending);
	r.pid = pid;
	r.executable = plan->program;
	r.args = plan->argv.v;
	return r;
}
