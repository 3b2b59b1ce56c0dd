/* The environment starts empty; what may join it is said here. */

#include <fnmatch.h>
#include <string.h>

#include "environment.h"
#include "list.h"
#include "policy.h"
#include "request.h"

#define VALUE_MAX 4096

/*
 * Never the client's to set: each makes a loader, a shell or an interpreter
 * run or load something, or is one of the fixed values. Those of the first
 * table are nobody's to set, the policy included.
 */
static const char *const hooks[] = {"LD_*", "GLIBC_TUNABLES", "GCONV_PATH",
    "LOCPATH", "NLSPATH", "MALLOC_*", "BASH_*", "ENV", "SHELLOPTS", "BASHOPTS",
    "PS4", "PROMPT_COMMAND", "IFS", "CDPATH", "FPATH", "ZDOTDIR", "PYTHON*",
    "PERL*", "RUBY*", "GEM_*", "LUA_*", "NODE_*", "JAVA*", "_JAVA_OPTIONS",
    "JDK_*", "CLASSPATH", "SSH_AUTH_SOCK", "SSH_ASKPASS*",
    "SSH_ORIGINAL_COMMAND", "SSH2_ORIGINAL_COMMAND", "PHPRC", "PHP_*",
    "R_PROFILE*", "TCL*", "GUILE_*", "ERL_*", "DOTNET_*", "COREHOST_*",
    "AWKPATH", "AWKLIBPATH", "KSH_*", "npm_config_*", "BUNDLE_*", "OCAML*",
    "GTK_*", "GIO_*", "QT_*", "XLOCALEDIR"};
static const char *const ours[] = {"PATH", "HOME", "USER", "LOGNAME", "SHELL",
    "TMPDIR", "TZ", "TZDIR", "TERMINFO*", "TERMCAP", "HOSTALIASES",
    "LOCALDOMAIN", "RES_OPTIONS", "GIT_*", "RSYNC_*", "BORG_*", "TAR_OPTIONS",
    "GREP_OPTIONS", "EDITOR", "VISUAL", "PAGER", "LESS*", "MANPAGER", "BROWSER",
    "OPENSSL_*", "SSL_*", "KRB5*", "XDG_*", "DBUS_*", "NOTIFY_SOCKET",
    "CVS_RSH", "SVN_*", "HG*", "SYSTEMD_*", "PSQL*", "RESTIC_*", "RCLONE_*",
    "MAKE*", "MFLAGS", "SUDO_*", "KUBECONFIG", "CURL_*", "WGETRC", "APT_CONFIG",
    "RUST*", "CARGO*", "CORECLR_*", "ODBC*", "SSLKEYLOGFILE", "GLOBIGNORE",
    "UNZIP*", "ZIP*", "GZIP", "XZ_*", "BZIP*", "ZSTD_*", "CC", "CXX"};

/* A slash here would name files of the client's choice as a locale. */
static const char *const flat[] = {"LC_*", "LANG", "LANGUAGE", "TERM"};

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static bool
in_table(const char *const *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (fnmatch(table[i], name, 0) == 0)
			return true;
	return false;
}

/* Whether NAME* could be a name of the table: L* holds LD_PRELOAD. */
static bool
reaches(const char *const *table, size_t n, const char *name)
{
	size_t len = strlen(name) - 1;

	for (size_t i = 0; i < n; i++) {
		size_t hook = strcspn(table[i], "*");

		if (strncmp(name, table[i], len < hook ? len : hook) == 0)
			return true;
	}
	return false;
}

bool
environment_may_set(const char *name)
{
	return !in_table(hooks, NELEM(hooks), name);
}

bool
environment_may_pass(const char *name)
{
	if (name[strlen(name) - 1] == '*' &&
	    (reaches(hooks, NELEM(hooks), name) ||
		reaches(ours, NELEM(ours), name)))
		return false;
	return environment_may_set(name) && !in_table(ours, NELEM(ours), name);
}

static bool
is_harmless(const char *name, const char *value)
{
	if (strlen(value) > VALUE_MAX)
		return false;
	for (const char *p = value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			return false;
	return !in_table(flat, sizeof(flat) / sizeof(flat[0]), name) ||
	    strchr(value, '/') == NULL;
}

/* Whether the list has NAME already: the first wins, and ours came first. */
static bool
has(const struct list *env, const char *name, size_t len)
{
	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=')
			return true;
	return false;
}

static bool
is_passed(const struct rule *rule, const char *entry)
{
	char name[256];
	size_t len = strcspn(entry, "=");

	if (len == 0 || len >= sizeof(name) || entry[len] != '=')
		return false;
	memcpy(name, entry, len);
	name[len] = '\0';
	if (name[strspn(name, ENVIRONMENT_NAME_CHARS)] != '\0')
		return false;
	for (size_t i = 0; i < rule->pass_env.n; i++)
		if (fnmatch(rule->pass_env.v[i], name, 0) == 0)
			return environment_may_pass(name) &&
			    is_harmless(name, entry + len + 1);
	return false;
}

static int
add_fixed(struct list *env, const struct request *req)
{
	static const char *const fixed[] = {"PATH=/usr/local/bin:/usr/bin:/bin",
	    "HOME=/nonexistent", "SHELL=/bin/sh", "LANG=C.UTF-8"};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (!has(env, fixed[i], strcspn(fixed[i], "=")) &&
		    list_add(env, fixed[i]) == -1)
			return -1;
	if (req->account == NULL)
		return 0;
	if (!has(env, "USER", 4) &&
	    list_addf(env, "USER=%s", req->account) == -1)
		return -1;
	if (!has(env, "LOGNAME", 7) &&
	    list_addf(env, "LOGNAME=%s", req->account) == -1)
		return -1;
	return 0;
}

int
environment_build(struct list *env, const struct rule *rule,
    const struct request *req)
{
	for (size_t i = 0; i < rule->env.n; i++)
		if (!has(env, rule->env.v[i], strcspn(rule->env.v[i], "=")) &&
		    list_add(env, rule->env.v[i]) == -1)
			return -1;
	/* LANG is fixed unless the rule lets the client's through. */
	for (char *const *e = req->client_env; *e != NULL; e++)
		if (is_passed(rule, *e) && !has(env, *e, strcspn(*e, "=")) &&
		    list_add(env, *e) == -1)
			return -1;
	return add_fixed(env, req);
}
