/* The story of a watched session, from its record to its exit status. */

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "changed.h"
#include "decide.h"
#include "event.h"
#include "oversee.h"
#include "plan.h"
#include "policy.h"
#include "request.h"
#include "sandbox/sandbox.h"
#include "settings.h"
#include "transcript.h"
#include "why.h"

enum { SIGNAL_STATUS = 128 };

/* What follows is found fit to run before anything else does. */
static int
prepare_follow(struct oversight *o, struct fault *fault)
{
	struct plan *follow = o->plan->follow;

	if (follow == NULL)
		return 0;
	if (o->plan->if_changed != NULL)
		o->before = changed_sum(o->plan->if_changed);
	if (follow->unconfined)
		return 0;
	o->follow = sandbox_prepare(follow, fault);
	return o->follow != NULL ? 0 : -1;
}

/* TERM as the client sent it: for a player, and never for a program. */
static const char *
client_term(const struct request *req)
{
	for (char *const *p = req->client_env; p != NULL && *p != NULL; p++)
		if (strncmp(*p, "TERM=", strlen("TERM=")) == 0)
			return *p + strlen("TERM=");
	return NULL;
}

static int
open_transcript(struct oversight *o, const struct overseen *of,
    struct fault *fault)
{
	const struct request *req = of->req;
	struct winsize size = {0};
	struct transcript_about about = {.session = of->session,
	    .key = req->key,
	    .account = req->account,
	    .command = req->command,
	    .terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO),
	    .term = client_term(req),
	    .began = req->when};

	/* What is observed has no rule, and no transcript. */
	if (o->plan->transcript == TRANSCRIPT_NO)
		return 0;
	if (about.terminal)
		(void)ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	about.columns = size.ws_col;
	about.rows = size.ws_row;
	about.rule = of->verdict->rule->name;
	about.text = of->verdict->rule->protocol == NULL;
	o->transcript = transcript_open(of->settings->transcripts, &about,
	    o->plan->transcript_max, fault);
	return o->transcript != NULL ? 0 : -1;
}

static void
drop(struct oversight *o)
{
	sandbox_free(o->follow);
	(void)transcript_close(o->transcript);
}

int
oversee_begin(struct oversight *o, const struct overseen *of,
    struct fault *fault)
{
	*o = (struct oversight) {.plan = &of->verdict->plan};
	if (prepare_follow(o, fault) == -1 ||
	    open_transcript(o, of, fault) == -1 ||
	    watch_begin(&o->watch, o->plan, of->sandbox, fault) == -1) {
		drop(o);
		return -1;
	}
	o->watch.terse = of->terse;
	o->watch.transcript = o->transcript;
	return 0;
}

pid_t
oversee_program(const struct oversight *o)
{
	return o->watch.keeper.program;
}

void
oversee_abandon(struct oversight *o)
{
	watch_abandon(&o->watch);
	drop(o);
}

/* As the program itself would have gone, for sshd to tell the client. */
static _Noreturn void
leave(int status)
{
	const struct rlimit none = {0};
	sigset_t set;

	if (!WIFSIGNALED(status))
		_exit(WEXITSTATUS(status));
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, WTERMSIG(status));
	kill(getpid(), WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(SIGNAL_STATUS + WTERMSIG(status));
}

static const char *const kept_names[] = {
    [TRANSCRIPT_KEPT] = "kept",
    [TRANSCRIPT_CUT] = "cut",
    [TRANSCRIPT_LOST] = "lost",
};

static bool
is_success(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
tell_client(const struct watch *w, int status)
{
	char text[128];

	if (w->terse)
		return;
	snprintf(text, sizeof(text),
	    "what follows on success has failed: %s %d",
	    WIFSIGNALED(status) ? "signal" : "exit status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	watch_tell(w, text);
}

/* It failed to start, as a shell would say it: nothing waits for more. */
static int
start_status(const struct fault *fault)
{
	return W_EXITCODE(why_exit(fault->why), 0);
}

static int
follow(struct oversight *o, struct audit *audit, const struct event *event,
    struct fault *fault)
{
	struct plan *plan = o->plan->follow;
	struct watch watch;
	struct ending ending = {.duration = -1};
	struct fault failed;
	struct record record;

	if (watch_begin(&watch, plan, o->follow, &failed) == -1) {
		ending.status = start_status(&failed);
		watch.keeper.program = 0;
	} else if (watch_run(&watch, audit, event, &ending, &failed) == -1) {
		ending.status = start_status(&failed);
	}
	record = event_followed(event, plan, watch.keeper.program, &ending);
	if (audit_write(audit, &record, fault) == -1)
		return -1;
	return ending.status;
}

static bool
is_due(const struct oversight *o, const struct ending *ending)
{
	if (o->plan->follow == NULL || !is_success(ending->status) ||
	    ending->ended_by != NULL)
		return false;
	return o->plan->if_changed == NULL ||
	    changed_since(o->before, changed_sum(o->plan->if_changed));
}

void
oversee(struct oversight *o, struct audit *audit, struct event *event,
    struct fault *fault)
{
	struct ending ending;
	struct record record;
	int status;

	if (watch_run(&o->watch, audit, event, &ending, fault) == -1) {
		drop(o);
		return;
	}
	if (o->transcript != NULL)
		ending.transcript = kept_names[transcript_close(o->transcript)];
	record = event_end(event, &ending);
	if (audit_write(audit, &record, fault) == -1)
		return;
	status = ending.status;
	/* What was cut short is no success, whatever the program says: a
	 * client would take half of a file for the whole. */
	if (ending.ended_by != NULL && is_success(status))
		status = W_EXITCODE(0, SIGTERM);
	if (is_due(o, &ending)) {
		status = follow(o, audit, event, fault);
		if (status == -1)
			return;
		if (!is_success(status))
			tell_client(&o->watch, status);
	}
	leave(status);
}
