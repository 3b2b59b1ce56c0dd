/* guard.c: which directories a rule may not make writable, and which look
 * alike and are fine. ROOT/home is the account's, ROOT/policy the policies'. */

#include "guard.h"
#include "parsed.h"
#include "request.h"
#include "scratch.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define SCP "[allow x]\nprotocol = scp\n"
#define FOLLOW RUN("/bin/true") "on-success = ROOT/bin/tool\n"
#define RUN(program) "[allow y]\ncommand = y\nrun = " program " a\n"

static void
fill(void)
{
	static const char *const folders[] = {"ROOT/home", "ROOT/home/data",
	    "ROOT/home/.ssh", "ROOT/home/.ssh/sub", "ROOT/home/.sshx",
	    "ROOT/home/.local", "ROOT/home/.local/share", "ROOT/policy",
	    "ROOT/policy/keys", "ROOT/policies", "ROOT/log", "ROOT/log/a",
	    "ROOT/logs", "ROOT/bin", "ROOT/bin/sub", "ROOT/bins", "ROOT/scp",
	    "ROOT/sftp", "ROOT/by", "ROOT/keys", "ROOT/conf"};

	scratch_make();
	for (size_t i = 0; i < NELEM(folders); i++)
		scratch_folder(folders[i], 0755);
	scratch_file("ROOT/home/.profile", 0644, "");
	scratch_file("ROOT/bin/tool", 0755, "#!/bin/sh\n");
	scratch_file("ROOT/by/shell", 0755, "#!/bin/sh\n");
	scratch_file("ROOT/bins/script", 0755, "#!ROOT/by/shell\n");
	scratch_file("ROOT/scp/scp", 0755, "#!/bin/sh\n");
	scratch_file("ROOT/sftp/sftp-server", 0755, "#!/bin/sh\n");
}

static const char settings_text[] =
    "[audit]\nfile = ROOT/log/${account}.json\n"
    "[programs]\nscp = ROOT/scp/scp\nsftp-server = ROOT/sftp/sftp-server\n";

/* The verdict on one policy: NULL, or its fault. */
static const struct fault *
judge(const char *text, const char *home, const char *settings_with)
{
	static struct fault fault;
	char dir[PATH_MAX], own[PATH_MAX];
	struct request req = {.dir = dir, .home = home != NULL ? own : NULL};
	struct settings settings;
	struct policy policy;
	int ret;

	snprintf(dir, sizeof(dir), "%s", scratch_text("ROOT/policy"));
	if (home != NULL)
		snprintf(own, sizeof(own), "%s", scratch_text(home));
	parsed_settings(&settings, scratch_text(settings_with));
	parsed_policy(&policy, scratch_text(text));
	fault = (struct fault) {0};
	ret = guard_check(&policy, &settings, &req, &fault);
	policy_free(&policy);
	settings_free(&settings);
	assert_int_equal(ret, fault.why == WHY_UNDECIDED ? 0 : -1);
	return ret == -1 ? &fault : NULL;
}

struct row {
	const char *text;
	unsigned line; /* 0: nothing to object to */
	const char *part;
};

static void
check_row(const struct row *row)
{
	const struct fault *fault =
	    judge(row->text, "ROOT/home", settings_text);

	if (row->line == 0) {
		if (fault != NULL)
			fail_msg("%s%s", row->text, fault->text);
		return;
	}
	if (fault == NULL)
		fail_msg("accepted:\n%s", row->text);
	if (fault->line != row->line ||
	    strstr(fault->text, scratch_text(row->part)) == NULL)
		fail_msg("%s%u: %s", row->text, fault->line, fault->text);
	assert_int_equal(fault->why, WHY_POLICY);
	assert_string_equal(fault->file, "keys/x.ini");
}

static void
test_rows(void **state)
{
	static const struct row rows[] = {
	    {"", 0, NULL},
	    /* The home itself, even for reading: .ssh may hold secrets. */
	    {SCP "write = ROOT/home\n", 3, "ROOT/home is the account's home"},
	    {SCP "read = ROOT/home\n", 3, "ROOT/home is the account's home"},
	    {SCP "read = ROOT/home/\n", 3, "is the account's home"},
	    {SCP "write = ROOT/home/data\n", 0, NULL},
	    {SCP "read = ROOT/home/data\n", 0, NULL},
	    {SCP "write = ROOT/home/.ssh\n", 3, "holds ROOT/home/.ssh:"},
	    {SCP "write = ROOT/home/.ssh/sub\n", 3, "lies in ROOT/home/.ssh:"},
	    {SCP "read = ROOT/home/.ssh\n", 0, NULL},
	    {SCP "write = ROOT/home/.sshx\n", 0, NULL},
	    {SCP "write = ROOT/home/.profile\n", 3, ".profile"},
	    {SCP "write = ROOT/home/.local\n", 3,
		"holds ROOT/home/.local/share/systemd"},
	    {SCP "read = ROOT/home/.local\n", 0, NULL},
	    {SCP "write = ROOT\n", 3, "ROOT may be written, but holds"},
	    {SCP "read = ROOT\n", 0, NULL},
	    {SCP "write = /\n", 3, "/ may be written, but holds"},
	    /* Only the directory at fault is named, wherever it stands. */
	    {SCP "read = ROOT/policy\nwrite = ROOT/home/data\n  ROOT/conf\n"
		 "[allow y]\nprotocol = rdist\n\nwrite = ROOT/bins ROOT\n",
		9, "ROOT may be written"},
	    {SCP "write = ROOT/policy\n", 3, "holds ROOT/policy:"},
	    {SCP "write = ROOT/policy/keys\n", 3, "lies in ROOT/policy:"},
	    {SCP "write = ROOT/policies\n", 0, NULL},
	    {SCP "read = ROOT/policy\n", 0, NULL},
	    {SCP "write = ROOT/log\n", 3, "holds ROOT/log:"},
	    {SCP "write = ROOT/log/a\n", 3, "lies in ROOT/log:"},
	    {SCP "write = ROOT/logs\n", 0, NULL},
	    /* What is executed, by this rule or by another. */
	    {SCP "write = ROOT/bin\n", 0, NULL},
	    {SCP "write = ROOT/bin\n" RUN("ROOT/bin/tool"), 3, "bin/tool"},
	    {RUN("ROOT/bin/tool") SCP "write = ROOT/bin\n", 6, "bin/tool"},
	    {RUN("ROOT/bin/tool") "write = ROOT/bin\n", 4, "bin/tool"},
	    {RUN("ROOT/bin/tool") "write = ROOT/bin/sub\n", 0, NULL},
	    {RUN("ROOT/bin/tool") "write = ROOT/bins\n", 0, NULL},
	    {RUN("/bin/true") "execute = ROOT/bin/tool\nwrite = ROOT/bin\n", 5,
		"bin/tool"},
	    {"[allow y]\ncommand = ROOT/bin/tool a\nwrite = ROOT/bin\n", 3,
		"bin/tool"},
	    {"[allow y]\ncommand = /bin/true\ncommand = ROOT/bin/tool\n"
	     "write = ROOT/bin\n",
		4, "bin/tool"},
	    {RUN("ROOT/bins/script") "write = ROOT/by\n", 4, "by/shell"},
	    {RUN("ROOT/bin/none") "write = ROOT/bin\n", 4, "bin/none"},
	    /* A protocol's programs, and those of its sftp. */
	    {SCP "write = ROOT/scp\n", 3, "holds ROOT/scp/scp:"},
	    {SCP "write = ROOT/sftp\n", 3, "holds ROOT/sftp/sftp-server:"},
	    {"[allow y]\nprotocol = sftp\nwrite = ROOT/sftp\n", 3,
		"sftp-server"},
	    {"[allow y]\nprotocol = sftp\nwrite = ROOT/scp\n", 0, NULL},
	    {RUN("/bin/true") "write = ROOT/scp ROOT/sftp\n", 0, NULL},
	    /* Its own rule will say that it is not there. */
	    {SCP "write = ROOT/none\n", 0, NULL},
	    /* What follows on success is held by the same, */
	    {FOLLOW "on-success.write = ROOT/home/.ssh\n", 5,
		"holds ROOT/home/.ssh:"},
	    {FOLLOW "on-success.write = ROOT/home\n", 5,
		"is the account's home"},
	    {FOLLOW "on-success.read = ROOT/home\n", 5,
		"is the account's home"},
	    {FOLLOW "on-success.read = ROOT/home/.ssh\n", 0, NULL},
	    {FOLLOW "on-success.write = ROOT/policy/keys\n", 5,
		"lies in ROOT/policy:"},
	    {FOLLOW "on-success.write = ROOT/log\n", 5, "holds ROOT/log:"},
	    {FOLLOW "on-success.write = ROOT/home/data\n", 0, NULL},
	    /* and its programs are not to be written either. */
	    {FOLLOW "on-success.write = ROOT/bin\n", 5, "bin/tool"},
	    {FOLLOW "write = ROOT/bin\n", 5, "bin/tool"},
	    {FOLLOW "on-success.execute = ROOT/bins/script\n"
		    "write = ROOT/bins\n",
		6, "bins/script"},
	    {RUN("ROOT/bin/tool") "on-success = /bin/true\n"
				  "on-success.write = ROOT/bin\n",
		5, "bin/tool"},
	};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(rows); i++)
		check_row(&rows[i]);
}

/* Each start-up file, whether it exists or not. */
static void
test_start_files(void **state)
{
	static const char *const names[] = {".ssh", ".bashrc", ".bash_profile",
	    ".bash_login", ".bash_logout", ".bash_aliases", ".profile",
	    ".login", ".logout", ".cshrc", ".tcshrc", ".kshrc", ".mkshrc",
	    ".zshenv", ".zshrc", ".zprofile", ".zlogin", ".zlogout", ".rhosts",
	    ".shosts", ".k5login", ".pam_environment", ".config/fish",
	    ".config/environment.d", ".config/systemd", ".config/autostart",
	    ".local/share/systemd", ".forward", ".procmailrc"};

	(void)state;
	fill();
	scratch_folder("ROOT/own", 0755);
	scratch_folder("ROOT/own/.config", 0755);
	scratch_folder("ROOT/own/.local", 0755);
	scratch_folder("ROOT/own/.local/share", 0755);
	for (size_t i = 0; i < NELEM(names); i++) {
		char path[64], text[128];
		const struct fault *fault;

		snprintf(path, sizeof(path), "ROOT/own/%s", names[i]);
		snprintf(text, sizeof(text), SCP "write = %s\n", path);
		assert_null(judge(text, "ROOT/own", settings_text));
		scratch_folder(path, 0755);
		fault = judge(text, "ROOT/own", settings_text);
		if (fault == NULL ||
		    strstr(fault->text, scratch_text(path)) == NULL)
			fail_msg("accepted: %s", path);
		assert_int_equal(rmdir(scratch_text(path)), 0);
	}
}

/* A link of the account's own hides neither where it leads nor itself. */
static void
test_links(void **state)
{
	static const char text[] = SCP "write = ROOT/keys\n";
	const struct fault *fault;

	(void)state;
	fill();
	assert_null(judge(text, "ROOT/home", settings_text));
	scratch_folder("ROOT/other", 0755);
	scratch_link("ROOT/other/.ssh", "../keys");
	fault = judge(text, "ROOT/other", settings_text);
	assert_non_null(fault);
	assert_non_null(strstr(fault->text, scratch_text("ROOT/keys:")));
	/* A link to what is yet to be made, and one on the way to it. */
	scratch_folder("ROOT/third", 0755);
	scratch_link("ROOT/third/.ssh", "ROOT/keys/to-be-made");
	assert_non_null(judge(text, "ROOT/third", settings_text));
	scratch_folder("ROOT/fourth", 0755);
	scratch_link("ROOT/fourth/.config", "../conf");
	assert_non_null(
	    judge(SCP "write = ROOT/conf\n", "ROOT/fourth", settings_text));
	/* The home by a link, and one that does not exist yet. */
	scratch_link("ROOT/to-home", "home");
	assert_non_null(
	    judge(SCP "read = ROOT/home\n", "ROOT/to-home", settings_text));
	assert_non_null(judge(SCP "write = ROOT/home/.ssh\n", "ROOT/to-home",
	    settings_text));
	scratch_link("ROOT/to-keys", "keys");
	assert_non_null(judge(text, "ROOT/to-keys/new", settings_text));
}

static void
test_homes(void **state)
{
	static const char text[] = SCP "write = ROOT/home/.ssh\n";
	const struct fault *fault;

	(void)state;
	fill();
	assert_non_null(judge(text, "ROOT/home", settings_text));
	assert_non_null(judge(text, "ROOT/home/", settings_text));
	/* Nobody's. */
	assert_null(judge(text, "ROOT/elsewhere", settings_text));
	assert_null(judge(text, NULL, settings_text));
	assert_null(judge(text, "", settings_text));
	fault = judge(SCP "read = /\n", "/", settings_text);
	assert_non_null(fault);
	assert_non_null(strstr(fault->text, "account's home"));
}

/* A record file whose folder is named after the account: the folder above
 * it is held, since that one is not known by name. */
static void
test_records(void **state)
{
	static const struct {
		const char *settings, *text;
		bool refused;
	} rows[] = {
	    {"", SCP "write = ROOT/log\n", false},
	    {"[audit]\nfile = ROOT/log/a.json\n", SCP "write = ROOT/log\n",
		true},
	    {"[audit]\nfile = ROOT/log/${account}/a.json\n",
		SCP "write = ROOT/log/a\n", true},
	    {"[audit]\nfile = ROOT/log/a-${account}/x/b.json\n",
		SCP "write = ROOT/log/a\n", true},
	    {"[audit]\nfile = ROOT/log/none/a.json\n",
		SCP "write = ROOT/log/a\n", false},
	    {"[audit]\nfile = ROOT/log/none/a.json\n", SCP "write = ROOT/log\n",
		true},
	    {"[audit]\nfile = /${account}.json\n", SCP "write = ROOT/conf\n",
		true},
	};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(rows); i++)
		if ((judge(rows[i].text, "ROOT/home", rows[i].settings) !=
			NULL) != rows[i].refused)
			fail_msg("%s%s", rows[i].settings, rows[i].text);
}

/* What other sessions typed and saw: not to be read, once there is any. */
static void
test_transcripts(void **state)
{
	static const struct {
		const char *text;
		const char *part; /* NULL: nothing to object to */
	} rows[] = {
	    {SCP "read = ROOT/casts\n",
		"ROOT/casts may be read, but holds ROOT/casts,"},
	    {SCP "read = ROOT\n", "ROOT may be read, but holds ROOT/casts,"},
	    {SCP "read = /\n", "may be read, but holds"},
	    {SCP "read = ROOT/casts/sub\n", "but lies in ROOT/casts,"},
	    {SCP "read = ROOT/castsx ROOT/home/data\n", NULL},
	    {SCP "write = ROOT/casts\n", "may be written, but holds"},
	    {SCP "write = ROOT/casts/sub\n", "may be written, but lies in"},
	    {SCP "read = ROOT/home/data\nwrite = ROOT/castsx\n", NULL},
	    {RUN("/bin/true") "read = ROOT/casts\n", "transcripts ="},
	};
	static const char text[] = "[audit]\ntranscripts = ROOT/to-casts\n";

	(void)state;
	fill();
	scratch_link("ROOT/to-casts", "casts");
	/* None yet. */
	assert_null(judge(SCP "read = ROOT\n", "ROOT/home", text));
	scratch_folder("ROOT/casts", 01733);
	scratch_folder("ROOT/casts/sub", 0755);
	scratch_folder("ROOT/castsx", 0755);
	for (size_t i = 0; i < NELEM(rows); i++) {
		const struct fault *fault =
		    judge(rows[i].text, "ROOT/home", text);

		if ((fault == NULL) != (rows[i].part == NULL))
			fail_msg("%s", rows[i].text);
		if (fault != NULL &&
		    strstr(fault->text, scratch_text(rows[i].part)) == NULL)
			fail_msg("%s%s", rows[i].text, fault->text);
	}
}

/* Whoever can replace this program needs no policy. */
static void
test_itself(void **state)
{
	char self[PATH_MAX], text[PATH_MAX + 64];
	const struct fault *fault;
	ssize_t n;

	(void)state;
	fill();
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	assert_true(n > 0);
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(text, sizeof(text), SCP "write = '%s'\n", self);
	fault = judge(text, "ROOT/home", settings_text);
	assert_non_null(fault);
	assert_non_null(strstr(fault->text, self));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    scratch_test(test_rows),
	    scratch_test(test_start_files),
	    scratch_test(test_links),
	    scratch_test(test_homes),
	    scratch_test(test_records),
	    scratch_test(test_transcripts),
	    scratch_test(test_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
