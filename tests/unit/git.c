/*
 * git.c: what becomes of a request, word by word; the environment that holds
 * a repository; which repository a name is.
 */

#include "access.h"
#include "choices.h"
#include "path.h"
#include "protocol/protocol.h"
#include "scratch.h"
#include "settings.h"
#include "why.h"
#include "words.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define CONFIG(n, key, value) \
	"GIT_CONFIG_KEY_" n "=" key "|GIT_CONFIG_VALUE_" n "=" value "|"
#define BEFORE "GIT_EXEC_PATH=/usr/bin|GIT_CONFIG_GLOBAL=/dev/null|"
#define OURS(a, b, c, d, e) \
	CONFIG(a, "core.fsmonitor", "false") \
	CONFIG(b, "core.alternateRefsCommand", "/nonexistent/none") \
	CONFIG(c, "gc.autoDetach", "false") \
	CONFIG(d, "maintenance.autoDetach", "false") \
	CONFIG(e, "core.createObject", "rename")
#define NO_HOOKS \
	CONFIG("0", "core.hooksPath", "/dev/null") \
	OURS("1", "2", "3", "4", "5")
#define ALONE "|GIT_NO_LAZY_FETCH=1|GIT_ALLOW_PROTOCOL="

static struct area areas[3];
static size_t nareas;
static char *programs[PROGRAM_MAX];
static struct list argv, env;
static struct fault fault;

static void
open_area(const char *path, unsigned access)
{
	struct area *area = &areas[nareas++];

	area->path = strdup(scratch_text(path));
	area->fd = open(area->path, O_PATH | O_CLOEXEC);
	area->access = access;
	assert_true(area->fd != -1);
}

static void
clear(void)
{
	list_free(&argv);
	list_free(&env);
	fault = (struct fault) {0};
}

static int
end(void **state)
{
	clear();
	while (nareas > 0) {
		nareas--;
		close(areas[nareas].fd);
		free(areas[nareas].path);
	}
	free(programs[PROGRAM_GIT]);
	programs[PROGRAM_GIT] = NULL;
	return scratch_remove(state);
}

#define git_test(f) cmocka_unit_test_teardown(f, end)

static void
repository(const char *path)
{
	char part[256];

	scratch_folder(path, 0755);
	snprintf(part, sizeof(part), "%s/objects", path);
	scratch_folder(part, 0755);
	snprintf(part, sizeof(part), "%s/refs", path);
	scratch_folder(part, 0755);
	snprintf(part, sizeof(part), "%s/HEAD", path);
	scratch_file(part, 0644, "ref: refs/heads/main\n");
}

/* in/ is read and written, out/ read; both have repositories. */
static void
fill(void)
{
	scratch_make();
	scratch_folder("ROOT/in", 0755);
	scratch_folder("ROOT/out", 0755);
	repository("ROOT/in/a.git");
	repository("ROOT/out/b.git");
	scratch_folder("ROOT/in/tree", 0755);
	repository("ROOT/in/tree/.git");
	open_area("ROOT/in", ACCESS_READ);
	open_area("ROOT/in", ACCESS_WRITE);
	open_area("ROOT/out", ACCESS_READ);
	programs[PROGRAM_GIT] = strdup("/usr/bin/git");
}

static int
ask(const char *command, bool hooks, char *const *client)
{
	const struct choices choices = {.hooks = hooks};
	struct words words = {0};
	const struct protocol_call call = {.words = &words,
	    .areas = areas,
	    .nareas = nareas,
	    .programs = programs,
	    .client_env = client,
	    .choices = &choices};
	int ret;

	clear();
	assert_int_equal(words_split(&words, scratch_text(command), &fault), 0);
	ret = protocol_git.argv(&call, &argv, &env, &fault);
	words_free(&words);
	return ret;
}

static const char *
joined(const struct list *list)
{
	static char text[4096];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < list->n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s%s", i > 0 ? "|" : "", list->v[i]);
	assert_true(used < sizeof(text));
	return text;
}

/* All that the repository could set, and what it may. */
static void
test_environment(void **state)
{
	static const struct {
		const char *command;
		bool hooks;
		const char *expected;
	} rows[] = {
	    {"git-upload-pack a", false,
		BEFORE NO_HOOKS CONFIG("6", "safe.directory",
		    "ROOT/in/a.git") "GIT_CONFIG_COUNT=7" ALONE},
	    {"git-receive-pack tree", false,
		BEFORE NO_HOOKS CONFIG("6", "safe.directory",
		    "ROOT/in/tree/.git") CONFIG("7", "safe.directory",
		    "ROOT/in/tree") "GIT_CONFIG_COUNT=8" ALONE},
	    {"git-receive-pack a", true,
		BEFORE OURS("0", "1", "2", "3", "4") CONFIG("5",
		    "safe.directory", "ROOT/in/a.git") "GIT_CONFIG_COUNT=6"},
	};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(rows); i++) {
		assert_int_equal(ask(rows[i].command, rows[i].hooks, NULL), 0);
		assert_string_equal(joined(&env),
		    scratch_text(rows[i].expected));
	}
}

/* What the client may say of the version, and nothing more. */
static void
test_version(void **state)
{
	static const struct {
		char client[32];
		bool passes;
	} rows[] = {
	    {"GIT_PROTOCOL=version=0", true},
	    {"GIT_PROTOCOL=version=1", true},
	    {"GIT_PROTOCOL=version=2", true},
	    {"GIT_PROTOCOL=version=3", false},
	    {"GIT_PROTOCOL=version=2:x", false},
	    {"GIT_PROTOCOL=version=2\n", false},
	    {"GIT_PROTOCOL=version=", false},
	    {"GIT_PROTOCOL=", false},
	    {"GIT_PROTOCOL", false},
	    {"xGIT_PROTOCOL=version=2", false},
	    {"GIT_PROTOCOL=VERSION=2", false},
	};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(rows); i++) {
		char copy[32], other[] = "GIT_DIR=/tmp";
		char *client[] = {other, copy, NULL};
		size_t found = 0;

		memcpy(copy, rows[i].client, sizeof(copy));
		assert_int_equal(ask("git-upload-pack a", false, client), 0);
		for (size_t j = 0; j < env.n; j++) {
			assert_null(strstr(env.v[j], "GIT_DIR"));
			if (strncmp(env.v[j], "GIT_PROTOCOL", 12) != 0)
				continue;
			found++;
			assert_string_equal(env.v[j], rows[i].client);
		}
		assert_int_equal(found, rows[i].passes);
	}
}

/* The same, said slowly: two words `git-SERVICE R`, or three. */
static bool
is_request(const char *const *word, size_t n)
{
	static const char *const asked[] = {"git-upload-pack",
	    "/usr/bin/git-upload-pack", "git-receive-pack"};

	if (n == 3 &&
	    (strcmp(word[0], "git") == 0 ||
		strcmp(word[0], "/usr/bin/git") == 0))
		return strcmp(word[1], "upload-pack") == 0 && word[2][0] != '-';
	for (size_t i = 0; n == 2 && i < NELEM(asked); i++)
		if (strcmp(word[0], asked[i]) == 0)
			return word[1][0] != '-';
	return false;
}

/* Every request of up to four of these words. */
static void
test_words(void **state)
{
	static const char *const some[] = {"git", "/usr/bin/git",
	    "git-upload-pack", "/usr/bin/git-upload-pack", "git-receive-pack",
	    "upload-pack", "git-upload", "a", "-a", "--help", "--strict"};
	enum { MOST = 4 };
	size_t pick[MOST + 1] = {0};

	(void)state;
	fill();
	/* Each of these names is a repository, so that only words decide. */
	for (size_t i = 5; i < 7; i++) {
		char path[64];

		snprintf(path, sizeof(path), "ROOT/in/%s", some[i]);
		repository(path);
	}
	repository("ROOT/in/git");
	repository("ROOT/in/git-upload-pack");
	repository("ROOT/in/git-receive-pack");
	for (size_t n = 1; n <= MOST; n++) {
		memset(pick, 0, sizeof(pick));
		while (pick[n] == 0) {
			const char *word[MOST];
			char command[256] = "";

			for (size_t i = 0; i < n; i++) {
				word[i] = some[pick[i]];
				strcat(command, i > 0 ? " " : "");
				strcat(command, word[i]);
			}
			if (ask(command, false, NULL) == 0) {
				if (!is_request(word, n))
					fail_msg("%s", command);
				assert_string_equal(argv.v[0], "/usr/bin/git");
			} else if (fault.why == WHY_OPTION) {
				if (is_request(word, n))
					fail_msg("%s: %s", command, fault.text);
			} else {
				/* No repository has the name of a program. */
				assert_int_equal(fault.why, WHY_OUTSIDE);
				assert_true(word[n - 1][0] == '/');
			}
			for (size_t i = 0; i <= n && ++pick[i] == NELEM(some);
			     i++)
				pick[i] = 0;
		}
	}
}

/* Which of R/.git, R, R.git/.git and R.git, and with what access. */
static void
test_repository(void **state)
{
	static const struct {
		const char *command;
		const char *path; /* NULL: none */
	} rows[] = {
	    {"git-upload-pack a", "ROOT/in/a.git"},
	    {"git-upload-pack a.git", "ROOT/in/a.git"},
	    {"git-upload-pack a///", "ROOT/in/a.git"},
	    {"git-upload-pack '~/a'", "ROOT/in/a.git"},
	    {"git-upload-pack ~//a", "ROOT/in/a.git"},
	    {"git-upload-pack ../in/a", "ROOT/in/a.git"},
	    {"git-upload-pack '~root/a'", NULL},
	    {"git-upload-pack ~a", NULL},
	    {"git-upload-pack tree", "ROOT/in/tree/.git"},
	    {"git-upload-pack tree/.git", "ROOT/in/tree/.git"},
	    {"git-upload-pack ROOT/out/b", "ROOT/out/b.git"},
	    {"git-receive-pack ROOT/out/b", NULL},
	    {"git-receive-pack ROOT/in/a", "ROOT/in/a.git"},
	    {"git-upload-pack b", NULL},
	    {"git-upload-pack a*", NULL},
	    {"git-upload-pack .", NULL},
	    {"git-upload-pack ~", NULL},
	    {"git-upload-pack ''", NULL},
	    {"git-upload-pack /", NULL},
	    {"git-upload-pack a.git/objects", NULL},
	    {"git-upload-pack two", "ROOT/in/two/.git"},
	    {"git-upload-pack two.git", "ROOT/in/two.git"},
	    {"git-upload-pack both", "ROOT/in/both"},
	    {"git-upload-pack worktree", NULL},
	    {"git-upload-pack inside", "ROOT/in/a.git"},
	    {"git-upload-pack outside", NULL},
	    {"git-upload-pack half", NULL},
	    {"git-upload-pack split", NULL},
	};

	(void)state;
	fill();
	repository("ROOT/in/two.git");
	scratch_folder("ROOT/in/two", 0755);
	repository("ROOT/in/two/.git");
	repository("ROOT/in/both");
	repository("ROOT/in/both.git");
	repository("ROOT/beside.git");
	repository("ROOT/in/split.git");
	scratch_file("ROOT/in/split.git/commondir", 0644, "../a.git\n");
	scratch_folder("ROOT/in/worktree", 0755);
	scratch_file("ROOT/in/worktree/.git", 0644, "gitdir: ROOT/in/a.git\n");
	scratch_link("ROOT/in/inside", "a.git");
	scratch_link("ROOT/in/outside", "ROOT/beside.git");
	scratch_folder("ROOT/in/half", 0755);
	scratch_file("ROOT/in/half/HEAD", 0644, "");
	for (size_t i = 0; i < NELEM(rows); i++) {
		int ret = ask(rows[i].command, false, NULL);

		if (rows[i].path == NULL) {
			if (ret != -1 || fault.why != WHY_OUTSIDE)
				fail_msg("%s: %s", rows[i].command,
				    joined(&argv));
			continue;
		}
		if (ret == -1)
			fail_msg("%s: %s", rows[i].command, fault.text);
		assert_string_equal(argv.v[argv.n - 1],
		    scratch_text(rows[i].path));
	}
}

/* Children are the same program, wherever that is. */
static void
test_exec_path(void **state)
{
	static const char *const rows[][2] = {
	    {"/usr/bin/git", "GIT_EXEC_PATH=/usr/bin"},
	    {"/opt/git/bin/git", "GIT_EXEC_PATH=/opt/git/bin"},
	    {"/git", "GIT_EXEC_PATH=/"},
	};

	(void)state;
	fill();
	for (size_t i = 0; i < NELEM(rows); i++) {
		free(programs[PROGRAM_GIT]);
		programs[PROGRAM_GIT] = strdup(rows[i][0]);
		assert_int_equal(ask("git-upload-pack a", false, NULL), 0);
		assert_string_equal(env.v[0], rows[i][1]);
		assert_string_equal(argv.v[0], rows[i][0]);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    git_test(test_environment),
	    git_test(test_version),
	    git_test(test_words),
	    git_test(test_repository),
	    git_test(test_exec_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
