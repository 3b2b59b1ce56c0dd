/* check: everything that is wrong with policies, before any client meets it. */

#include <getopt.h>
#include <stdlib.h>

#include "ctl/check.h"
#include "ctl/verb.h"

static void
judge(struct check *check)
{
	for (size_t i = 0; i < check->n; i++) {
		const struct suspect *suspect = &check->v[i];

		if (!suspect->asked || !suspect->file.loaded)
			continue;
		if (!suspect->role)
			check_key(check, &suspect->file);
		check_sandboxes(check, &suspect->file);
		check_rules(check, &suspect->file);
		check_words(check, &suspect->file);
		check_order(check, &suspect->file);
		check_watching(check, &suspect->file);
	}
	check_public_keys(check);
	check_trees(check);
}

void
check_forget(struct check *check)
{
	for (size_t i = 0; i < check->n; i++)
		keyfile_free(&check->v[i].file);
	free(check->v);
	list_free(&check->broken);
	settings_free(&check->settings);
}

void
check_all(const struct ctl *ctl, const char *dir, struct findings *found)
{
	const struct ctl there = {.dir = dir};
	struct check check = {.ctl = &there};

	check_load(&check, 0, NULL);
	check.ctl = ctl;
	judge(&check);
	*found = check.found;
	check_forget(&check);
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
	check_load(&check, argc - optind, argv + optind);
	judge(&check);
	findings_print(&check.found, json);
	status = findings_status(&check.found);
	check_forget(&check);
	findings_free(&check.found);
	return status;
}
