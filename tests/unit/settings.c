/* settings.c: defaults, every key, what refuses, and the shipped file. */

#include <sys/stat.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nearest.h"
#include "scratch.h"
#include "settings.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* All of the settings as one string, to compare. */
static char *
describe(const struct settings *s)
{
	char *text;

	if (asprintf(&text,
		"syslog=%d json=%d socket=%s file=%s continue=%d max=%zu "
		"transcripts=%s optional=%d detail=%s ssh2=%d state=%s scp=%s "
		"sftp-server=%s rdistd=%s",
		s->syslog, s->syslog_json, s->syslog_socket,
		s->audit_file != NULL ? s->audit_file : "-", s->audit_continue,
		s->command_max, s->transcripts != NULL ? s->transcripts : "-",
		s->landlock_optional, detail_names[s->detail - DETAIL_REASON],
		s->ssh2, s->state != NULL ? s->state : "-",
		s->programs[PROGRAM_SCP], s->programs[PROGRAM_SFTP_SERVER],
		s->programs[PROGRAM_RDISTD]) == -1)
		fail_msg("out of memory");
	return text;
}

static const char defaults[] =
    "syslog=1 json=0 socket=/dev/log file=- continue=0 max=8192 "
    "transcripts=- optional=0 detail=reason ssh2=0 state=- scp=/usr/bin/scp "
    "sftp-server=/usr/lib/openssh/sftp-server rdistd=/usr/bin/rdistd";

/* Those that depend on the policy folder. */
static void
check_folders(struct settings *settings, const char *state,
    const char *transcripts)
{
	assert_string_equal(settings->state, state);
	assert_string_equal(settings->transcripts, transcripts);
	free(settings->state);
	free(settings->transcripts);
	settings->state = settings->transcripts = NULL;
}

static void
check_settings(struct settings *settings, const char *expected)
{
	char *text = describe(settings);

	assert_string_equal(text, expected);
	free(text);
	settings_free(settings);
}

struct accepted {
	const char *text;
	const char *part; /* of the description; NULL: the defaults */
};

static const struct accepted accepted[] = {
    {"", NULL},
    {"[audit]\n[sandbox]\n[client]\n[programs]\n", NULL},
    {"[audit]\nsyslog = yes\n", NULL},
    {"[audit]\nsyslog = no\nfile = /a\n", "syslog=0 "},
    {"[audit]\nsyslog-format = text\n", NULL},
    {"[audit]\nsyslog-format = json\n", " json=1 "},
    {"[audit]\nfile = /a/${account}/b-${account}.json\n",
	" file=/a/${account}/b-${account}.json "},
    {"[audit]\nfile = /a/..b/c..\n", " file=/a/..b/c.. "},
    {"[audit]\non-failure = refuse\n", NULL},
    {"[audit]\non-failure = continue\n", " continue=1 "},
    {"[audit]\ncommand-max = 8192\n", NULL},
    {"[audit]\ncommand-max = 256\n", " max=256 "},
    {"[audit]\ncommand-max = 128K\n", " max=131072 "},
    {"[audit]\ntranscripts = /a/b\n", " transcripts=/a/b "},
    {"[sandbox]\nlandlock = required\n", NULL},
    {"[sandbox]\nlandlock = optional\n", " optional=1 "},
    {"[client]\nrefusal-detail = reason\n", NULL},
    {"[client]\nrefusal-detail = none\n", " detail=none "},
    {"[client]\nrefusal-detail = full\n", " detail=full "},
    {"[client]\noriginal-command = SSH_ORIGINAL_COMMAND\n", NULL},
    {"[client]\noriginal-command = SSH2_ORIGINAL_COMMAND\n", " ssh2=1 "},
    {"[state]\ndirectory = /a/b\n", " state=/a/b "},
    {"[programs]\nscp = /a/b\n", " scp=/a/b sftp-server=/usr/lib/"},
    {"[programs]\nsftp-server = /a/b\n",
	" scp=/usr/bin/scp sftp-server=/a/b rdistd=/usr/bin/rdistd"},
    {"[programs]\nrdistd = /a/b\n", " rdistd=/a/b"},
};

static void
test_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(accepted); i++) {
		const struct accepted *row = &accepted[i];
		struct settings settings;
		struct fault fault = {0};
		char *text;

		if (settings_parse(&settings, row->text, strlen(row->text),
			&fault) == -1)
			fail_msg("%s%s", row->text, fault.text);
		text = describe(&settings);
		if (row->part == NULL)
			assert_string_equal(text, defaults);
		else if (strstr(text, row->part) == NULL)
			fail_msg("%s%s", row->text, text);
		free(text);
		settings_free(&settings);
	}
}

struct refused {
	const char *text;
	unsigned line;
	const char *message; /* a part of it */
};

static const struct refused refused[] = {
    {"[audit]\nsyslog = Yes\n", 2, "write no or yes"},
    {"[audit]\nsyslog =\n", 2, "write no or yes"},
    {"[audit]\nsyslog = no # not yet\n", 2, "write no or yes"},
    {"[audit]\nsyslog-format = ecs\n", 2, "write text or json"},
    {"[audit]\non-failure = ignore\n", 2, "write refuse or continue"},
    {"[audit]\ncommand-max = 255\n", 2, "from 256 to 131072"},
    {"[audit]\ncommand-max = 129K\n", 2, "from 256 to 131072"},
    {"[audit]\ncommand-max = 0\n", 2, "from 256 to 131072"},
    {"[audit]\nfile =\n", 2, "absolute path"},
    {"[audit]\nfile = log.json\n", 2, "absolute path"},
    {"[audit]\nfile = ${account}.json\n", 2, "absolute path"},
    {"[audit]\nfile = /a/\n", 2, "absolute path"},
    {"[audit]\nfile = /a/../b\n", 2, "without .."},
    {"[audit]\nfile = /a/..\n", 2, "without .."},
    {"[audit]\nfile = /..b/..\n", 2, "without .."},
    {"[audit]\nfile = /a/$account\n", 2, "no other $"},
    {"[audit]\nfile = /a/${key}\n", 2, "no other $"},
    {"[audit]\nfile = /a/${account\n", 2, "no other $"},
    {"[audit]\nfile = /a/${account}$\n", 2, "no other $"},
    {"[audit]\ntranscripts = log\n", 2, "absolute path"},
    {"[audit]\ntranscripts = /a/\n", 2, "absolute path"},
    {"[audit]\ntranscripts = /a/${account}\n", 2, "without $"},
    {"[client]\noriginal-command = SSH_COMMAND\n", 2, "write SSH_ORIG"},
    {"[state]\ndirectory = run\n", 2, "absolute path"},
    {"[sandbox]\nlandlock = no\n", 2, "write required or optional"},
    {"[client]\nrefusal-detail = all\n", 2, "write reason, none or full"},
    {"[programs]\nscp = scp\n", 2, "absolute path"},
    {"[programs]\nscp =\n", 2, "absolute path"},
    {"[programs]\nscp = /a/../b\n", 2, "without .."},
    {"[programs]\nscp = /a/${account}\n", 2, "without $"},
    /* What there is not, and what was meant. */
    {"\n[Audit]\n", 2, "did you mean [audit]"},
    {"[sanbdox]\n", 1, "did you mean [sandbox]"},
    {"[key]\n", 1, "[state] or [programs]"},
    {"[allow x]\n", 1, "write [audit], [sandbox], [client]"},
    {"[audit]\n\nsylog = no\n", 3,
	"[audit] has no key sylog: did you mean syslog"},
    {"[audit]\ncomand-Max = 1K\n", 2, "did you mean command-max"},
    {"[audit]\nwhatever-it-is = /a\n", 2, "gatekeeper.ini(5)"},
    {"[audit]\nscp = /a\n", 2, "write it in [programs]"},
    {"[programs]\nlandlock = optional\n", 2, "write it in [sandbox]"},
    /* A host on which nothing would be recorded. */
    {"[audit]\nsyslog = no\n", 2, "leaves no record"},
    {"[audit]\non-failure = continue\nsyslog = no\n", 3, "file = "},
    /* Twice. */
    {"[audit]\nsyslog = no\n\nsyslog = no\n", 4, "in line 2"},
    {"[audit]\nsyslog = no\n[audit]\n", 3, "twice"},
    /* The reader's refusals arrive here too. */
    {"syslog = no\n", 1, "[section]"},
    {"[audit]\nsyslog = no\n  file = /a\n", 3, "looks like a key"},
    {"[audit]\nsyslog = no ; not yet\n", 2, "line of its own"},
};

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(refused); i++) {
		const struct refused *row = &refused[i];
		struct settings settings;
		struct fault fault = {0};

		if (settings_parse(&settings, row->text, strlen(row->text),
			&fault) != -1)
			fail_msg("accepted:\n%s", row->text);
		if (strstr(fault.text, row->message) == NULL ||
		    fault.line != row->line)
			fail_msg("%s%u: %s", row->text, fault.line, fault.text);
		assert_int_equal(fault.why, WHY_SETTINGS);
		assert_string_equal(fault.file, "gatekeeper.ini");
		check_settings(&settings, defaults);
	}
}

/* What was set above a fault does not stay. */
static void
test_defaults_after_fault(void **state)
{
	static const char text[] =
	    "[audit]\nsyslog = no\non-failure = continue\n"
	    "[sandbox]\nlandlock = optional\n"
	    "[programs]\nscp = /a\nscp = /b\n";
	struct settings settings;
	struct fault fault;

	(void)state;
	assert_int_equal(settings_parse(&settings, text, strlen(text), &fault),
	    -1);
	check_settings(&settings, defaults);
}

/* Without its comment marks, or with them, the shipped file is the defaults
 * and an example of `file`, and it names every key. */
static void
test_shipped(void **state)
{
	static const char *const keys[] = {"#syslog = ", "#syslog-format = ",
	    "#file = ", "#on-failure = ", "#command-max = ", "#transcripts = ",
	    "#landlock = ", "#refusal-detail = ", "#original-command = ",
	    "#directory = ", "#scp = ", "#sftp-server = ", "#rdistd = "};
	char text[8192] = "", bare[8192] = "", line[256];
	struct settings settings;
	struct fault fault;
	size_t found = 0;
	FILE *f = fopen("etc/gatekeeper.ini", "r");

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		bool key = line[0] == '#' && line[1] != ' ' && line[1] != '\n';

		assert_true(strlen(text) + strlen(line) < sizeof(text));
		strcat(text, line);
		strcat(bare, line + key);
		for (size_t i = 0; i < NELEM(keys); i++)
			found += strncmp(line, keys[i], strlen(keys[i])) == 0;
	}
	fclose(f);
	assert_int_equal(found, NELEM(keys));
	assert_int_equal(settings_parse(&settings, text, strlen(text), &fault),
	    0);
	check_settings(&settings, defaults);
	if (settings_parse(&settings, bare, strlen(bare), &fault) == -1)
		fail_msg("%u: %s", fault.line, fault.text);
	assert_string_equal(settings.audit_file,
	    "/var/log/gatekeeper/${account}.json");
	free(settings.audit_file);
	settings.audit_file = NULL;
	check_folders(&settings, "/run/gatekeeper",
	    "/var/log/gatekeeper/transcripts");
	check_settings(&settings, defaults);
}

static void
test_missing(void **state)
{
	struct settings settings;
	struct fault fault;

	(void)state;
	if (access("/gatekeeper.ini", F_OK) == 0)
		skip();
	assert_int_equal(settings_load(&settings, "/", &fault), 0);
	check_folders(&settings, "//state", "//transcripts");
	check_settings(&settings, defaults);
}

/* Only the file itself may be missing; /tmp is anybody's to write in; and
 * what a relative path names depends on where one stands. */
static void
test_unsafe(void **state)
{
	static const char *const dirs[] = {"/nonexistent", "/etc/passwd",
	    "/tmp", "etc"};

	(void)state;
	for (size_t i = 0; i < NELEM(dirs); i++) {
		struct settings settings;
		struct fault fault = {0};

		if (settings_load(&settings, dirs[i], &fault) != -1)
			fail_msg("accepted: %s", dirs[i]);
		assert_int_equal(fault.why, WHY_SETTINGS);
		assert_string_equal(fault.file, "gatekeeper.ini");
		assert_string_not_equal(fault.text, "");
		check_settings(&settings, defaults);
	}
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void
check_file(const char *dir, const char *path)
{
	struct settings settings;
	struct fault fault = {0};
	int ret;

	write_file(path, "[sandbox]\nlandlock = optional\n");
	assert_int_equal(settings_load(&settings, dir, &fault), 0);
	assert_true(settings.landlock_optional);
	settings_free(&settings);

	assert_int_equal(chmod(path, 0620), 0);
	ret = settings_load(&settings, dir, &fault);
	assert_int_equal(ret, -1);
	assert_int_equal(fault.why, WHY_SETTINGS);
	assert_int_equal(fault.line, 0);
	check_settings(&settings, defaults);

	write_file(path, "[sandbox]\nlandlock = maybe\n");
	ret = settings_load(&settings, dir, &fault);
	assert_int_equal(ret, -1);
	assert_int_equal(fault.why, WHY_SETTINGS);
	assert_int_equal(fault.line, 2);
	check_settings(&settings, defaults);
}

static void
test_file(void **state)
{
	(void)state;
	scratch_make();
	check_file(scratch.root, scratch_text("ROOT/gatekeeper.ini"));
}

struct near {
	const char *word;
	const char *best;
};

static const struct near nears[] = {
    {"syslog", "syslog"},
    {"sylog", "syslog"},
    {"sysslog", "syslog"},
    {"syslgo", "syslog"},
    {"Syslog", "syslog"},
    {"fiel", "file"},
    {"files", "file"},
    {"syslogger", NULL},
    {"ftp", "sftp"}, /* scp is further off */
    {"abc", NULL},
    {"xy", NULL},
    {"", NULL},
    {"a", NULL},
    {"scp", "scp"},
    {"xyz", NULL},
    {"commandmax", "command-max"},
    {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL},
};

static void
test_nearest(void **state)
{
	static const char *const names[] = {"syslog", "file", "scp", "sftp",
	    "no", "command-max", "a-name-of-many-more-bytes-than-any-word"};

	(void)state;
	for (size_t i = 0; i < NELEM(nears); i++) {
		struct nearest near = {.word = nears[i].word};

		for (size_t j = 0; j < NELEM(names); j++)
			nearest_offer(&near, names[j]);
		if (nears[i].best == NULL)
			assert_null(near.best);
		else
			assert_string_equal(near.best, nears[i].best);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepted),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_defaults_after_fault),
	    cmocka_unit_test(test_shipped),
	    cmocka_unit_test(test_missing),
	    cmocka_unit_test(test_unsafe),
	    scratch_test(test_file),
	    cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
