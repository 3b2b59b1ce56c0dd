/* A session told as a record: who, what, which verdict, and why. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "decide.h"
#include "event.h"
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
tell_permit(struct record *r, const struct verdict *verdict,
    const char *sandbox)
{
	r->verdict = verdict->observed ? RECORD_OBSERVE : RECORD_PERMIT;
	r->pid = getpid(); /* which the program keeps */
	r->executable = verdict->plan.program;
	r->args = verdict->plan.argv.v;
	r->sandbox = sandbox;
}

void
event_request(struct event *event, const char *session,
    const struct request *req, const struct settings *settings,
    const struct policy *policy, const struct verdict *verdict,
    const char *sandbox)
{
	struct record *r = &event->record;

	*event = (struct event) {.record = {.action = RECORD_REQUEST,
				     .session = session,
				     .exit_code = -1,
				     .command_max = settings->command_max}};
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
		tell_permit(r, verdict, sandbox);
	if (verdict->answer != PERMIT || verdict->observed)
		tell_fault(event, &verdict->fault);
}

void
event_failed(struct event *event, const struct fault *fault)
{
	struct record *r = &event->record;

	r->action = RECORD_END;
	r->args = NULL; /* the request has them */
	r->began_sec = r->when.tv_sec;
	r->began_nsec = r->when.tv_nsec;
	clock_gettime(CLOCK_REALTIME, &r->when);
	r->exit_code = why_exit(fault->why);
	tell_fault(event, fault);
}
