/* doctor: what sshd lets in before gatekeeper starts, and instead of it. */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctl/above.h"
#include "ctl/authorized.h"
#include "ctl/doctor.h"
#include "ctl/show.h"
#include "policy.h"
#include "protocol/protocol.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define BLANKS " \t"
#define THIS_SHELL "/gatekeeper"

/* Variables by which a client makes the account's shell, or its loader, run
 * a file that was uploaded. */
static const char *const hostile[] = {"LD_PRELOAD", "LD_LIBRARY_PATH",
    "LD_AUDIT", "GCONV_PATH", "LOCPATH", "BASH_ENV", "BASH_FUNC_cd%%",
    "SHELLOPTS", "BASHOPTS", "PS4", "ZDOTDIR", "XDG_CONFIG_HOME"};

/* Settings that should have one value, and what the other one does. */
static const struct {
	const char *keyword;
	const char *wanted;
	const char *line;
	enum severity severity;
	const char *why;
} plain[] = {
    {"permituserrc", "no", "PermitUserRC no", ADVICE,
	"a key without `restrict` has ~/.ssh/rc run before gatekeeper"},
    {"exposeauthinfo", "no", "ExposeAuthInfo no", ADVICE,
	"each session leaves a file that gatekeeper hands to no program"},
    {"strictmodes", "yes", "StrictModes yes", WARNING,
	"sshd takes keys from files that others can write"},
    {"pubkeyauthentication", "yes", "PubkeyAuthentication yes", ERROR,
	"no key can log in"},
};

/* Any of these off is as good, if all are. */
static const char *const forwardings[] = {"allowtcpforwarding",
    "allowstreamlocalforwarding", "allowagentforwarding", "x11forwarding",
    "permittunnel"};

static void
find(struct doctor *doctor, enum severity severity, char *text)
{
	const struct sshd_query query = {.config = doctor->config};
	const char *config = sshd_config(&query);

	for (size_t i = 0; i < doctor->found.n; i++)
		if (strcmp(doctor->found.v[i].file, config) == 0 &&
		    strcmp(doctor->found.v[i].text, text) == 0) {
			free(text);
			return;
		}
	findings_add(&doctor->found, severity, config, 0, "%s", text);
	free(text);
}

static bool
is_set(const char *value)
{
	return *value != '\0' && strcasecmp(value, "none") != 0;
}

/* --- the environment ------------------------------------------------------ */

static const char *
let_in(const char *pattern)
{
	for (size_t i = 0; i < NELEM(hostile); i++)
		if (sshd_matches(pattern, hostile[i]))
			return hostile[i];
	return NULL;
}

static bool
ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), own = strlen(end);

	return len >= own && strcmp(text + len - own, end) == 0;
}

/* A static program with an environment of its own making does not mind. */
static void
find_pattern(struct doctor *doctor, const struct patient *patient,
    const char *keyword, const char *pattern, const char *mend)
{
	const bool safe = ends_in(patient->account.shell, THIS_SHELL);
	const char *name = let_in(pattern);

	if (name == NULL)
		return;
	find(doctor, safe ? ADVICE : ERROR,
	    show_format("%s %s lets clients set %s for the account's shell, "
			"which runs before gatekeeper: write %s%s",
		keyword, pattern, name, mend,
		safe ? "" : ", and `usermod -s /usr/lib/gatekeeper`"));
}

static void
find_patterns(struct doctor *doctor, const struct patient *patient)
{
	const struct sshd *sshd = &patient->sshd;

	for (size_t i = 0; i < sshd->keywords.n; i++) {
		char *patterns, *save = NULL;

		if (strcmp(sshd->keywords.v[i], "acceptenv") != 0)
			continue;
		patterns = show_need(strdup(sshd->values.v[i]));
		for (char *p = strtok_r(patterns, BLANKS, &save); p != NULL;
		     p = strtok_r(NULL, BLANKS, &save))
			find_pattern(doctor, patient, "AcceptEnv", p,
			    "AcceptEnv LANG LC_*");
		free(patterns);
	}
}

/* yes, no, or patterns. */
static void
find_user_environment(struct doctor *doctor, const struct patient *patient)
{
	const char *value = sshd_value(&patient->sshd, "permituserenvironment");
	char *patterns, *save = NULL;

	if (strcasecmp(value, "yes") == 0)
		value = "*";
	patterns = show_need(strdup(value));
	for (char *p = strtok_r(patterns, ", \t", &save); p != NULL;
	     p = strtok_r(NULL, ", \t", &save))
		if (let_in(p) != NULL) {
			find(doctor, WARNING,
			    show_format("PermitUserEnvironment lets "
					"~/.ssh/environment and environment= "
					"set %s for the account's shell: "
					"write PermitUserEnvironment no",
				let_in(p)));
			break;
		}
	free(patterns);
}

/* --- what runs ------------------------------------------------------------ */

static void
find_force_command(struct doctor *doctor, const struct patient *patient)
{
	const char *value = sshd_value(&patient->sshd, "forcecommand");
	struct authorized_command command;

	if (!is_set(value))
		return;
	if (authorized_command(&command, value)) {
		authorized_command_free(&command);
		return;
	}
	find(doctor, ERROR,
	    show_format("ForceCommand %s runs in place of the command= of "
			"every key of %s, and gatekeeper does not: remove "
			"it, or write it into a Match that spares %s",
		value, patient->account.name, patient->account.name));
}

static bool
wants_sftp(const struct doctor *doctor, const struct patient *patient)
{
	const struct keyfile *file;

	for (size_t i = 0;
	     (file = doctor_policy(doctor, &patient->account, &i)) != NULL;)
		for (size_t j = 0; j < file->policy.nrules; j++) {
			const struct protocol *protocol =
			    file->policy.rules[j].protocol;

			if (protocol != NULL && protocol->subsystem != NULL)
				return true;
		}
	return false;
}

static void
find_subsystem(struct doctor *doctor, const struct patient *patient)
{
	const struct sshd *sshd = &patient->sshd;
	const char *server = NULL;
	char *program;
	bool known;

	if (!wants_sftp(doctor, patient))
		return;
	for (size_t i = 0; i < sshd->keywords.n && server == NULL; i++)
		if (strcmp(sshd->keywords.v[i], "subsystem") == 0 &&
		    strncmp(sshd->values.v[i], "sftp", 4) == 0 &&
		    strcspn(sshd->values.v[i], BLANKS) == 4)
			server = sshd->values.v[i] + 4 +
			    strspn(sshd->values.v[i] + 4, BLANKS);
	if (server == NULL) {
		find(doctor, WARNING,
		    show_format("without a Subsystem sftp, sftp and scp "
				"clients do not get to gatekeeper: write "
				"Subsystem sftp internal-sftp"));
		return;
	}
	program = show_need(strndup(server, strcspn(server, BLANKS)));
	known = strcmp(program, "internal-sftp") == 0 ||
	    ends_in(program, "/sftp-server");
	if (!known)
		find(doctor, WARNING,
		    show_format("gatekeeper does not know Subsystem sftp %s "
				"for sftp: write Subsystem sftp internal-sftp",
			program));
	free(program);
}

/* --- other settings ------------------------------------------------------- */

static void
find_plain(struct doctor *doctor, const struct patient *patient)
{
	for (size_t i = 0; i < NELEM(plain); i++)
		if (!sshd_is(&patient->sshd, plain[i].keyword,
			plain[i].wanted) &&
		    sshd_value(&patient->sshd, plain[i].keyword)[0] != '\0')
			find(doctor, plain[i].severity,
			    show_format("%s: write %s", plain[i].why,
				plain[i].line));
}

static void
find_forwarding(struct doctor *doctor, const struct patient *patient)
{
	bool off = true;

	if (sshd_is(&patient->sshd, "disableforwarding", "yes"))
		return;
	for (size_t i = 0; i < NELEM(forwardings); i++)
		off &= sshd_is(&patient->sshd, forwardings[i], "no");
	if (!off)
		find(doctor, ADVICE,
		    show_format("a key without `restrict` can forward ports "
				"past gatekeeper: write DisableForwarding "
				"yes"));
}

static void
find_terminal(struct doctor *doctor, const struct patient *patient)
{
	const struct keyfile *file;

	if (sshd_is(&patient->sshd, "permittty", "no"))
		return;
	for (size_t i = 0;
	     (file = doctor_policy(doctor, &patient->account, &i)) != NULL;)
		for (size_t j = 0; j < file->policy.nrules; j++)
			if (file->policy.rules[j].confine.terminal)
				return;
	find(doctor, ADVICE,
	    show_format("no rule of %s wants a terminal: write PermitTTY no",
		patient->account.name));
}

/* sshd wants it out of everybody's reach; and so do we. */
static void
find_keys_program(struct doctor *doctor, const struct patient *patient,
    const char *command)
{
	char *program = show_need(strndup(command, strcspn(command, BLANKS)));
	char *problem = NULL;
	struct stat st;
	int above = program[0] == '/' ?
	    above_open(program, &patient->account, &problem) :
	    -1;

	if (above == -1 || stat(program, &st) == -1 || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)))
		find(doctor, ERROR,
		    show_format("sshd starts no AuthorizedKeysCommand %s "
				"that is missing, or that others could "
				"replace: chown root, chmod 755%s%s",
			program, problem != NULL ? ": " : "",
			problem != NULL ? problem : ""));
	if (!is_set(sshd_value(&patient->sshd, "authorizedkeyscommanduser")))
		find(doctor, ERROR,
		    show_format("without AuthorizedKeysCommandUser, sshd "
				"starts no AuthorizedKeysCommand: write "
				"AuthorizedKeysCommandUser gatekeeper-keys, an "
				"account of its own"));
	if (strstr(command, "gatekeeperctl") == NULL)
		find(doctor, ADVICE,
		    show_format("keys also come from AuthorizedKeysCommand "
				"%s, which doctor does not ask: have it print "
				"restrict,command=\"/usr/lib/gatekeeper "
				"KEY\" before each key, or write "
				"AuthorizedKeysCommand none",
			program));
	if (above != -1)
		close(above);
	free(problem);
	free(program);
}

static void
find_other_keys(struct doctor *doctor, const struct patient *patient)
{
	const struct sshd *sshd = &patient->sshd;
	const char *command = sshd_value(sshd, "authorizedkeyscommand");
	const char *authority = sshd_value(sshd, "trustedusercakeys");
	const char *root = sshd_value(sshd, "chrootdirectory");

	if (is_set(command))
		find_keys_program(doctor, patient, command);
	if (is_set(authority))
		find(doctor, WARNING,
		    show_format("a certificate by a key of %s needs no line "
				"of authorized_keys: sign with ssh-keygen -O "
				"clear -O force-command='/usr/lib/gatekeeper "
				"KEY', or write TrustedUserCAKeys none",
			authority));
	if (is_set(root))
		find(doctor, WARNING,
		    show_format("below ChrootDirectory %s there must be "
				"/usr/lib/gatekeeper, /etc/gatekeeper and all "
				"that rules name: write ChrootDirectory none",
			root));
}

/* USER or USER@HOST. */
static bool
is_in(const struct sshd *sshd, const char *keyword, const char *name,
    bool *listed)
{
	bool found = false;

	*listed = false;
	for (size_t i = 0; i < sshd->keywords.n; i++) {
		char *users, *save = NULL;

		if (strcmp(sshd->keywords.v[i], keyword) != 0)
			continue;
		*listed = true;
		users = show_need(strdup(sshd->values.v[i]));
		for (char *user = strtok_r(users, BLANKS, &save); user != NULL;
		     user = strtok_r(NULL, BLANKS, &save)) {
			user[strcspn(user, "@")] = '\0';
			found |= sshd_matches(user, name);
		}
		free(users);
	}
	return found;
}

static void
find_allowed(struct doctor *doctor, const struct patient *patient)
{
	const char *name = patient->account.name;
	bool listed;

	if (!is_in(&patient->sshd, "allowusers", name, &listed) && listed)
		find(doctor, ERROR,
		    show_format("AllowUsers leaves out %s, who cannot log in: "
				"write AllowUsers %s",
			name, name));
	if (is_in(&patient->sshd, "denyusers", name, &listed))
		find(doctor, WARNING,
		    show_format("DenyUsers names %s, who may not be able to "
				"log in: remove it there",
			name));
	if (patient->account.uid == 0 &&
	    sshd_is(&patient->sshd, "permitrootlogin", "no"))
		find(doctor, ERROR,
		    show_format("PermitRootLogin no: root cannot log in; use "
				"an account of its own"));
}

void
doctor_sshd(struct doctor *doctor, const struct patient *patient)
{
	const struct sshd *sshd = &patient->sshd;

	if (sshd->problem != NULL)
		find(doctor, WARNING,
		    show_format("what sshd does cannot be known for certain: "
				"%s: mend that, or run doctor as root",
			sshd->problem));
	if (!sshd->known)
		return;
	find_patterns(doctor, patient);
	find_user_environment(doctor, patient);
	find_force_command(doctor, patient);
	find_subsystem(doctor, patient);
	find_plain(doctor, patient);
	find_forwarding(doctor, patient);
	find_terminal(doctor, patient);
	find_other_keys(doctor, patient);
	find_allowed(doctor, patient);
}
