/* One policy, loaded as the forced command loads it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/keyfile.h"
#include "ctl/show.h"
#include "expand.h"
#include "reader.h"
#include "trust.h"
#include "value.h"
#include "why.h"
#include "words.h"

#define SUFFIX ".ini"
#define KEYS "/keys"
#define ROLES "roles/"

char *
keyfile_absolute(const char *path)
{
	char *here, *absolute;

	if (path[0] == '/')
		return show_need(strdup(path));
	here = show_need(getcwd(NULL, 0));
	absolute = show_format("%s/%s", here, path);
	free(here);
	return absolute;
}

/* The length of a name without .ini; 0: it does not end so. */
static size_t
stem(const char *name)
{
	size_t len = strlen(name);

	if (len <= strlen(SUFFIX) ||
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0)
		return 0;
	return len - strlen(SUFFIX);
}

char *
keyfile_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = show_need(strdup(slash != NULL ? slash + 1 : path));

	if (stem(name) > 0)
		name[stem(name)] = '\0';
	return name;
}

/* The absolute path of the folder of a file; new. */
static char *
folder_of(const char *path)
{
	char *absolute = keyfile_absolute(path);

	*strrchr(absolute, '/') = '\0';
	return absolute;
}

char *
keyfile_beside(const struct keyfile *file, const char *name)
{
	char *folder = folder_of(file->path);
	char *path = show_format("%s/%s", folder, name);

	free(folder);
	return path;
}

/* The folder DIR of DIR/keys/KEY.ini, or NULL; new. */
static char *
policy_folder(const struct keyfile *file)
{
	char *folder = folder_of(file->path);
	size_t len = strlen(folder);

	if (len > strlen(KEYS) &&
	    strcmp(folder + len - strlen(KEYS), KEYS) == 0 &&
	    stem(file->path) > 0 && value_is_name(file->key)) {
		folder[len - strlen(KEYS)] = '\0';
		return folder;
	}
	free(folder);
	return NULL;
}

static char *
first_account(const char *text, size_t size)
{
	struct source source = {0};
	const struct entry *entry;
	struct list words = {0};
	struct fault fault;
	char *name = NULL;

	source_read(&source, text, size, NULL, NULL);
	entry = source_find(&source, NULL, "account");
	if (entry != NULL)
		words_list(&words, entry->value, &fault);
	if (words.n > 0)
		name = show_need(strdup(words.v[0]));
	list_free(&words);
	source_free(&source);
	return name;
}

static void
read_roles(struct keyfile *file, const struct names *names)
{
	const struct policy *policy = &file->policy;

	for (size_t i = 0; i < policy->role_files.n; i++) {
		struct trust_text text = {0};
		struct fault fault;
		char *path =
		    show_format("%s/%s", file->dir, policy->role_files.v[i]);

		if (trust_read(path, READER_FILE_MAX, &text, &fault) == 0)
			source_read(&file->source, text.text, text.size,
			    policy->roles.v[i], names);
		free(text.text);
		show_add(&file->role_paths, path);
	}
}

static int
parse(struct keyfile *file, const struct trust_text *text,
    const struct names *names, struct fault *fault)
{
	if (file->dir != NULL)
		return policy_load(&file->policy, file->dir, names, fault);
	return policy_parse(&file->policy, file->path, text->text, text->size,
	    text->mtime, names, fault);
}

static void
set_fault_path(struct keyfile *file, const struct fault *fault)
{
	if (file->dir != NULL &&
	    strncmp(fault->file, ROLES, strlen(ROLES)) == 0)
		file->fault_path = show_format("%s/%s", file->dir, fault->file);
	else
		file->fault_path = show_need(strdup(file->path));
}

int
keyfile_load(struct keyfile *file, const char *path, const char *account,
    struct fault *fault)
{
	struct trust_text text = {0};
	struct names names;
	char *absolute = keyfile_absolute(path);

	*file = (struct keyfile) {
	    .path = show_need(strdup(path)),
	    .key = keyfile_name(path),
	};
	file->dir = policy_folder(file);
	*fault = (struct fault) {0};
	if (trust_read(absolute, READER_FILE_MAX, &text, fault) == -1) {
		fault->why = errno == ENOENT ? WHY_UNKNOWN_KEY : WHY_POLICY;
		goto out;
	}
	file->account = account != NULL ? show_need(strdup(account)) :
					  first_account(text.text, text.size);
	names = (struct names) {file->key, file->account};
	if (parse(file, &text, &names, fault) == -1)
		goto out;
	source_read(&file->source, text.text, text.size, NULL, &names);
	if (file->dir != NULL)
		read_roles(file, &names);
	file->loaded = true;
out:
	set_fault_path(file, fault);
	free(text.text);
	free(absolute);
	return file->loaded ? 0 : -1;
}

int
keyfile_load_key(struct keyfile *file, const char *dir, const char *key,
    const char *account, struct fault *fault)
{
	char *path = show_format("%s/keys/%s.ini", dir, key);
	int ret = keyfile_load(file, path, account, fault);

	free(path);
	return ret;
}

const char *
keyfile_of_rule(const struct keyfile *file, const struct rule *rule)
{
	const struct list *roles = &file->policy.role_files;

	for (size_t i = 0; i < roles->n && i < file->role_paths.n; i++)
		if (rule->file == roles->v[i])
			return file->role_paths.v[i];
	return file->path;
}

void
keyfile_free(struct keyfile *file)
{
	policy_free(&file->policy);
	source_free(&file->source);
	list_free(&file->role_paths);
	free(file->path);
	free(file->key);
	free(file->dir);
	free(file->account);
	free(file->fault_path);
	*file = (struct keyfile) {0};
}
