/*
 * edit: what `check` would say if the candidate were installed. It is put into
 * a policy folder of its own, whose other files are links to the real ones,
 * and what it says there is told as if it were the real folder.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/check.h"
#include "ctl/edit.h"
#include "ctl/findings.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "why.h"

/* What a policy folder holds, and whose candidate lies in it. */
static const struct part {
	const char *name;
	enum edit_kind kind;
} parts[] = {
    {"keys", EDIT_KEY},
    {"roles", EDIT_ROLE},
    {"gatekeeper.ini", EDIT_SETTINGS},
};

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* A link in one folder to what has the same name in another, if it exists. */
static int
link_one(const char *from, const char *to, const char *name)
{
	char *target = show_format("%s/%s", from, name);
	char *path = show_format("%s/%s", to, name);
	struct stat st;
	int ret = 0;

	if (lstat(target, &st) == 0)
		ret = symlink(target, path);
	else if (errno != ENOENT)
		ret = -1;
	free(path);
	free(target);
	return ret;
}

/* The neighbours of the candidate. */
static int
link_all(const struct edit *edit, const char *from, const char *to)
{
	DIR *dir = opendir(from);
	const struct dirent *entry;
	int ret = dir != NULL ? mkdir(to, 0755) : -1;

	while (ret == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' &&
		    strcmp(entry->d_name, edit->file) != 0)
			ret = link_one(from, to, entry->d_name);
	if (dir != NULL)
		closedir(dir);
	return ret;
}

static int
make_part(const struct edit *edit, const struct part *part, const char *world)
{
	const char *dir = edit->ctl->dir;
	char *from, *to;
	int ret;

	if (part->kind != edit->kind)
		return link_one(dir, world, part->name);
	if (part->kind == EDIT_SETTINGS)
		return 0;
	from = show_format("%s/%s", dir, part->name);
	to = show_format("%s/%s", world, part->name);
	ret = link_all(edit, from, to);
	free(to);
	free(from);
	return ret;
}

int
edit_candidate(struct edit *edit, const struct trust_text *text,
    struct fault *fault)
{
	char *world = show_format("%s/policy", edit->work);
	int ret;

	edit_remove(edit->work, "policy");
	ret = mkdir(world, 0755);
	for (size_t i = 0; i < NELEM(parts) && ret == 0; i++)
		ret = make_part(edit, &parts[i], world);
	if (ret == 0)
		ret = edit_write(edit, edit->candidate, text, true);
	if (ret == -1 && errno == EPERM)
		fault_set(fault, WHY_SYSTEM,
		    "%s has a group that this account cannot give to a file: "
		    "chgrp it to one of its own, or edit it as root",
		    edit->path);
	else if (ret == -1)
		edit_fail(fault, edit->candidate);
	free(world);
	return ret;
}

/* --- findings --- */

/* The text with another word in place of each `from`; new. */
static char *
replace(const char *text, const char *from, const char *to)
{
	char *done = show_need(strdup("")), *longer;
	const char *hit;

	while ((hit = strstr(text, from)) != NULL) {
		longer =
		    show_format("%s%.*s%s", done, (int)(hit - text), text, to);
		free(done);
		done = longer;
		text = hit + strlen(from);
	}
	longer = show_format("%s%s", done, text);
	free(done);
	return longer;
}

/* Whether two texts differ in numbers at most, such as those of lines that
 * have moved. */
static bool
is_alike(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, "0123456789");
		b += strspn(b, "0123456789");
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
	}
}

static bool
is_known(const struct findings *before, const char *file, const char *text)
{
	for (size_t i = 0; i < before->n; i++)
		if (strcmp(before->v[i].file, file) == 0 &&
		    is_alike(before->v[i].text, text))
			return true;
	return false;
}

/* What lies elsewhere and was so before is no matter of this edit. */
static void
tell(const struct edit *edit, const struct findings *before,
    const struct findings *after, const char *world, struct findings *told)
{
	const char *dir = edit->ctl->dir;

	for (size_t i = 0; i < after->n; i++) {
		const struct finding *f = &after->v[i];
		char *file = replace(f->file, world, dir);
		char *text = replace(f->text, world, dir);

		if (strcmp(file, edit->path) == 0 ||
		    !is_known(before, file, text))
			findings_add(told, f->severity, file, f->line, "%s",
			    text);
		free(text);
		free(file);
	}
}

void
edit_check(const struct edit *edit, struct findings *told)
{
	struct findings before = {0}, after = {0};
	char *world = show_format("%s/policy", edit->work);

	check_all(edit->ctl, edit->ctl->dir, &before);
	check_all(edit->ctl, world, &after);
	tell(edit, &before, &after, world, told);
	findings_free(&after);
	findings_free(&before);
	free(world);
}
