/*
 * key-line --install: which lines of authorized_keys stay, which one is
 * replaced, and which one forbids to go on. sshd takes the first line that
 * fits a key, so a line without gatekeeper anywhere undoes one with it.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/account.h"
#include "ctl/authorized.h"
#include "ctl/forced_line.h"
#include "ctl/key_install.h"
#include "ctl/keyfile.h"
#include "ctl/keys_file.h"
#include "ctl/public_key.h"
#include "ctl/show.h"
#include "why.h"

/* A key to be installed. */
struct wanted {
	const struct authorized *key;
	char *line;
	unsigned at; /* the line that it has or replaces; 0: none yet */
	bool stands; /* as it should be */
};

struct install {
	const struct forced *forced;
	const struct keyfile *policy;
	struct wanted *v;
	size_t n;
	struct keys_file file;
};

/* --- what is there -------------------------------------------------------- */

static int
blame(const char *path, unsigned number, const char *what, struct fault *fault)
{
	return fault_set(fault, WHY_POLICY, "%s:%u: %s", path, number, what);
}

/* A line that has the key, in the file that is to have it. */
static int
match_here(const struct install *install, struct wanted *wanted,
    const char *text, unsigned number, struct fault *fault)
{
	if (wanted->at != 0) {
		fault_set(fault, WHY_POLICY,
		    "%s:%u: the key stands here, and in line %u already: "
		    "remove one of them",
		    install->file.path, number, wanted->at);
		return -1;
	}
	wanted->at = number;
	wanted->stands = strcmp(text, wanted->line) == 0;
	return 0;
}

static int
match_line(const struct install *install, struct wanted *wanted,
    const struct authorized *line, const char *text, const char *path,
    unsigned number, struct fault *fault)
{
	if (line->problem != NULL)
		return blame(path, number,
		    "the key stands on a line that sshd does not take: remove "
		    "it",
		    fault);
	if (authorized_option(line, "cert-authority") != NULL)
		return blame(path, number,
		    "the key certifies others there: use another key", fault);
	if (!forced_is(install->forced, line, install->policy->key))
		return blame(path, number,
		    "the key stands there without gatekeeper, or for another "
		    "policy: remove that line first",
		    fault);
	if (path == install->file.path)
		return match_here(install, wanted, text, number, fault);
	return blame(path, number,
	    "the key stands in this file already: remove the line, or use "
	    "--file with it",
	    fault);
}

static int
look_at(struct install *install, const char *path, const char *text,
    unsigned number, struct fault *fault)
{
	struct authorized line;
	int ret = 0;

	if (authorized_read(&line, text))
		for (size_t i = 0; i < install->n && ret == 0; i++)
			if (authorized_is_same(&line, install->v[i].key))
				ret = match_line(install, &install->v[i], &line,
				    text, path, number, fault);
	authorized_free(&line);
	return ret;
}

/* Where the line ends: at its newline, or at the end of the text. */
static const char *
line_end(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	return newline != NULL ? newline : end;
}

static int
look_through(struct install *install, const struct keys_file *file,
    struct fault *fault)
{
	const char *end = file->text + file->size, *next;
	unsigned number = 0;
	int ret = 0;

	for (const char *p = file->text; p < end && ret == 0; p = next + 1) {
		char *line;

		next = line_end(p, end);
		line = show_need(strndup(p, (size_t)(next - p)));
		ret = look_at(install, file->path, line, ++number, fault);
		free(line);
	}
	return ret;
}

/* What sshd reads as well, unless it was told otherwise. */
static int
look_elsewhere(struct install *install, const struct account *account,
    struct fault *fault)
{
	static const char *const names[] = {"authorized_keys",
	    "authorized_keys2"};
	int ret = 0;

	for (int i = 0; i < 2 && ret == 0; i++) {
		char *path = show_format("%s/.ssh/%s", account->home, names[i]);
		struct keys_file file = {.folder = -1};

		if (strcmp(path, install->file.path) != 0) {
			ret =
			    keys_file_open(&file, path, account, false, fault);
			if (ret == 0)
				ret = look_through(install, &file, fault);
			keys_file_close(&file);
		}
		free(path);
	}
	return ret;
}

/* --- what shall be -------------------------------------------------------- */

static const char *
replacement(const struct install *install, unsigned number)
{
	for (size_t i = 0; i < install->n; i++)
		if (install->v[i].at == number && !install->v[i].stands)
			return install->v[i].line;
	return NULL;
}

static bool
is_replaced_only(const struct install *install)
{
	for (size_t i = 0; i < install->n; i++)
		if (install->v[i].at == 0)
			return false;
	return true;
}

/* Every other byte as it was; a last line gets the newline that it lacks when
 * another follows. */
static void
compose(struct install *install, FILE *f)
{
	const struct keys_file *file = &install->file;
	const char *end = file->text + file->size, *next;
	unsigned number = 0;

	for (const char *p = file->text; p < end; p = next) {
		const char *line = replacement(install, ++number);

		next = line_end(p, end);
		if (line != NULL)
			fputs(line, f);
		else
			fwrite(p, 1, (size_t)(next - p), f);
		if (next < end)
			putc(*next++, f);
		else if (!is_replaced_only(install))
			putc('\n', f);
	}
	for (size_t i = 0; i < install->n; i++)
		if (install->v[i].at == 0)
			fprintf(f, "%s\n", install->v[i].line);
}

static int
write_file(struct install *install, struct fault *fault)
{
	char *text = NULL;
	size_t size;
	FILE *f = show_need(open_memstream(&text, &size));
	int ret;

	compose(install, f);
	if (fclose(f) != 0)
		show_need(NULL);
	ret = keys_file_replace(&install->file, text, size, fault);
	free(text);
	return ret;
}

static bool
is_done(const struct install *install)
{
	for (size_t i = 0; i < install->n; i++)
		if (!install->v[i].stands)
			return false;
	return true;
}

static void
tell(const struct install *install)
{
	for (size_t i = 0; i < install->n; i++) {
		const struct wanted *wanted = &install->v[i];

		if (wanted->stands)
			show(stdout, "%s:%u: stands there already\n",
			    install->file.path, wanted->at);
		else if (wanted->at != 0)
			show(stdout, "%s:%u: replaced\n", install->file.path,
			    wanted->at);
		else
			show(stdout, "%s: added\n", install->file.path);
	}
}

static void
want(struct install *install, const struct public_keys *keys)
{
	install->v = show_need(calloc(keys->n + 1, sizeof(*install->v)));
	for (size_t i = 0; i < keys->n; i++) {
		const struct authorized *key = &keys->v[i].key;
		bool twice = false;

		for (size_t j = 0; j < install->n; j++)
			twice |= authorized_is_same(install->v[j].key, key);
		if (!twice)
			install->v[install->n++] = (struct wanted) {
			    .key = key,
			    .line = forced_line(install->forced,
				install->policy, key),
			};
	}
}

int
key_install(const struct forced *forced, const struct keyfile *policy,
    const struct public_keys *keys, const struct account *account,
    const char *path, struct fault *fault)
{
	struct install install = {.forced = forced, .policy = policy};
	char *own = path != NULL ?
	    keyfile_absolute(path) :
	    show_format("%s/.ssh/authorized_keys", account->home);
	int ret;

	want(&install, keys);
	ret = keys_file_open(&install.file, own, account, true, fault);
	if (ret == 0)
		ret = look_through(&install, &install.file, fault);
	if (ret == 0)
		ret = look_elsewhere(&install, account, fault);
	if (ret == 0 && !is_done(&install))
		ret = write_file(&install, fault);
	if (ret == 0)
		tell(&install);
	keys_file_close(&install.file);
	for (size_t i = 0; i < install.n; i++)
		free(install.v[i].line);
	free(install.v);
	free(own);
	return ret;
}
