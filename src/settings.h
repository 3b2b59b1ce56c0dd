#ifndef GK_SETTINGS_H
#define GK_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

struct fault;

/* Where policies lie, unless -d says otherwise. */
#ifndef GK_DIRECTORY
#define GK_DIRECTORY "/etc/gatekeeper"
#endif
#define SETTINGS_STATE "/run/gatekeeper"
#define SETTINGS_TRANSCRIPTS "/var/log/gatekeeper/transcripts"

enum detail { DETAIL_UNSET = 0, DETAIL_REASON, DETAIL_NONE, DETAIL_FULL };
extern const char *const detail_names[]; /* NULL-ended, from DETAIL_REASON */

enum program {
	PROGRAM_SCP,
	PROGRAM_SFTP_SERVER,
	PROGRAM_RDISTD,
	PROGRAM_RSYNC,
	PROGRAM_GIT,
	PROGRAM_BORG,
	PROGRAM_MAX
};

/* gatekeeper.ini: what holds for the whole host. Owns its strings. */
struct settings {
	bool syslog;
	bool syslog_json;
	char *syslog_socket; /* /dev/log; not a setting, a place for tests */
	char *audit_file; /* NULL: none; ${account} not yet expanded */
	bool audit_continue; /* on-failure = continue */
	size_t command_max;
	char *transcripts; /* the folder for transcripts */
	bool landlock_optional;
	enum detail detail;
	bool ssh2; /* original-command = SSH2_ORIGINAL_COMMAND */
	char *state; /* the folder for counters and locks */
	char *programs[PROGRAM_MAX];
};

/*
 * Fills in the defaults, then DIR/gatekeeper.ini if it exists. On failure,
 * -1 with WHY_SETTINGS, the settings are the defaults: the refusal that
 * follows is still recorded. Without memory even for those, WHY_MEMORY, and
 * all is zero.
 */
int settings_load(struct settings *, const char *dir, struct fault *);
/* The same, from the text of the file. */
int settings_parse(struct settings *, const char *text, size_t size,
    struct fault *);
void settings_free(struct settings *);

#endif
