/* check: everything that is wrong with policies, before any client meets it. */

#include <sys/stat.h>

#include <getopt.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/check.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "reader.h"
#include "trust.h"
#include "why.h"

#define SETTINGS_FILE "gatekeeper.ini"

/* The fault of a file as a finding; the place is ours, since a fault cuts
 * long names. */
static void
add_fault(struct check *check, const char *path, const struct fault *fault)
{
	findings_add(&check->found, ERROR, path, fault->line, "%s",
	    fault->text);
}

static bool
is_settings(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash != NULL ? slash + 1 : path, SETTINGS_FILE) == 0;
}

/* A gatekeeper.ini that was named takes the place of the folder's. */
static void
load_settings(struct check *check, const char *path)
{
	char *absolute = keyfile_absolute(path);
	struct trust_text text = {0};
	struct settings settings;
	struct fault fault;

	if (trust_read(absolute, READER_FILE_MAX, &text, &fault) == -1) {
		add_fault(check, path, &fault);
	} else if (settings_parse(&settings, text.text, text.size, &fault) ==
	    -1) {
		add_fault(check, path, &fault);
		settings_free(&settings);
	} else {
		settings_free(&check->settings);
		check->settings = settings;
	}
	free(text.text);
	free(absolute);
}

static void
load_key(struct check *check, const char *path, bool asked)
{
	struct suspect *suspect;
	struct fault fault;

	check->v =
	    show_need(reallocarray(check->v, check->n + 1, sizeof(*check->v)));
	suspect = &check->v[check->n++];
	suspect->asked = asked;
	if (keyfile_load(&suspect->file, path, NULL, &fault) == -1 && asked)
		add_fault(check, suspect->file.fault_path, &fault);
}

/* A copy that is being edited stands for the file of its name. */
static bool
is_loaded(const struct check *check, const char *path)
{
	char *name = keyfile_name(path);
	bool found = false;

	for (size_t i = 0; i < check->n; i++)
		found |= strcmp(check->v[i].file.key, name) == 0;
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
load_folder(struct check *check, bool asked)
{
	char *pattern = show_format("%s/keys/*.ini", check->ctl->dir);
	glob_t found;

	if (asked && !has_folder(check))
		findings_add(&check->found, ERROR, check->ctl->dir, 0,
		    "there is no such policy folder");
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (!is_loaded(check, found.gl_pathv[i]))
				load_key(check, found.gl_pathv[i], asked);
		globfree(&found);
	}
	free(pattern);
}

static void
load_all(struct check *check, int argc, char *argv[])
{
	char *settings = show_format("%s/" SETTINGS_FILE, check->ctl->dir);
	struct fault fault;

	if (settings_load(&check->settings, check->ctl->dir, &fault) == -1 &&
	    has_folder(check))
		add_fault(check, settings, &fault);
	for (int i = 0; i < argc; i++) {
		if (is_settings(argv[i]))
			load_settings(check, argv[i]);
		else
			load_key(check, argv[i], true);
	}
	load_folder(check, argc == 0);
	free(settings);
}

static void
judge(struct check *check)
{
	for (size_t i = 0; i < check->n; i++) {
		const struct suspect *suspect = &check->v[i];

		if (!suspect->asked || !suspect->file.loaded)
			continue;
		check_key(check, &suspect->file);
		check_rules(check, &suspect->file);
		check_words(check, &suspect->file);
		check_order(check, &suspect->file);
	}
	check_trees(check);
}

int
check_verb(const struct ctl *ctl, int argc, char *argv[])
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	struct check check = {.ctl = ctl};
	bool json = false;
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return CTL_USAGE;
		json = true;
	}
	load_all(&check, argc - optind, argv + optind);
	judge(&check);
	findings_print(&check.found, json);
	status = findings_status(&check.found);
	for (size_t i = 0; i < check.n; i++)
		keyfile_free(&check.v[i].file);
	free(check.v);
	settings_free(&check.settings);
	findings_free(&check.found);
	return status;
}
