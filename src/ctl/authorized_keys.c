/*
 * authorized-keys: what sshd asks by AuthorizedKeysCommand. The policies are
 * the only place for keys, and a key of which it is doubtful whose it is
 * belongs to nobody.
 */

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "ctl/forced_line.h"
#include "ctl/keyfile.h"
#include "ctl/public_key.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "reader.h"
#include "settings.h"
#include "trust.h"
#include "value.h"
#include "why.h"

#define SUFFIX ".ini"
#define KEY_FILE "public-key-file"

/* A key that may be used, and the policy that says so. */
struct offer {
	char *encoded;
	char *line;
	char *path; /* of the policy */
};

struct search {
	const struct ctl *ctl;
	const char *account;
	const char *type; /* NULL: all keys */
	const char *encoded;
	struct forced forced;
	struct offer *v;
	size_t n;
	struct list broken; /* the texts of policies that do not load */
	struct list broken_paths;
	size_t unread; /* policies that cannot be read */
	bool syslog;
};

/* sshd throws away what its command says on standard error. */
static void
complain(const struct search *search, const char *text)
{
	char *safe = show_plain(text, strlen(text));

	fprintf(stderr, "gatekeeperctl: %s\n", safe);
	if (search->syslog && !isatty(STDERR_FILENO))
		syslog(LOG_ERR, "authorized-keys: %s", safe);
	free(safe);
}

/* Without a line, the text says what it is about. */
static void
complain_at(const struct search *search, const char *path, unsigned line,
    const char *text)
{
	char *whole = show_format("%s:%u: %s", path, line, text);

	complain(search, line != 0 ? whole : text);
	free(whole);
}

/* Once, however many they are: anybody who knocks could have it said. */
static void
complain_unread(struct search *search, const char *text)
{
	if (search->unread++ == 0)
		complain(search, text);
}

static void
complain_count(const struct search *search)
{
	char *text;

	if (search->unread < 2)
		return;
	text = show_format("%zu policies cannot be read, and their keys are "
			   "refused: gatekeeperctl check",
	    search->unread);
	complain(search, text);
	free(text);
}

/* --- one policy ----------------------------------------------------------- */

/* What a policy says, and what is in the file of public keys that it names:
 * whatever key is its own stands in there. New; NULL: it cannot be read. */
static char *
whole_text(const char *path, struct fault *fault)
{
	struct trust_text text = {0}, more = {0};
	struct keyfile file = {.path = show_need(strdup(path))};
	const struct entry *entry;
	struct fault ignored;
	char *beside, *whole;

	if (trust_read(path, READER_FILE_MAX, &text, fault) == -1) {
		keyfile_free(&file);
		return NULL;
	}
	if (strstr(text.text, KEY_FILE) != NULL)
		source_read(&file.source, text.text, text.size, NULL, NULL);
	entry = source_find(&file.source, NULL, KEY_FILE);
	if (entry != NULL && value_is_name(entry->value)) {
		beside = keyfile_beside(&file, entry->value);
		trust_read(beside, READER_FILE_MAX, &more, &ignored);
		free(beside);
	}
	whole = show_format("%s\n%s", text.text,
	    more.text != NULL ? more.text : "");
	free(text.text);
	free(more.text);
	keyfile_free(&file);
	return whole;
}

static bool
is_wanted(const struct search *search, const struct authorized *key)
{
	return search->type == NULL ||
	    (strcmp(search->type, key->type) == 0 &&
		strcmp(search->encoded, key->encoded) == 0);
}

static void
offer(struct search *search, const struct keyfile *file,
    const struct authorized *key)
{
	for (size_t i = 0; i < search->n; i++)
		if (strcmp(search->v[i].encoded, key->encoded) == 0 &&
		    strcmp(search->v[i].path, file->path) == 0)
			return;
	search->v = show_need(
	    reallocarray(search->v, search->n + 1, sizeof(*search->v)));
	search->v[search->n++] = (struct offer) {
	    .encoded = show_need(strdup(key->encoded)),
	    .line = forced_line(&search->forced, file, key),
	    .path = show_need(strdup(file->path)),
	};
}

static void
take_keys(struct search *search, const struct keyfile *file)
{
	struct public_keys keys = {0};
	struct fault fault;

	if (public_keys_of(&keys, file, &fault) == -1)
		complain_at(search, file->path,
		    source_line(&file->source, NULL, KEY_FILE), fault.text);
	for (size_t i = 0; i < keys.n; i++) {
		const struct public_key *key = &keys.v[i];

		if (key->problem != NULL)
			complain_at(search, key->file, key->line, key->problem);
		else if (is_wanted(search, &key->key))
			offer(search, file, &key->key);
	}
	public_keys_free(&keys);
}

static void
take_policy(struct search *search, const char *name)
{
	char *path = show_format("%s/keys/%s" SUFFIX, search->ctl->dir, name);
	struct keyfile file = {0};
	struct fault fault;
	char *text = whole_text(path, &fault);

	if (text == NULL) {
		complain_unread(search, fault.text);
	} else if (search->type != NULL &&
	    strstr(text, search->encoded) == NULL) {
		/* What it says of other keys is not asked, nor worth the time. */
	} else if (keyfile_load_key(&file, search->ctl->dir, name,
		       search->account, &fault) == -1) {
		complain_at(search, file.fault_path, fault.line, fault.text);
		show_add(&search->broken, text);
		show_add(&search->broken_paths, show_need(strdup(path)));
		text = NULL;
	} else if (list_has(&file.policy.accounts, search->account)) {
		take_keys(search, &file);
	}
	keyfile_free(&file);
	free(text);
	free(path);
}

/* --- all of them ---------------------------------------------------------- */

static int
is_policy(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	char *name;
	bool is;

	if (len <= strlen(SUFFIX) ||
	    strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) != 0)
		return 0;
	name = keyfile_name(entry->d_name);
	is = value_is_name(name);
	free(name);
	return is;
}

static int
take_policies(struct search *search)
{
	char *folder = show_format("%s/keys", search->ctl->dir), *name;
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_policy, alphasort);

	if (n == -1) {
		name = show_format("%s: %s", folder, strerror(errno));
		complain(search, name);
		free(name);
	}
	for (int i = 0; i < n; i++) {
		name = keyfile_name(entries[i]->d_name);
		take_policy(search, name);
		free(name);
		free(entries[i]);
	}
	free(entries);
	free(folder);
	return n == -1 ? CTL_TROUBLE : CTL_OK;
}

/* Where else the key stands; NULL: nowhere. */
static const char *
find_other(const struct search *search, const struct offer *offer)
{
	for (size_t i = 0; i < search->n; i++)
		if (strcmp(search->v[i].encoded, offer->encoded) == 0 &&
		    strcmp(search->v[i].path, offer->path) != 0)
			return search->v[i].path;
	for (size_t i = 0; i < search->broken.n; i++)
		if (strstr(search->broken.v[i], offer->encoded) != NULL)
			return search->broken_paths.v[i];
	return NULL;
}

static void
print(const struct search *search)
{
	for (size_t i = 0; i < search->n; i++) {
		const struct offer *offer = &search->v[i];
		const char *other = find_other(search, offer);
		char *text;

		if (other == NULL) {
			puts(offer->line);
			continue;
		}
		text = show_format("%s: its public key stands in %s too, and "
				   "is refused: remove it from one of them",
		    offer->path, other);
		complain(search, text);
		free(text);
	}
}

static void
forget(struct search *search)
{
	for (size_t i = 0; i < search->n; i++) {
		free(search->v[i].encoded);
		free(search->v[i].line);
		free(search->v[i].path);
	}
	free(search->v);
	list_free(&search->broken);
	list_free(&search->broken_paths);
}

static void
open_log(struct search *search)
{
	struct settings settings;
	struct fault fault;

	if (settings_load(&settings, search->ctl->dir, &fault) == -1)
		search->syslog = true;
	else
		search->syslog = settings.syslog;
	settings_free(&settings);
	openlog("gatekeeperctl", LOG_PID, LOG_AUTHPRIV);
}

int
authorized_keys_verb(const struct ctl *ctl, int argc, char *argv[])
{
	static const struct option options[] = {
	    {"program", required_argument, NULL, 'p'},
	    {NULL, 0, NULL, 0},
	};
	struct search search = {.ctl = ctl};
	const char *program = NULL;
	struct fault fault;
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'p')
			return CTL_USAGE;
		program = optarg;
	}
	if (argc - optind != 1 && argc - optind != 3)
		return CTL_USAGE;
	search.account = argv[optind];
	if (argc - optind == 3) {
		search.type = argv[optind + 1];
		search.encoded = argv[optind + 2];
	}
	open_log(&search);
	if (forced_init(&search.forced, ctl, program, &fault) == -1) {
		complain(&search, fault.text);
		return CTL_WRONG;
	}
	status = take_policies(&search);
	complain_count(&search);
	print(&search);
	forget(&search);
	return status;
}
