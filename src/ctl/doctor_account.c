/* doctor: the account that keys log in to, and what runs before gatekeeper
 * because of it. */

#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "ctl/show.h"
#include "policy.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define PASSWD "/etc/passwd"

enum verdict { FINE, READS, RUNS_NOTHING };

/* Login shells by their name. `file` is read before a forced command. */
static const struct shell {
	const char *name;
	enum verdict verdict;
	const char *file;
} shells[] = {
    {"gatekeeper", FINE, NULL},
    {"sh", FINE, NULL},
    {"dash", FINE, NULL},
    {"ash", FINE, NULL},
    {"mksh", FINE, NULL},
    {"ksh", FINE, NULL},
    {"ksh93", FINE, NULL},
    {"bash", READS, ".bashrc"},
    {"rbash", READS, ".bashrc"},
    {"zsh", READS, ".zshenv"},
    {"csh", READS, ".cshrc"},
    {"tcsh", READS, ".tcshrc"},
    {"fish", READS, ".config/fish/config.fish"},
    {"nologin", RUNS_NOTHING, NULL},
    {"false", RUNS_NOTHING, NULL},
    {"true", RUNS_NOTHING, NULL},
    {"sync", RUNS_NOTHING, NULL},
};

/* What sshd itself reads or runs, whatever the shell. */
static const char *const sshd_files[] = {".ssh/rc", ".ssh/environment"};

static void __attribute__((format(printf, 3, 4)))
tell(struct doctor *doctor, enum severity severity, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	findings_add(&doctor->found, severity, PASSWD, 0, "%s",
	    (char *)show_need(text));
	free(text);
}

/* --- the shell ------------------------------------------------------------ */

static const struct shell *
find_shell(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	for (size_t i = 0; i < NELEM(shells); i++)
		if (strcmp(shells[i].name, name) == 0)
			return &shells[i];
	return NULL;
}

/* Whether the account, and so a program that runs as it, can write or make
 * the file: by its own or by a folder of its own. */
static bool
can_write(const struct account *account, const char *path)
{
	char *part = show_need(strdup(path)), *slash;
	bool can = false;

	if (account_enter(account) == -1) {
		free(part);
		return true;
	}
	while (!can) {
		can = eaccess(part, W_OK) == 0;
		slash = strrchr(part, '/');
		if (slash == part || strcmp(part, account->home) == 0)
			break;
		*slash = '\0';
	}
	account_leave();
	free(part);
	return can;
}

static void
find_start_file(struct doctor *doctor, const struct account *account,
    const struct shell *shell)
{
	char *path = show_format("%s/%s", account->home, shell->file);

	if (account->uid != 0 && can_write(account, path))
		tell(doctor, WARNING,
		    "%s: %s reads %s before gatekeeper starts, and %s can "
		    "write it: usermod -s /bin/sh %s",
		    account->name, account->shell, path, account->name,
		    account->name);
	else
		tell(doctor, ADVICE,
		    "%s: %s reads %s before gatekeeper starts: usermod -s "
		    "/bin/sh %s",
		    account->name, account->shell, path, account->name);
	free(path);
}

static void
find_shells(struct doctor *doctor, const struct account *account)
{
	const struct shell *shell = find_shell(account->shell);

	if (account->shell[0] == '\0')
		return; /* which is /bin/sh */
	if (shell == NULL)
		tell(doctor, ADVICE,
		    "%s: nobody here knows what the shell %s does before "
		    "gatekeeper starts: usermod -s /bin/sh %s",
		    account->name, account->shell, account->name);
	else if (shell->verdict == RUNS_NOTHING)
		tell(doctor, ERROR,
		    "%s: the shell %s runs no forced command: usermod -s "
		    "/bin/sh %s",
		    account->name, account->shell, account->name);
	else if (shell->verdict == READS)
		find_start_file(doctor, account, shell);
	if (access(account->shell, X_OK) == -1)
		tell(doctor, ERROR,
		    "%s: the shell %s: %s: usermod -s /bin/sh %s",
		    account->name, account->shell, strerror(errno),
		    account->name);
}

static void
find_sshd_files(struct doctor *doctor, const struct account *account)
{
	for (size_t i = 0; i < NELEM(sshd_files); i++) {
		char *path = show_format("%s/%s", account->home, sshd_files[i]);

		if (access(path, F_OK) == 0)
			findings_add(&doctor->found, WARNING, path, 0,
			    "sshd can be told to use it before gatekeeper "
			    "starts: rm %s",
			    path);
		free(path);
	}
}

/* --- the password --------------------------------------------------------- */

static bool
is_hash(const char *password)
{
	return password[0] != '\0' && strchr("!*x", password[0]) == NULL;
}

static void
find_password(struct doctor *doctor, const struct patient *patient,
    const char *password)
{
	const char *name = patient->account.name;
	const struct sshd *sshd = &patient->sshd;
	const bool pam = sshd_is(sshd, "usepam", "yes");

	if (!pam && password[0] == '!')
		tell(doctor, ERROR,
		    "%s: the password is locked with `!`, and sshd without "
		    "PAM lets no key of such an account in: usermod -p '*' %s",
		    name, name);
	if (is_hash(password) &&
	    (sshd_is(sshd, "passwordauthentication", "yes") ||
		(pam && sshd_is(sshd, "kbdinteractiveauthentication", "yes"))))
		tell(doctor, WARNING,
		    "%s has a password, with which clients log in past "
		    "gatekeeper: usermod -p '*' %s",
		    name, name);
	if (password[0] == '\0')
		tell(doctor, ERROR,
		    "%s has an empty password: usermod -p '*' %s", name, name);
}

static void
find_expiry(struct doctor *doctor, const struct account *account,
    const struct spwd *entry)
{
	const long day = (long)(time(NULL) / (24L * 60 * 60));

	if (entry->sp_expire > 0 && entry->sp_expire <= day)
		tell(doctor, ERROR,
		    "%s has expired, and sshd lets nobody in: chage -E -1 %s",
		    account->name, account->name);
}

/* By the file, as with all accounts here; not through NSS. */
static void
find_shadow(struct doctor *doctor, const struct patient *patient)
{
	FILE *f = patient->sshd.known ? fopen("/etc/shadow", "re") : NULL;
	struct spwd *entry;

	if (f == NULL)
		return;
	while ((entry = fgetspent(f)) != NULL)
		if (strcmp(entry->sp_namp, patient->account.name) == 0)
			break;
	if (entry != NULL) {
		find_password(doctor, patient, entry->sp_pwdp);
		find_expiry(doctor, &patient->account, entry);
	}
	fclose(f);
}

/* --- what it owns --------------------------------------------------------- */

/* Another account whose own group it is, or one of the group's members; new,
 * or NULL. */
static char *
sharer_of(const struct account *account)
{
	FILE *passwd = fopen(PASSWD, "re"), *group = fopen("/etc/group", "re");
	struct passwd *pw = NULL;
	struct group *gr = NULL;
	char *name = NULL;

	while (
	    name == NULL && passwd != NULL && (pw = fgetpwent(passwd)) != NULL)
		if (pw->pw_gid == account->gid && pw->pw_uid != account->uid)
			name = show_need(strdup(pw->pw_name));
	while (name == NULL && group != NULL && (gr = fgetgrent(group)) != NULL)
		for (char **member = gr->gr_mem;
		     gr->gr_gid == account->gid && *member != NULL; member++)
			if (name == NULL && strcmp(*member, account->name) != 0)
				name = show_need(strdup(*member));
	if (passwd != NULL)
		fclose(passwd);
	if (group != NULL)
		fclose(group);
	return name;
}

static void
find_group(struct doctor *doctor, const struct account *account)
{
	char *sharer = sharer_of(account);

	if (sharer != NULL && account->uid != 0)
		tell(doctor, WARNING,
		    "%s shares its group with %s, which can write its "
		    "records: groupadd -r %s-ssh && usermod -g %s-ssh %s",
		    account->name, sharer, account->name, account->name,
		    account->name);
	free(sharer);
}

/* no_new_privs takes the bit away: the program runs, as the account. */
static void
find_set_id(struct doctor *doctor, const struct keyfile *file)
{
	for (size_t i = 0; i < file->policy.nrules; i++) {
		const struct rule *rule = &file->policy.rules[i];
		struct started_list list;
		struct stat st;

		if (rule->confine.unconfined)
			continue;
		check_started(&doctor->policies, rule, &list);
		for (size_t j = 0; j < list.n; j++)
			if (stat(list.v[j].path, &st) == 0 &&
			    (st.st_mode & (S_ISUID | S_ISGID)) &&
			    S_ISREG(st.st_mode))
				findings_add(&doctor->found, WARNING,
				    keyfile_of_rule(file, rule), list.v[j].line,
				    "%s is set-user-ID or set-group-ID, which "
				    "the sandbox takes away: run a program "
				    "that needs none, or write sandbox = none",
				    list.v[j].path);
		free(list.v);
	}
}

void
doctor_account(struct doctor *doctor, const struct patient *patient)
{
	const struct account *account = &patient->account;
	const struct keyfile *file;

	if (account->uid == 0)
		tell(doctor, WARNING,
		    "%s is root, whose programs reach what no sandbox holds "
		    "by path, such as modes and owners: adduser --system "
		    "--group NAME, and write account = NAME",
		    account->name);
	find_shells(doctor, account);
	find_sshd_files(doctor, account);
	find_shadow(doctor, patient);
	find_group(doctor, account);
	for (size_t i = 0; (file = doctor_policy(doctor, account, &i)) != NULL;)
		find_set_id(doctor, file);
}
