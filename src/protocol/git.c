/*
 * git's three services: upload-pack (fetch and clone), receive-pack (push)
 * and upload-archive. The client's words choose the service and name one
 * repository; everything else about the run is decided here. The
 * repository's own configuration and hooks are as hostile as the client that
 * may have written them: what they could start is held by the kernel's list
 * of programs, and what would only fail there is switched off here.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "choices.h"
#include "list.h"
#include "operand.h"
#include "path.h"
#include "protocol.h"
#include "settings.h"
#include "why.h"
#include "words.h"

static const struct service {
	const char *name;
	bool stores;
	const char *option; /* ours; NULL: it has none that would help */
} services[] = {
    /* Without --strict it would look for R/.git and R.git once more. */
    {"upload-pack", false, "--strict"},
    {"receive-pack", true, NULL},
    {"upload-archive", false, NULL},
};

/* What overrides the configuration of every repository. */
static const struct held {
	const char *key;
	const char *value;
	bool hooks; /* left to the repository by `hooks = yes` */
} held[] = {
    {"core.hooksPath", "/dev/null", true},
    {"core.fsmonitor", "false", false},
    /* Could be the loader, started with a path that was pushed. */
    {"core.alternateRefsCommand", "/nonexistent/none", false},
    /* A push is over when its session is: nothing stays in the background,
     * beyond every limit and record. */
    {"gc.autoDetach", "false", false},
    {"maintenance.autoDetach", "false", false},
    /* Not by link(2), which the filter denies. */
    {"core.createObject", "rename", false},
};

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static int
no_memory(struct fault *fault)
{
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

/* `git-upload-pack R`, `/usr/bin/git-upload-pack R` and `git upload-pack R`
 * are one request. No client sends an option along. */
static const struct service *
read_words(const struct protocol_call *call, size_t *operand)
{
	const struct list *words = &call->words->text;
	const char *name = words->v[0], *slash = strrchr(name, '/');
	size_t n = 1;

	if (strcmp(name, call->programs[PROGRAM_GIT]) == 0)
		name = "git";
	else if (slash != NULL)
		name = slash + 1;
	if (strcmp(name, "git") == 0 && words->n > 1)
		name = words->v[n++];
	else if (strncmp(name, "git-", strlen("git-")) == 0)
		name += strlen("git-");
	else
		return NULL;
	if (words->n != n + 1 || words->v[n][0] == '-')
		return NULL;
	for (size_t i = 0; i < NELEM(services); i++)
		if (strcmp(name, services[i].name) == 0) {
			*operand = n;
			return &services[i];
		}
	return NULL;
}

/* As git judges it, roughly: git looks again, where only Landlock's
 * directories can be read. */
static bool
is_repository(const char *path)
{
	static const char *const parts[] = {"HEAD", "objects", "refs"};
	struct stat st;
	char *part;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < NELEM(parts); i++) {
		if (asprintf(&part, "%s/%s", path, parts[i]) == -1)
			return false;
		ret = lstat(part, &st);
		free(part);
	}
	return ret == 0;
}

/* As a worktree has one: its objects, hooks and configuration are elsewhere. */
static bool
is_split(const char *path)
{
	struct stat st;
	char *part;
	bool split;

	if (asprintf(&part, "%s/commondir", path) == -1)
		return true;
	split = lstat(part, &st) == 0 || errno != ENOENT;
	free(part);
	return split;
}

/* A push reads what it compares with: both must be granted. */
static int
confine(const struct protocol_call *call, const struct service *service,
    const char *ask, char **path, struct fault *fault)
{
	char *found, *twice;

	if (path_confine(call->areas, call->nareas, ACCESS_READ, ask, &found,
		fault) == -1)
		return -1;
	if (service->stores) {
		if (path_confine(call->areas, call->nareas, ACCESS_WRITE, found,
			&twice, fault) == -1) {
			free(found);
			return -1;
		}
		free(twice);
	}
	*path = found;
	return 0;
}

/* The repository, or NULL and why not. */
static char *
try_path(const struct protocol_call *call, const struct service *service,
    const char *ask, const char *suffix, struct fault *fault)
{
	char *name, *path;
	int ret;

	if (asprintf(&name, "%s%s", ask, suffix) == -1) {
		no_memory(fault);
		return NULL;
	}
	ret = confine(call, service, name, &path, fault);
	free(name);
	if (ret == -1)
		return NULL;
	if (is_repository(path) && !is_split(path))
		return path;
	free(path);
	fault_set(fault, WHY_OUTSIDE, "%s: no git repository", ask);
	return NULL;
}

/* In git's own order. A .git that is a file, as a worktree has one, points
 * elsewhere and is not followed. NULL: why the name as it was sent is none. */
static char *
find_repository(const struct protocol_call *call, const struct service *service,
    const char *ask, struct fault *fault)
{
	static const char *const tries[] = {"/.git", "", ".git/.git", ".git"};
	struct fault plain = {0};
	char *bare, *path = NULL;
	size_t len;

	/* ssh://host/~/R comes as a quoted ~/R, and a shell would not have
	 * expanded it: git does. */
	if (*ask == '~' && operand_home(&ask, fault) == -1)
		return NULL;
	len = strlen(ask);
	while (len > 1 && ask[len - 1] == '/')
		len--;
	bare = strndup(ask, len);
	if (bare == NULL) {
		no_memory(fault);
		return NULL;
	}
	for (size_t i = 0; path == NULL && i < NELEM(tries); i++) {
		path = try_path(call, service, bare, tries[i], fault);
		if (path == NULL && fault->why != WHY_OUTSIDE)
			break;
		if (*tries[i] == '\0')
			plain = *fault;
	}
	free(bare);
	if (path == NULL && fault->why == WHY_OUTSIDE)
		*fault = plain;
	return path;
}

/* Children are started as `git`: with this, they are the same file, and no
 * other of git's programs needs to be executable. */
static int
add_exec_path(struct list *env, const char *program)
{
	const char *slash = strrchr(program, '/');

	return list_addf(env, "GIT_EXEC_PATH=%.*s",
	    slash == program ? 1 : (int)(slash - program), program);
}

/* No version but these goes on: the variable is the client's. */
static int
add_version(struct list *env, char *const *client)
{
	static const char *const versions[] = {"GIT_PROTOCOL=version=0",
	    "GIT_PROTOCOL=version=1", "GIT_PROTOCOL=version=2"};

	for (; client != NULL && *client != NULL; client++)
		for (size_t i = 0; i < NELEM(versions); i++)
			if (strcmp(*client, versions[i]) == 0)
				return list_add(env, versions[i]);
	return 0;
}

static int
add_config(struct list *env, unsigned *n, const char *key, const char *value)
{
	if (list_addf(env, "GIT_CONFIG_KEY_%u=%s", *n, key) == -1 ||
	    list_addf(env, "GIT_CONFIG_VALUE_%u=%s", *n, value) == -1)
		return -1;
	++*n;
	return 0;
}

/* This repository, whoever owns it, and no other; git names a checkout by
 * the folder that its .git is in. */
static int
add_safe(struct list *env, unsigned *n, const char *path)
{
	static const char checkout[] = "/.git";
	size_t len = strlen(path), tail = strlen(checkout);
	char *outer;
	int ret;

	if (add_config(env, n, "safe.directory", path) == -1)
		return -1;
	if (len <= tail || strcmp(path + len - tail, checkout) != 0)
		return 0;
	outer = strndup(path, len - tail);
	if (outer == NULL)
		return -1;
	ret = add_config(env, n, "safe.directory", outer);
	free(outer);
	return ret;
}

static int
add_configs(const struct protocol_call *call, struct list *env,
    const char *path)
{
	unsigned n = 0;

	for (size_t i = 0; i < NELEM(held); i++)
		if (!(call->choices->hooks && held[i].hooks) &&
		    add_config(env, &n, held[i].key, held[i].value) == -1)
			return -1;
	if (add_safe(env, &n, path) == -1)
		return -1;
	return list_addf(env, "GIT_CONFIG_COUNT=%u", n);
}

static int
add_environment(const struct protocol_call *call, struct list *env,
    const char *path)
{
	if (add_exec_path(env, call->programs[PROGRAM_GIT]) == -1 ||
	    list_add(env, "GIT_CONFIG_GLOBAL=/dev/null") == -1 ||
	    add_version(env, call->client_env) == -1 ||
	    add_configs(call, env, path) == -1)
		return -1;
	if (call->choices->hooks)
		return 0;
	/* A repository that lacks objects is not to fetch them from where
	 * its configuration says, by a program that it names. */
	if (list_add(env, "GIT_NO_LAZY_FETCH=1") == -1)
		return -1;
	return list_add(env, "GIT_ALLOW_PROTOCOL=");
}

static int
add_words(const struct protocol_call *call, const struct service *service,
    struct list *argv, const char *path)
{
	if (list_add(argv, call->programs[PROGRAM_GIT]) == -1 ||
	    list_add(argv, service->name) == -1 ||
	    (service->option != NULL && list_add(argv, service->option) == -1))
		return -1;
	return list_add(argv, path);
}

static int
build(const struct protocol_call *call, struct list *argv, struct list *env,
    struct fault *fault)
{
	const struct service *service;
	char *path;
	size_t operand;
	int ret;

	service = read_words(call, &operand);
	if (service == NULL)
		return fault_set(fault, WHY_OPTION,
		    "git is asked for as git-upload-pack, git-receive-pack or "
		    "git-upload-archive, with one repository");
	if (call->words->mark[operand].special & WORD_GLOB)
		return fault_set(fault, WHY_OUTSIDE,
		    "%s: a pattern where a repository is named",
		    call->words->text.v[operand]);
	path =
	    find_repository(call, service, call->words->text.v[operand], fault);
	if (path == NULL)
		return -1;
	ret = add_words(call, service, argv, path);
	if (ret == 0)
		ret = add_environment(call, env, path);
	free(path);
	return ret == -1 ? no_memory(fault) : 0;
}

/* --upload-pack and --receive-pack of a client may name a path. */
static const char *const asked[] = {
    "git-upload-pack",
    "git-receive-pack",
    "git-upload-archive",
    "git",
    "/usr/bin/git",
    "/usr/bin/git-upload-pack",
    "/usr/bin/git-receive-pack",
    "/usr/bin/git-upload-archive",
    "/usr/local/bin/git-upload-pack",
    "/usr/local/bin/git-receive-pack",
    "/usr/local/bin/git-upload-archive",
    "/usr/lib/git-core/git-upload-pack",
    "/usr/lib/git-core/git-receive-pack",
    "/usr/lib/git-core/git-upload-archive",
    NULL,
};

/* It packs in children and threads; it reads no attributes and opens no
 * sockets. */
static const char *const calls[] = {"@io", "@fs-read", "@fs-write", "@fs-meta",
    "@signal", "@fork", "@thread", "@poll", "@ids", "@time", NULL};

/* An unreadable one is fatal to git; a missing one is not. */
static const struct protocol_need needs[] = {
    {"/etc/gitconfig", ACCESS_READ},
    {"/etc/gitattributes", ACCESS_READ},
    {NULL, 0},
};

static unsigned
does(const struct list *argv)
{
	for (size_t i = 0; i < NELEM(services); i++)
		if (strcmp(argv->v[1], services[i].name) == 0 &&
		    !services[i].stores)
			return DOES_FETCH;
	return DOES_FETCH | DOES_STORE;
}

static const char *const variables[] = {"GIT_*", NULL};

const struct protocol protocol_git = {
    .name = "git",
    .asked = asked,
    .program = PROGRAM_GIT,
    .calls = calls,
    .needs = needs,
    .variables = variables,
    .choices = CHOICE_HOOKS,
    .set_id = SET_ID_GROUP, /* what `git init --shared` asks for */
    .needs_read = true,
    .executes = true,
    .does = does,
    .argv = build,
};
