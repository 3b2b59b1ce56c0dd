/* doctor: one line of an account's authorized_keys. */

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/above.h"
#include "ctl/doctor_keys.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "policy.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define PROGRAM "/usr/lib/gatekeeper"

enum { BITS_LEAST = 2048, BITS_GOOD = 3072 };

/* What `restrict` takes away, and later options give again. */
static const struct {
	const char *option;
	const char *what;
} permissions[] = {
    {"port-forwarding", "forward ports"},
    {"agent-forwarding", "forward an agent"},
    {"X11-forwarding", "forward X11"},
    {"pty", "have a terminal"},
    {"user-rc", "have ~/.ssh/rc run"},
};

/* --- what a line should be ------------------------------------------------ */

/* The options as they are, with commas alone between them; new. */
static char *
joined(const struct authorized *line, const char *first)
{
	char *text;
	size_t size;
	FILE *f = show_need(open_memstream(&text, &size));
	const char *comma = "";

	if (first != NULL) {
		fputs(first, f);
		comma = ",";
	}
	for (size_t i = 0; i < line->noptions; i++) {
		const struct authorized_option *option = &line->options[i];

		fprintf(f, "%s%s", comma, option->name);
		comma = ",";
		if (option->value == NULL)
			continue;
		fputs("=\"", f);
		for (const char *p = option->value; *p != '\0'; p++)
			fprintf(f, "%s%c", *p == '"' ? "\\" : "", *p);
		fputc('"', f);
	}
	fclose(f);
	return show_need(text);
}

static bool
has_policy(const struct keys *keys, const char *key)
{
	const struct keyfile *file;

	for (size_t i = 0; (file = doctor_policy(keys->doctor,
				&keys->patient->account, &i)) != NULL;)
		if (strcmp(file->key, key) == 0)
			return true;
	return false;
}

/* --- one line ------------------------------------------------------------- */

static void
find_program(const struct keys *keys, const struct key_line *entry)
{
	const struct account *account = &keys->patient->account;
	const char *program = entry->command.program;
	char *problem = NULL;
	struct stat st;
	int above;

	if (program[0] != '/') {
		TELL(keys, ERROR, entry,
		    "the command is relative, and means what PATH says: write "
		    "command=\"" PROGRAM " %s\"",
		    entry->command.key);
		return;
	}
	if (stat(program, &st) == -1 || access(program, X_OK) == -1) {
		TELL(keys, ERROR, entry,
		    "%s: %s: install gatekeeper there, or write "
		    "command=\"" PROGRAM " %s\"",
		    program, strerror(errno), entry->command.key);
		return;
	}
	above = above_open(program, account, &problem);
	if (above != -1)
		close(above);
	else
		TELL(keys, ERROR, entry, "%s", problem);
	free(problem);
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)))
		TELL(keys, ERROR, entry,
		    "others can replace %s: chown root, chmod 755", program);
}

static void
find_policy(const struct keys *keys, const struct key_line *entry)
{
	const char *name = keys->patient->account.name;
	const char *own = keys->doctor->ctl->dir;
	const char *dir = entry->command.dir != NULL ? entry->command.dir : own;
	const char *key = entry->command.key;
	char *path = show_format("%s/keys/%s.ini", dir, key);

	if (dir[0] != '/')
		TELL(keys, ERROR, entry,
		    "-d %s is relative: write an absolute path", dir);
	else if (access(path, F_OK) == -1)
		TELL(keys, ERROR, entry,
		    "there is no policy %s: gatekeeperctl edit %s", path, key);
	else if (strcmp(dir, own) == 0 && !has_policy(keys, key))
		TELL(keys, ERROR, entry,
		    "%s does not serve %s, or does not load: write account = "
		    "%s, and gatekeeperctl check %s",
		    path, name, name, key);
	free(path);
}

static void
find_fingerprint(const struct keys *keys, const struct key_line *entry)
{
	char *fingerprint;

	if (entry->command.fingerprint == NULL)
		return;
	fingerprint = authorized_fingerprint(&entry->line);
	if (strcmp(fingerprint, entry->command.fingerprint) != 0)
		TELL(keys, WARNING, entry,
		    "records would name another key: write "
		    "command=\"%s %s %s\"",
		    entry->command.program, entry->command.key, fingerprint);
	free(fingerprint);
}

/* One rule of the policy may want a terminal. */
static bool
wants_terminal(const struct keys *keys, const struct key_line *entry)
{
	const struct keyfile *file;

	for (size_t i = 0; (file = doctor_policy(keys->doctor,
				&keys->patient->account, &i)) != NULL;)
		for (size_t j = 0; j < file->policy.nrules; j++)
			if (strcmp(file->key, entry->command.key) == 0 &&
			    file->policy.rules[j].confine.terminal)
				return true;
	return false;
}

static void
find_permissions(const struct keys *keys, const struct key_line *entry)
{
	const struct authorized *line = &entry->line;

	for (size_t i = 0; i < NELEM(permissions); i++) {
		const char *option = permissions[i].option;

		if (!authorized_permits(line, option) ||
		    (strcmp(option, "pty") == 0 && wants_terminal(keys, entry)))
			continue;
		TELL(keys, WARNING, entry,
		    "%s lets the key %s, past gatekeeper: remove it", option,
		    permissions[i].what);
	}
	if (authorized_option(line, "environment") != NULL)
		TELL(keys, WARNING, entry,
		    "environment= is set before gatekeeper runs, and never "
		    "handed on: remove it, and write env.NAME in the policy");
	if (authorized_option(line, "tunnel") != NULL)
		TELL(keys, WARNING, entry,
		    "tunnel= gives the key a network device, past gatekeeper: "
		    "remove it");
}

static void
find_restrict(const struct keys *keys, const struct key_line *entry)
{
	bool permits = false;
	char *mended;

	if (authorized_option(&entry->line, "restrict") != NULL) {
		find_permissions(keys, entry);
		return;
	}
	for (size_t i = 0; i < NELEM(permissions); i++)
		permits |=
		    authorized_permits(&entry->line, permissions[i].option);
	mended = joined(&entry->line, "restrict");
	if (permits)
		TELL(keys, WARNING, entry,
		    "without `restrict` the key can forward ports and an "
		    "agent, past gatekeeper: write %s",
		    mended);
	else
		TELL(keys, ADVICE, entry,
		    "`restrict` also takes away what later versions of sshd "
		    "permit: write %s",
		    mended);
	free(mended);
}

/* Nothing stands between the key and the account. */
static void
find_open(const struct keys *keys, const struct key_line *entry)
{
	const char *command = authorized_option(&entry->line, "command");
	const char *name = keys->patient->account.name;

	if (command != NULL)
		TELL(keys, WARNING, entry,
		    "the command does not start gatekeeper, and no policy "
		    "holds the key: write restrict,command=\"" PROGRAM
		    " KEY\"");
	else
		TELL(keys, WARNING, entry,
		    "whoever has this key may do all that %s may: write "
		    "restrict,command=\"" PROGRAM " KEY\" before it",
		    name);
}

static void
find_strength(const struct keys *keys, const struct key_line *entry)
{
	unsigned bits = authorized_rsa_bits(&entry->line);

	if (strcmp(entry->line.type, "ssh-dss") == 0)
		TELL(keys, ERROR, entry,
		    "DSA keys are broken, and sshd takes them no more: "
		    "ssh-keygen -t ed25519");
	else if (bits != 0 && bits < BITS_LEAST)
		TELL(keys, ERROR, entry,
		    "an RSA key of %u bits can be broken: ssh-keygen -t "
		    "ed25519",
		    bits);
	else if (bits != 0 && bits < BITS_GOOD)
		TELL(keys, ADVICE, entry,
		    "an RSA key of %u bits is short: ssh-keygen -t ed25519, "
		    "or -t rsa -b 3072",
		    bits);
}

static void
find_broken(const struct keys *keys, const struct key_line *entry)
{
	char *mended;

	if (!entry->line.split) {
		TELL(keys, WARNING, entry,
		    "sshd takes no key from this line: %s",
		    entry->line.problem);
		return;
	}
	mended = joined(&entry->line, NULL);
	TELL(keys, ERROR, entry,
	    "a blank between options, and sshd rejects the line: write %s",
	    mended);
	free(mended);
}

void
doctor_line(const struct keys *keys, const struct key_line *entry)
{
	if (entry->line.problem != NULL) {
		find_broken(keys, entry);
		return;
	}
	find_strength(keys, entry);
	if (authorized_option(&entry->line, "cert-authority") != NULL)
		TELL(keys, ADVICE, entry,
		    "every key that this one signs logs in as this line says: "
		    "write a line for each key");
	if (!entry->guarded) {
		find_open(keys, entry);
		return;
	}
	find_restrict(keys, entry);
	find_program(keys, entry);
	find_policy(keys, entry);
	find_fingerprint(keys, entry);
}
