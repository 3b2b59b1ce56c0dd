/* prepare: the folders and the record file that sessions of an account write
 * to. What is right already stays as it is. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/place.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "settings.h"
#include "why.h"

static int
settle(const struct places *places, const struct place *place)
{
	char *said, *note;
	enum place_state state =
	    place_settle(places, place, true, &said, &note);
	FILE *f = state == PLACE_REFUSED ? stderr : stdout;

	show(f, "%s %s: %s\n", place->what, place->path, said);
	if (note != NULL)
		show(f, "%s %s: %s\n", place->what, place->path, note);
	free(said);
	free(note);
	return state == PLACE_REFUSED ? CTL_WRONG : CTL_OK;
}

static int
find(struct account *account, const char *name)
{
	if (account_find(account, name) == -1) {
		show(stderr,
		    "gatekeeperctl: there is no account %s in /etc/passwd: "
		    "adduser --system --group %s\n",
		    name, name);
		return -1;
	}
	if (geteuid() == 0 || account->uid == geteuid())
		return 0;
	show(stderr,
	    "gatekeeperctl: preparing for %s takes root, or %s itself with "
	    "-d DIRECTORY\n",
	    name, name);
	account_free(account);
	return -1;
}

static int
prepare(const struct settings *settings, const char *name)
{
	struct account account;
	struct places places;
	int status = CTL_OK;

	if (find(&account, name) == -1)
		return CTL_WRONG;
	places_of(&places, settings, &account);
	for (size_t i = 0; i < places.n; i++)
		if (settle(&places, &places.v[i]) != CTL_OK)
			status = CTL_WRONG;
	if (settings->audit_file == NULL)
		puts("record file: none; gatekeeper.ini has no `file =`, and "
		     "records go to syslog alone");
	places_free(&places);
	account_free(&account);
	return status;
}

int
prepare_verb(const struct ctl *ctl, int argc, char *argv[])
{
	struct settings settings = {0};
	struct fault fault;
	int status = CTL_OK;

	if (argc < 2 || argv[1][0] == '-')
		return CTL_USAGE;
	if (settings_load(&settings, ctl->dir, &fault) == -1) {
		show(stderr, "gatekeeperctl: %s:%u: %s\n", fault.file,
		    fault.line, fault.text);
		settings_free(&settings);
		return CTL_WRONG;
	}
	for (int i = 1; i < argc; i++)
		if (prepare(&settings, argv[i]) != CTL_OK)
			status = CTL_WRONG;
	settings_free(&settings);
	return status;
}
