/* The program's own process in a watched rule, up to its exec. */

#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "run.h"
#include "sandbox/sandbox.h"
#include "watch.h"
#include "watched.h"
#include "why.h"

/* A session of its own: no signal to its group reaches the watcher's. */
static int
settle(struct watch *w, struct fault *fault)
{
	if (setsid() == -1)
		return fault_set(fault, WHY_SYSTEM, "setsid: %s",
		    strerror(errno));
	if (w->relays)
		return relay_attach(&w->relay, w->plan->terminal, fault);
	return 0;
}

void
watched_become(void *context, int link)
{
	struct watch *w = context;
	struct fault fault = {0};
	char go;

	if (recv(link, &go, 1, 0) != 1)
		return; /* refused after all */
	plan_close(w->plan);
	if (w->sandbox != NULL)
		sandbox_watch(w->sandbox, link, w->watcher, getppid());
	if (settle(w, &fault) == 0)
		run(w->plan, w->sandbox, &fault);
	(void)!write(link, &fault, sizeof(fault));
	_exit(why_exit(fault.why));
}
