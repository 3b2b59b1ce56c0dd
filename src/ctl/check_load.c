/*
 * check: the files that it looks at. One that loads is read as the forced
 * command reads it; of any other, what can be read.
 */

#include <sys/stat.h>

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/check.h"
#include "ctl/check_parse.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "expand.h"
#include "reader.h"
#include "trust.h"
#include "value.h"
#include "why.h"

#define SETTINGS_FILE "gatekeeper.ini"
#define ROLES "roles"

static bool
is_settings(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash != NULL ? slash + 1 : path, SETTINGS_FILE) == 0;
}

static bool
is_role(const char *path)
{
	char *absolute = keyfile_absolute(path), *slash;
	bool role;

	*strrchr(absolute, '/') = '\0';
	slash = strrchr(absolute, '/');
	role = slash != NULL && strcmp(slash + 1, ROLES) == 0;
	free(absolute);
	return role;
}

static int
try_text(const char *path, struct trust_text *text, struct fault *fault)
{
	char *absolute = keyfile_absolute(path);
	int ret = trust_read(absolute, READER_FILE_MAX, text, fault);

	free(absolute);
	return ret;
}

static void
tell_mode(struct check *check, const char *path, const char *at)
{
	struct stat st;

	if (stat(at, &st) == -1)
		return;
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		findings_add(&check->found, ERROR, path, 0,
		    "%s: others can write it: chmod go-w", at);
	else if (st.st_uid != 0 && st.st_uid != geteuid())
		findings_add(&check->found, ERROR, path, 0,
		    "%s: belongs to neither root nor this account: "
		    "chown root",
		    at);
}

/* Reading ends at the first folder that is not safe; mending should not. */
static void
tell_modes(struct check *check, const char *path)
{
	char *absolute = keyfile_absolute(path);

	for (char *p = absolute; (p = strchr(p + 1, '/')) != NULL; *p = '/') {
		*p = '\0';
		tell_mode(check, path, absolute);
	}
	tell_mode(check, path, absolute);
	free(absolute);
}

/* What was named or found must be there, and safe to read. */
static bool
read_text(struct check *check, const char *path, struct trust_text *text)
{
	struct fault fault;

	if (try_text(path, text, &fault) == 0)
		return true;
	findings_add(&check->found, ERROR, path, 0, "%s", fault.text);
	tell_modes(check, path);
	return false;
}

/* Hands on what the folder has of that name, in the order of names. */
static void
load_each(struct check *check, const char *names, bool asked,
    void (*load)(struct check *, const char *path, bool asked))
{
	char *pattern = show_format("%s/%s", check->ctl->dir, names);
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			load(check, found.gl_pathv[i], asked);
		globfree(&found);
	}
	free(pattern);
}

/* --- gatekeeper.ini ------------------------------------------------------- */

static void
take_settings(struct check *check, const char *text)
{
	struct settings settings;
	struct fault fault;

	if (settings_parse(&settings, text, strlen(text), &fault) == -1) {
		settings_free(&settings);
		return;
	}
	settings_free(&check->settings);
	check->settings = settings;
}

/* A gatekeeper.ini that was named takes the place of the folder's. */
static void
load_settings(struct check *check, const char *path)
{
	struct trust_text text = {0};
	char *rest = NULL;
	struct parsed_text parsed = {.kind = TEXT_SETTINGS, .path = path};

	if (!read_text(check, path, &text))
		return;
	parsed.text = text.text;
	parsed.size = text.size;
	if (check_parse(&check->found, &parsed, &rest))
		take_settings(check, text.text);
	else if (rest != NULL)
		take_settings(check, rest);
	free(rest);
	free(text.text);
}

/* --- roles ---------------------------------------------------------------- */

static struct suspect *
add_suspect(struct check *check, bool asked)
{
	struct suspect *suspect;

	check->v =
	    show_need(reallocarray(check->v, check->n + 1, sizeof(*check->v)));
	suspect = &check->v[check->n++];
	*suspect = (struct suspect) {.asked = asked};
	return suspect;
}

/* What could be read of a policy stands for it. */
static void
adopt(struct keyfile *file, const char *text, const struct names *names)
{
	size_t size = strlen(text);
	struct fault fault;

	if (policy_parse(&file->policy, file->path, text, size,
		(struct timespec) {0}, names, &fault) == -1)
		return;
	source_read(&file->source, text, size, NULL, names);
	file->source.partial = true;
	file->loaded = true;
}

/* Whether a key that is looked at has brought the role's rules with it. */
static bool
is_seen(const struct check *check, const char *path)
{
	for (size_t i = 0; i < check->n; i++) {
		const struct suspect *suspect = &check->v[i];

		if (suspect->asked &&
		    (list_has(&suspect->file.role_paths, path) ||
			(suspect->role &&
			    strcmp(suspect->file.path, path) == 0)))
			return true;
	}
	return false;
}

/*
 * A role of its own: once, however many keys use it, by the first that it
 * does not load for. false: it has errors.
 */
static bool
check_role(struct check *check, const char *path, const char *text, size_t size,
    const struct names *names, bool judged)
{
	const struct parsed_text parsed = {TEXT_ROLE, path, text, size, names};
	struct suspect *suspect;
	char *rest = NULL;

	if (list_has(&check->broken, path))
		return false;
	if (!check_parse(&check->found, &parsed, &rest))
		show_add(&check->broken, strdup(path));
	if (judged && !is_seen(check, path) &&
	    (rest != NULL || !list_has(&check->broken, path))) {
		suspect = add_suspect(check, true);
		suspect->role = true;
		suspect->file.path = show_need(strdup(path));
		suspect->file.key = show_need(strdup(names->key));
		adopt(&suspect->file, rest != NULL ? rest : text, names);
	}
	free(rest);
	return !list_has(&check->broken, path);
}

/* The roles that a broken key uses. false: one is not as it should be. */
static bool
check_roles_of(struct check *check, const struct keyfile *file)
{
	const struct names names = {file->key, file->account};
	unsigned line = source_line(&file->source, NULL, "use");
	const struct list *roles = &file->policy.roles;
	bool good = true;

	for (size_t i = 0; file->dir != NULL && i < roles->n; i++) {
		char *path =
		    show_format("%s/" ROLES "/%s.ini", file->dir, roles->v[i]);
		struct trust_text text = {0};
		struct fault fault;

		if (trust_read(path, READER_FILE_MAX, &text, &fault) == 0) {
			good &= check_role(check, path, text.text, text.size,
			    &names, true);
		} else {
			findings_add(&check->found, ERROR, file->path, line,
			    "%s", fault.text);
			good = false;
		}
		free(text.text);
		free(path);
	}
	return good;
}

/* For whom a role is read that was named or found: one of those who use it. */
static bool
find_user(const struct check *check, const char *path, struct names *names)
{
	char *role = keyfile_name(path);
	bool found = false;

	for (size_t i = 0; i < check->n && !found; i++) {
		const struct keyfile *file = &check->v[i].file;

		found = !check->v[i].role && file->loaded &&
		    list_has(&file->policy.roles, role);
		if (found)
			*names = (struct names) {file->key, file->account};
	}
	free(role);
	return found;
}

/* Rules that nobody uses are read, and not held against the host; nor are
 * paths with a name in them that nobody is known to have. */
static void
load_role(struct check *check, const char *path, bool asked)
{
	struct names names = {"key", "account"};
	struct trust_text text = {0};
	bool judged;

	if (is_seen(check, path) || list_has(&check->broken, path) ||
	    !read_text(check, path, &text))
		return;
	judged =
	    find_user(check, path, &names) || strstr(text.text, "${") == NULL;
	check_role(check, path, text.text, text.size, &names, asked && judged);
	free(text.text);
}

/* --- keys ----------------------------------------------------------------- */

/* fault is what the forced command says: never less than that. */
static void
check_broken(struct check *check, size_t i, const struct fault *fault)
{
	struct keyfile file = check->v[i].file;
	const struct names names = {file.key, file.account};
	struct parsed_text parsed = {.path = file.path, .names = &names};
	size_t before = check->found.n;
	struct trust_text text = {0};
	struct fault unread;
	char *rest = NULL;
	bool good = false;

	parsed.kind = TEXT_KEY;
	if (try_text(file.path, &text, &unread) == 0) {
		parsed.text = text.text;
		parsed.size = text.size;
		good = check_parse(&check->found, &parsed, &rest);
		if (good || rest != NULL)
			adopt(&file, good ? text.text : rest, &names);
		check->v[i].file = file;
		good = check_roles_of(check, &file);
	}
	if (text.text == NULL || (check->found.n == before && good))
		findings_add(&check->found, ERROR, file.fault_path, fault->line,
		    "%s", fault->text);
	if (text.text == NULL)
		tell_modes(check, file.path);
	free(rest);
	free(text.text);
}

static void
load_key(struct check *check, const char *path, bool asked)
{
	struct suspect *suspect = add_suspect(check, asked);
	struct fault fault;

	if (keyfile_load(&suspect->file, path, NULL, &fault) == -1 && asked)
		check_broken(check, check->n - 1, &fault);
}

/* A copy that is being edited stands for the file of its name. */
static bool
is_loaded(const struct check *check, const char *path)
{
	char *name = keyfile_name(path);
	bool found = false;

	for (size_t i = 0; i < check->n; i++)
		found |= !check->v[i].role &&
		    strcmp(check->v[i].file.key, name) == 0;
	free(name);
	return found;
}

static bool
has_folder(const struct check *check)
{
	struct stat st;

	return stat(check->ctl->dir, &st) == 0 && S_ISDIR(st.st_mode);
}

static void
load_other_key(struct check *check, const char *path, bool asked)
{
	if (!is_loaded(check, path))
		load_key(check, path, asked);
}

/* A role that was read by itself, and that a later key has brought as well,
 * is looked at with that key. */
static void
forget_seen(struct check *check)
{
	for (size_t i = 0; i < check->n; i++) {
		struct suspect *role = &check->v[i];

		for (size_t j = 0; role->role && j < check->n; j++)
			if (check->v[j].asked &&
			    list_has(&check->v[j].file.role_paths,
				role->file.path)) {
				keyfile_free(&role->file);
				*role = (struct suspect) {0};
			}
	}
}

/* The other verbs take the name of a key: so does this one, where no file has
 * that name. */
static void
load_operand(struct check *check, const char *operand)
{
	char *path = show_format("%s/keys/%s.ini", check->ctl->dir, operand);

	if (value_is_name(operand) && access(operand, F_OK) == -1 &&
	    access(path, F_OK) == 0)
		load_key(check, path, true);
	else
		load_key(check, operand, true);
	free(path);
}

void
check_load(struct check *check, int argc, char *argv[])
{
	char *settings = show_format("%s/" SETTINGS_FILE, check->ctl->dir);
	struct fault fault;

	if (settings_load(&check->settings, check->ctl->dir, &fault) == -1 &&
	    has_folder(check))
		load_settings(check, settings);
	for (int i = 0; i < argc; i++) {
		if (is_settings(argv[i]))
			load_settings(check, argv[i]);
		else if (!is_role(argv[i]))
			load_operand(check, argv[i]);
	}
	if (argc == 0 && !has_folder(check))
		findings_add(&check->found, ERROR, check->ctl->dir, 0,
		    "there is no such policy folder");
	load_each(check, "keys/*.ini", argc == 0, load_other_key);
	for (int i = 0; i < argc; i++)
		if (!is_settings(argv[i]) && is_role(argv[i]))
			load_role(check, argv[i], true);
	if (argc == 0)
		load_each(check, ROLES "/*.ini", false, load_role);
	forget_seen(check);
	free(settings);
}
