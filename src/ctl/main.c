/*
 * gatekeeperctl: the administrator's tool. A table of verbs and a loop; what
 * a verb does is in the file of its name. Nothing here decides anything: the
 * verbs link the parser, the decision and the plan of the forced command.
 */

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/show.h"
#include "ctl/verb.h"
#include "settings.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static int help_verb(const struct ctl *, int argc, char *argv[]);

static const struct verb verbs[] = {
    {"authorized-keys", authorized_keys_verb,
	"[--program FILE] ACCOUNT [TYPE KEY]",
	"prints the key lines of an account, for sshd to ask.\n\n"
	"In sshd_config: AuthorizedKeysCommand /usr/bin/gatekeeperctl\n"
	"authorized-keys %u %t %k. A line for each public key of the policies\n"
	"whose account names ACCOUNT, or for the one KEY only. What is wrong\n"
	"goes to standard error and syslog, and does not change the exit\n"
	"status: sshd would then take no line at all.\n"},
    {"check", check_verb, "[--json] [FILE | KEY]...",
	"finds what is wrong with the policies, by file and line.\n\n"
	"Without FILE: gatekeeper.ini and all keys. Exit status 0: nothing;\n"
	"1: warnings; 2: errors.\n"},
    {"doctor", doctor_verb,
	"[--sshd-config FILE] [--from ADDRESS] [--log FILE] [--json]\n"
	"\t[ACCOUNT...]",
	"finds what is wrong with the host around the policies.\n\n"
	"The kernel, sshd, keys and their files, accounts, logs: each finding\n"
	"says what to write. Without ACCOUNT, those that the policies name.\n"
	"It sends a message to syslog, and changes nothing else. Exit status\n"
	"0: nothing; 1: warnings and advice; 2: errors.\n"},
    {"edit", edit_verb, "KEY | --role ROLE | --settings",
	"opens a policy in your editor, checks it, and then installs it.\n\n"
	"Without errors, that is. With them, and with warnings, it asks what\n"
	"to do. The editor: VISUAL, else EDITOR. Exit status 0: installed or\n"
	"unchanged; 1: installed with warnings; 2: nothing was changed.\n"},
    {"explain", explain_verb,
	"[--as ACCOUNT] [--from ADDRESS] [--at 'YYYY-MM-DD HH:MM']\n"
	"\t[--env NAME=VALUE] [--sftp] [--json] KEY [COMMAND]",
	"says whether a request is permitted, and all that would happen.\n\n"
	"COMMAND is one argument, as the client would send it; without it, a\n"
	"shell is asked for. Without --as and --from, the first account and\n"
	"address that the policy names. Nothing runs, nothing is recorded and\n"
	"no rate is used up. Exit status 0: permitted; 1: refused.\n"},
    {"follow", follow_verb, "[--key KEY]... [- | FILE...]",
	"shows what happens, as it happens, a line for each event.\n\n"
	"Without FILE: the files of [audit] in gatekeeper.ini. `-` is standard\n"
	"input, as of journalctl -a -f -o json. Log files may be rotated.\n"},
    {"key-line", key_line_verb,
	"[--program FILE]\n"
	"\t[--install ACCOUNT [--file FILE]] KEY [PUBKEY]",
	"prints the line of authorized_keys for a key, or installs it.\n\n"
	"PUBKEY is a public key, or its .pub file; without it, a line for\n"
	"each public-key of the policy. --install puts it into\n"
	"~/.ssh/authorized_keys of ACCOUNT, or into FILE, once, and changes\n"
	"no other line. Exit status 2: nothing was changed.\n"},
    {"learn", learn_verb,
	"[--since WHEN] [--min N] [--as ACCOUNT] KEY [FILE]...",
	"proposes rules for what a key was seen to ask for.\n\n"
	"Reads the records of requests that were observed (observe-until) and\n"
	"of those refused: from FILE, `-` being standard input, else from the\n"
	"file of [audit]. Prints rules to review and paste; what was refused,\n"
	"and what is dangerous, is commented out. Kinds of requests that came\n"
	"less than N times are left out. Exit status 1: there was nothing.\n"},
    {"list", list_verb, "KEY...",
	"says in sentences what a key may do.\n\n"
	"Exit status 2: a policy cannot be read.\n"},
    {"prepare", prepare_verb, "ACCOUNT...",
	"makes the folders and the record file that an account needs.\n\n"
	"What is right already stays as it is. Root prepares for everybody,\n"
	"and an account with its own DIRECTORY for itself. Exit status 2:\n"
	"something is in the way, and it says what.\n"},
    {"replay", replay_verb,
	"[--speed N] [--max-idle SECONDS] [--stream in|out|err] [--raw]\n"
	"\tSESSION | FILE\n"
	"       gatekeeperctl [-d DIRECTORY] replay --list",
	"plays the transcript of a session.\n\n"
	"What could act on the terminal that it is shown on is left out,\n"
	"except with --raw. --stream: the bytes of one stream and nothing\n"
	"else. --list: what there is to play. Exit status 1: a part of it\n"
	"cannot be read; 2: there is no such transcript.\n"},
    {"report", report_verb,
	"[--since TIME] [--until TIME] [--key KEY]... [--refused]\n"
	"\t[--json] [FILE...]",
	"says who did what, from the records.\n\n"
	"Without FILE: the files of [audit] in gatekeeper.ini, rotated ones\n"
	"too. `-` is standard input, as of journalctl -a -o json or a file of\n"
	"syslog. TIME: YYYY-MM-DD [HH:MM], or how long ago: 24h, 7d. With\n"
	"--since it says which commands are new. Exit status 2: a file cannot\n"
	"be read.\n"},
    {"trace", trace_verb,
	"[--as ACCOUNT] [--from ADDRESS] [--exact] [--output FILE] [--sftp]\n"
	"\tKEY [-- COMMAND...]",
	"runs a request without a sandbox, and says what its rule needs.\n\n"
	"COMMAND is one argument, as a client would send it, or its words. The\n"
	"lines read, write, execute, network and syscalls go to FILE, or to\n"
	"standard error. Exit status 0: the rule as it is would have done; 1:\n"
	"it would have denied something, or permits no such request.\n"},
    {"help", help_verb, "[VERB]", "shows what the verbs do.\n"},
};

static const struct verb *
find(const char *name)
{
	for (size_t i = 0; i < NELEM(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static void
usage(FILE *f, const struct verb *verb)
{
	fprintf(f, "usage: gatekeeperctl [-d DIRECTORY] %s %s\n", verb->name,
	    verb->usage);
}

static void
help_all(FILE *f)
{
	fputs("usage: gatekeeperctl [-d DIRECTORY] VERB [...]\n\n", f);
	for (size_t i = 0; i < NELEM(verbs); i++)
		fprintf(f, "  %-15s %.*s\n", verbs[i].name,
		    (int)strcspn(verbs[i].help, "\n"), verbs[i].help);
	fputs("\nDIRECTORY is in place of " GK_DIRECTORY ". More:"
	      " gatekeeperctl VERB --help\n",
	    f);
}

static void
help_one(const struct verb *verb)
{
	usage(stdout, verb);
	printf("\n%s %s", verb->name, verb->help);
}

static int
help_verb(const struct ctl *ctl, int argc, char *argv[])
{
	const struct verb *verb;

	(void)ctl;
	if (argc > 2)
		return CTL_USAGE;
	if (argc == 1) {
		help_all(stdout);
		return CTL_OK;
	}
	verb = find(argv[1]);
	if (verb == NULL)
		return CTL_USAGE;
	help_one(verb);
	return CTL_OK;
}

static int
run(const struct verb *verb, const char *given, int argc, char *argv[])
{
	const char *dir = given != NULL ? given : GK_DIRECTORY;
	char *absolute = realpath(dir, NULL);
	struct ctl ctl = {
	    .dir = absolute != NULL ? absolute : dir,
	    .elsewhere = given != NULL && strcmp(given, GK_DIRECTORY) != 0,
	};
	int status;

	optind = 1;
	status = verb->run(&ctl, argc, argv);
	if (status == CTL_USAGE)
		usage(stderr, verb);
	free(absolute);
	return status;
}

/* A full disk must not look like an answer. */
static int
finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	perror("gatekeeperctl: standard output");
	return CTL_TROUBLE;
}

int
main(int argc, char *argv[])
{
	const char *dir = NULL;
	const struct verb *verb;
	int c;

	/* For the width of characters; messages know English only. */
	setlocale(LC_CTYPE, "C.UTF-8");
	/* Hours and dates are the host's, as they are for a session. */
	unsetenv("TZ");
	while ((c = getopt(argc, argv, "+d:")) != -1) {
		if (c != 'd') {
			help_all(stderr);
			return CTL_USAGE;
		}
		dir = optarg;
	}
	argc -= optind;
	argv += optind;
	verb = argc > 0 ? find(argv[0]) : NULL;
	if (argc > 0 && strcmp(argv[0], "--help") == 0)
		verb = find("help");
	if (verb == NULL) {
		if (argc > 0)
			show(stderr, "gatekeeperctl: there is no verb %s\n",
			    argv[0]);
		help_all(stderr);
		return CTL_USAGE;
	}
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		help_one(verb);
		return finish(CTL_OK);
	}
	return finish(run(verb, dir, argc, argv));
}
