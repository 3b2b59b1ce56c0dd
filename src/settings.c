/* gatekeeper.ini: what holds for the whole host, as one table of keys. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nearest.h"
#include "reader.h"
#include "settings.h"
#include "trust.h"
#include "value.h"
#include "why.h"

#define FILE_NAME "gatekeeper.ini"
#define ACCOUNT "${account}"
#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define FIELD(name) offsetof(struct settings, name)

enum { COMMAND_MIN = 256, COMMAND_MAX = 128 * 1024 };

/* One key. names are the words of a choice, in the order of its values;
 * field is where in the settings the value goes. */
struct setting {
	const char *section;
	const char *key;
	const char *value; /* the default; NULL: none */
	int (*set)(const struct setting *, void *field, const char *value,
	    struct fault *);
	size_t field;
	const char *const *names;
};

const char *const detail_names[] = {"reason", "none", "full", NULL};
static const char *const no_yes[] = {"no", "yes", NULL};
static const char *const text_json[] = {"text", "json", NULL};
static const char *const refuse_continue[] = {"refuse", "continue", NULL};
static const char *const required_optional[] = {"required", "optional", NULL};

static const char *const original_commands[] = {"SSH_ORIGINAL_COMMAND",
    "SSH2_ORIGINAL_COMMAND", NULL};

static int
set_either(const struct setting *s, void *field, const char *value,
    struct fault *fault)
{
	bool *either = field;
	int choice;

	if (value_choice(value, s->names, &choice, fault) == -1)
		return -1;
	*either = choice == 1;
	return 0;
}

static int
set_detail(const struct setting *s, void *field, const char *value,
    struct fault *fault)
{
	enum detail *detail = field;
	int choice;

	if (value_choice(value, s->names, &choice, fault) == -1)
		return -1;
	*detail = (enum detail)(DETAIL_REASON + choice);
	return 0;
}

static int
set_command_max(const struct setting *s, void *field, const char *value,
    struct fault *fault)
{
	(void)s;
	return value_size(value, COMMAND_MIN, COMMAND_MAX, field, fault);
}

static bool
has_dot_dot(const char *path)
{
	for (const char *p = path; (p = strstr(p, "/..")) != NULL; p++)
		if (p[3] == '/' || p[3] == '\0')
			return true;
	return false;
}

static int
set_path(char **field, const char *path, struct fault *fault)
{
	char *copy;

	if (path[0] != '/' || path[strlen(path) - 1] == '/' ||
	    has_dot_dot(path))
		return fault_set(fault, WHY_POLICY,
		    "write the absolute path of a file, without ..");
	copy = strdup(path);
	if (copy == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	free(*field);
	*field = copy;
	return 0;
}

static int
set_audit_file(const struct setting *s, void *field, const char *value,
    struct fault *fault)
{
	(void)s;
	for (const char *p = value; (p = strchr(p, '$')) != NULL; p++)
		if (strncmp(p, ACCOUNT, strlen(ACCOUNT)) != 0)
			return fault_set(fault, WHY_POLICY,
			    "nothing but " ACCOUNT " expands here: "
			    "write no other $");
	return set_path(field, value, fault);
}

static int
set_program(const struct setting *s, void *field, const char *value,
    struct fault *fault)
{
	(void)s;
	if (strchr(value, '$') != NULL)
		return fault_set(fault, WHY_POLICY,
		    "nothing expands here: write a path without $");
	return set_path(field, value, fault);
}

static const struct setting table[] = {
    {"audit", "syslog", "yes", set_either, FIELD(syslog), no_yes},
    {"audit", "syslog-format", "text", set_either, FIELD(syslog_json),
	text_json},
    {"audit", "file", NULL, set_audit_file, FIELD(audit_file), NULL},
    {"audit", "on-failure", "refuse", set_either, FIELD(audit_continue),
	refuse_continue},
    {"audit", "command-max", "8K", set_command_max, FIELD(command_max), NULL},
    {"audit", "transcripts", NULL, set_program, FIELD(transcripts), NULL},
    {"sandbox", "landlock", "required", set_either, FIELD(landlock_optional),
	required_optional},
    {"client", "refusal-detail", "reason", set_detail, FIELD(detail),
	detail_names},
    {"client", "original-command", "SSH_ORIGINAL_COMMAND", set_either,
	FIELD(ssh2), original_commands},
    {"state", "directory", NULL, set_program, FIELD(state), NULL},
    {"programs", "scp", "/usr/bin/scp", set_program,
	FIELD(programs[PROGRAM_SCP]), NULL},
    {"programs", "sftp-server", "/usr/lib/openssh/sftp-server", set_program,
	FIELD(programs[PROGRAM_SFTP_SERVER]), NULL},
    {"programs", "rdistd", "/usr/bin/rdistd", set_program,
	FIELD(programs[PROGRAM_RDISTD]), NULL},
    {"programs", "rsync", "/usr/bin/rsync", set_program,
	FIELD(programs[PROGRAM_RSYNC]), NULL},
    {"programs", "git", "/usr/bin/git", set_program,
	FIELD(programs[PROGRAM_GIT]), NULL},
    {"programs", "borg", "/usr/bin/borg", set_program,
	FIELD(programs[PROGRAM_BORG]), NULL},
};

struct loader {
	struct settings *settings;
	const char *section; /* the table's own string */
	unsigned lines[NELEM(table)]; /* where a key stands; 0: nowhere */
};

static int
set(const struct setting *s, struct settings *settings, const char *value,
    struct fault *fault)
{
	return s->set(s, (char *)settings + s->field, value, fault);
}

static int
set_defaults(struct settings *settings, struct fault *fault)
{
	*settings = (struct settings) {0};
	settings->syslog_socket = strdup("/dev/log");
	if (settings->syslog_socket == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	for (size_t i = 0; i < NELEM(table); i++) {
		if (table[i].value == NULL)
			continue;
		if (set(&table[i], settings, table[i].value, fault) == -1) {
			settings_free(settings);
			return -1;
		}
	}
	return 0;
}

static bool
known(const char *name)
{
	for (size_t i = 0; i < NELEM(table); i++)
		if (strcmp(table[i].key, name) == 0)
			return true;
	return false;
}

static int
take_section(void *context, const char *section, unsigned line,
    struct fault *fault)
{
	struct loader *l = context;
	struct nearest near = {.word = section};

	(void)line;
	for (size_t i = 0; i < NELEM(table); i++) {
		if (strcmp(table[i].section, section) == 0) {
			l->section = table[i].section;
			return 0;
		}
		nearest_offer(&near, table[i].section);
	}
	if (near.best != NULL)
		return fault_set(fault, WHY_POLICY,
		    "there is no section [%s]: did you mean [%s]?", section,
		    near.best);
	return fault_set(fault, WHY_POLICY,
	    "there is no section [%s]: write [audit], [sandbox], [client], "
	    "[state] or [programs]",
	    section);
}

static int
refuse_key(const struct loader *l, const char *name, struct fault *fault)
{
	struct nearest near = {.word = name};

	for (size_t i = 0; i < NELEM(table); i++) {
		if (strcmp(table[i].key, name) == 0)
			return fault_set(fault, WHY_POLICY,
			    "%s does not stand in [%s]: write it in [%s]", name,
			    l->section, table[i].section);
		if (strcmp(table[i].section, l->section) == 0)
			nearest_offer(&near, table[i].key);
	}
	if (near.best != NULL)
		return fault_set(fault, WHY_POLICY,
		    "[%s] has no key %s: did you mean %s?", l->section, name,
		    near.best);
	return fault_set(fault, WHY_POLICY,
	    "[%s] has no key %s: write one of gatekeeper.ini(5)", l->section,
	    name);
}

static int
take_entry(void *context, const char *name, const char *value, unsigned line,
    struct fault *fault)
{
	struct loader *l = context;
	size_t i;

	for (i = 0; i < NELEM(table); i++)
		if (strcmp(table[i].section, l->section) == 0 &&
		    strcmp(table[i].key, name) == 0)
			break;
	if (i == NELEM(table))
		return refuse_key(l, name, fault);
	if (l->lines[i] != 0)
		return fault_set(fault, WHY_POLICY,
		    "%s is already set in line %u: write it once", name,
		    l->lines[i]);
	l->lines[i] = line;
	return set(&table[i], l->settings, value, fault);
}

int
settings_parse(struct settings *settings, const char *text, size_t size,
    struct fault *fault)
{
	static const struct reader_calls calls = {
	    .known = known,
	    .section = take_section,
	    .entry = take_entry,
	};
	struct settings fresh;
	struct loader loader = {.settings = &fresh};

	if (set_defaults(settings, fault) == -1)
		return -1;
	if (set_defaults(&fresh, fault) == -1)
		return -1;
	if (reader_parse(FILE_NAME, text, size, &calls, &loader, fault) == -1) {
		settings_free(&fresh);
		fault->why = WHY_SETTINGS;
		return -1;
	}
	if (!fresh.syslog && fresh.audit_file == NULL) {
		settings_free(&fresh);
		fault_set(fault, WHY_SETTINGS,
		    "[audit] leaves no record: write file = …, or syslog = "
		    "yes");
		return fault_place(fault, FILE_NAME, loader.lines[0]);
	}
	settings_free(settings);
	*settings = fresh;
	return 0;
}

/* A folder that was not set: the host's, or where an account guards its own
 * keys, one of its own. */
static int
set_folder(char **field, const char *dir, const char *host, const char *own,
    struct fault *fault)
{
	if (*field != NULL)
		return 0;
	if (strcmp(dir, GK_DIRECTORY) == 0)
		*field = strdup(host);
	else if (asprintf(field, "%s/%s", dir, own) == -1)
		*field = NULL;
	if (*field == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

static int
set_folders(struct settings *settings, const char *dir, struct fault *fault)
{
	if (set_folder(&settings->state, dir, SETTINGS_STATE, "state", fault) ==
	    -1)
		return -1;
	return set_folder(&settings->transcripts, dir, SETTINGS_TRANSCRIPTS,
	    "transcripts", fault);
}

int
settings_load(struct settings *settings, const char *dir, struct fault *fault)
{
	struct trust_text text = {0};
	char *path = NULL;
	int ret = -1;

	if (asprintf(&path, "%s/%s", dir, FILE_NAME) == -1) {
		*settings = (struct settings) {0};
		return fault_set(fault, WHY_MEMORY, "out of memory");
	}
	if (trust_read(path, READER_FILE_MAX, &text, fault) == 0) {
		ret = settings_parse(settings, text.text, text.size, fault);
	} else {
		bool missing = errno == ENOENT;
		bool short_of =
		    errno == ENOMEM || errno == EMFILE || errno == ENFILE;

		/* Not the administrator's fault. */
		fault->why = short_of ? WHY_SYSTEM : WHY_SETTINGS;
		fault_place(fault, FILE_NAME, 0);
		if (set_defaults(settings, fault) == 0 && missing)
			ret = 0;
	}
	if (ret == 0)
		ret = set_folders(settings, dir, fault);
	free(text.text);
	free(path);
	return ret;
}

void
settings_free(struct settings *settings)
{
	free(settings->syslog_socket);
	free(settings->audit_file);
	free(settings->state);
	free(settings->transcripts);
	for (size_t i = 0; i < PROGRAM_MAX; i++)
		free(settings->programs[i]);
	*settings = (struct settings) {0};
}
