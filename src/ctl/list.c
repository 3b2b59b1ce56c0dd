/* list: what a key may do, in sentences. One rule, one bullet. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ctl/keyfile.h"
#include "ctl/public_key.h"
#include "ctl/sentence.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "policy.h"
#include "value.h"
#include "why.h"

/* Why a key may do nothing at all, or NULL. */
static const char *
find_obstacle(const struct keyfile *file)
{
	const struct policy *policy = &file->policy;
	time_t now = time(NULL);

	if (sentence_is_off(&file->source, NULL))
		return "the key is switched off";
	if (policy->not_after != 0 && policy->not_after <= now)
		return "the key has expired";
	if (policy->nrules == 0 && policy->observe_until <= now)
		return "there is no rule";
	return NULL;
}

/* By which name records call it. */
static void
say_public_keys(const struct keyfile *file)
{
	struct public_keys keys = {0};
	struct fault fault;
	char *print;

	if (public_keys_of(&keys, file, &fault) == -1)
		show(stderr, "gatekeeperctl: %s\n", fault.text);
	for (size_t i = 0; i < keys.n; i++) {
		if (keys.v[i].problem != NULL)
			continue;
		print = authorized_fingerprint(&keys.v[i].key);
		show(stdout, "- is for %s%s%s\n", print,
		    keys.v[i].key.comment[0] != '\0' ? " " : "",
		    keys.v[i].key.comment);
		free(print);
	}
	public_keys_free(&keys);
}

static void
say_key(const struct keyfile *file)
{
	const struct policy *policy = &file->policy;
	const char *obstacle = find_obstacle(file);

	show(stdout, "%s%s%s\n", file->key,
	    policy->description != NULL ? ": " : "",
	    policy->description != NULL ? policy->description : "");
	say_public_keys(file);
	if (obstacle != NULL) {
		printf("- may do nothing: %s\n", obstacle);
		return;
	}
	for (size_t i = 0; i < policy->nrules; i++)
		sentence_rule(file, &policy->rules[i]);
	if (policy->observe_until > time(NULL))
		show(stdout, "- may do all that its account may, until %s\n",
		    source_find(&file->source, NULL, "observe-until")->value);
}

static int
list_key(const struct ctl *ctl, const char *key)
{
	struct keyfile file;
	struct fault fault;
	int status = CTL_OK;

	if (keyfile_load_key(&file, ctl->dir, key, NULL, &fault) == 0) {
		say_key(&file);
	} else {
		if (fault.line != 0)
			show(stderr, "%s:%u: %s\n", file.fault_path, fault.line,
			    fault.text);
		else
			show(stderr, "%s: %s\n", file.fault_path, fault.text);
		status = CTL_WRONG;
	}
	keyfile_free(&file);
	return status;
}

int
list_verb(const struct ctl *ctl, int argc, char *argv[])
{
	int status = CTL_OK;

	if (getopt(argc, argv, "") != -1 || optind == argc)
		return CTL_USAGE;
	for (int i = optind; i < argc; i++) {
		if (!value_is_name(argv[i])) {
			show(stderr,
			    "gatekeeperctl: %s: not the name of a key\n",
			    argv[i]);
			return CTL_USAGE;
		}
		if (i > optind)
			putchar('\n');
		if (list_key(ctl, argv[i]) != CTL_OK)
			status = CTL_WRONG;
	}
	return status;
}
