/* doctor: the files of an account's keys, and what their lines make of each
 * other. */

#include <sys/stat.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/doctor_keys.h"
#include "ctl/show.h"

#define FILE_MAX ((off_t)16 * 1024 * 1024)

/* --- two lines ------------------------------------------------------------ */

/* The first of them is the one that sshd takes. */
static void
find_pair(const struct keys *keys, const struct key_line *first,
    const struct key_line *second)
{
	const struct key_line *open = first->guarded ? second : first;

	if (first->guarded != second->guarded)
		TELL(keys, ERROR, open,
		    "the key has a policy in %s:%u, and stands here without "
		    "it: remove this line",
		    (open == first ? second : first)->file,
		    (open == first ? second : first)->number);
	else if (first->guarded &&
	    strcmp(first->command.key, second->command.key) != 0)
		TELL(keys, ERROR, second,
		    "the key has the policy %s in %s:%u, which sshd takes "
		    "first: remove one of the two",
		    first->command.key, first->file, first->number);
	else
		TELL(keys, ADVICE, second,
		    "the key stands in %s:%u already: remove one of the two",
		    first->file, first->number);
}

/* By key, and in the order of the files; broken lines last. */
static int
compare(const void *a, const void *b)
{
	const struct key_line *f = *(const struct key_line *const *)a;
	const struct key_line *g = *(const struct key_line *const *)b;
	const size_t m = f->line.problem == NULL ? f->line.size : SIZE_MAX;
	const size_t n = g->line.problem == NULL ? g->line.size : SIZE_MAX;
	int order = 0;

	if (m != n)
		return m < n ? -1 : 1;
	if (m != SIZE_MAX)
		order = memcmp(f->line.blob, g->line.blob, m);
	return order != 0 ? order : f < g ? -1 : 1;
}

/* An account may have filled the file: no line is held against all others. */
static void
find_pairs(const struct keys *keys)
{
	const struct key_line **sorted =
	    show_need(calloc(keys->n + 1, sizeof(const struct key_line *)));
	const struct key_line *first = NULL;

	for (size_t i = 0; i < keys->n; i++)
		sorted[i] = &keys->v[i];
	qsort(sorted, keys->n, sizeof(const struct key_line *), compare);
	for (size_t i = 0; i < keys->n; i++) {
		if (sorted[i]->line.problem != NULL)
			break;
		if (first != NULL &&
		    authorized_is_same(&first->line, &sorted[i]->line))
			find_pair(keys, first, sorted[i]);
		else
			first = sorted[i];
	}
	free(sorted);
}

/* --- the files ------------------------------------------------------------ */

static void
take(struct keys *keys, const char *text, const char *file, unsigned number)
{
	struct key_line entry = {.file = file, .number = number};
	const char *command;

	if (!authorized_read(&entry.line, text)) {
		authorized_free(&entry.line);
		return;
	}
	command = authorized_option(&entry.line, "command");
	entry.guarded =
	    command != NULL && authorized_command(&entry.command, command);
	keys->v =
	    show_need(reallocarray(keys->v, keys->n + 1, sizeof(*keys->v)));
	keys->v[keys->n++] = entry;
}

static void
read_file(struct keys *keys, const char *path)
{
	const struct account *account = &keys->patient->account;
	char *text = NULL;
	unsigned number = 0;
	size_t size = 0;
	FILE *f;

	/* As sshd does: by the rights of the account. */
	if (account_enter(account) == -1)
		return;
	f = account_fopen(path, FILE_MAX);
	if (f == NULL && errno != ENOENT && errno != ENOTDIR)
		findings_add(&keys->doctor->found, ERROR, path, 0,
		    "%s cannot read it, and so sshd does not: chown root:%lu, "
		    "chmod 640 (%s)",
		    account->name, (unsigned long)account->gid,
		    strerror(errno));
	account_leave();
	while (f != NULL && getline(&text, &size, f) != -1)
		take(keys, text, path, ++number);
	if (f != NULL)
		fclose(f);
	free(text);
}

/* false: nothing to say of the owner yet. */
static bool
find_owned(const struct keys *keys, const char *path, const char *part,
    const struct stat *st)
{
	const struct account *account = &keys->patient->account;
	const unsigned long group = (unsigned long)account->gid;
	const bool home = strcmp(part, account->home) == 0;

	if (account->uid == 0 || st->st_uid != account->uid ||
	    account->uid == geteuid())
		return false;
	if (home)
		findings_add(&keys->doctor->found, ADVICE, path, 0,
		    "%s belongs to %s, which can put another .ssh there: "
		    "chown root:%lu %s && chmod 750 %s, or AuthorizedKeysFile "
		    "/etc/ssh/authorized_keys/%%u",
		    part, account->name, group, part, part);
	else
		findings_add(&keys->doctor->found, WARNING, path, 0,
		    "%s belongs to %s, which can add keys that no policy "
		    "holds: chown root:%lu %s && chmod %s %s",
		    part, account->name, group, part,
		    S_ISDIR(st->st_mode) ? "750" : "640", part);
	return true;
}

/* From the file up to the home, or to /: sshd ignores the file if others can
 * write one of them; and the account adds keys, if it can. */
static void
find_owner(const struct keys *keys, const char *path)
{
	const struct account *account = &keys->patient->account;
	const bool strict = sshd_is(&keys->patient->sshd, "strictmodes", "yes");
	char *part = show_need(strdup(path)), *slash;
	bool told = false;
	struct stat st;

	while (stat(part, &st) == 0) {
		if (strict && (st.st_mode & (S_IWGRP | S_IWOTH)))
			findings_add(&keys->doctor->found, ERROR, path, 0,
			    "%s: others can write it, and sshd ignores the "
			    "file: chmod go-w %s",
			    part, part);
		told = told || find_owned(keys, path, part, &st);
		slash = strrchr(part, '/');
		if (slash == NULL || slash == part ||
		    strcmp(part, account->home) == 0)
			break;
		*slash = '\0';
	}
	free(part);
}

void
doctor_keys(struct doctor *doctor, const struct patient *patient)
{
	struct keys keys = {.doctor = doctor, .patient = patient};

	for (size_t i = 0; i < patient->files.n; i++) {
		read_file(&keys, patient->files.v[i]);
		find_owner(&keys, patient->files.v[i]);
	}
	for (size_t i = 0; i < keys.n; i++)
		doctor_line(&keys, &keys.v[i]);
	find_pairs(&keys);
	for (size_t i = 0; i < keys.n; i++) {
		authorized_free(&keys.v[i].line);
		authorized_command_free(&keys.v[i].command);
	}
	free(keys.v);
}
