/*
 * borg's server side. The client asks for `borg serve` and names its
 * repository in-band, so borg itself is told where it may be, and the kernel
 * holds it there. Nothing that the client sends widens what the policy says.
 */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "borg_hold.h"
#include "choices.h"
#include "list.h"
#include "path.h"
#include "protocol.h"
#include "sandbox/answer.h"
#include "settings.h"
#include "why.h"
#include "words.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* What the client's options amount to. */
struct borg {
	const char *level; /* of messages; NULL: borg's default */
	bool append_only;
	bool held; /* by the policy, whatever the client makes of borg */
	uintmax_t quota; /* bytes; 0: none */
};

enum kind {
	LEVEL, /* handed on */
	APPEND, /* may narrow what the policy permits */
	QUOTA, /* likewise */
	IDLE /* of no use to a server, or none of the client's business */
};

/* All that borg's clients have sent; a value follows a final `=`. */
static const struct option {
	const char *text;
	enum kind kind;
} options[] = {
    {"--critical", LEVEL},
    {"--error", LEVEL},
    {"--warning", LEVEL},
    {"--info", LEVEL},
    {"--verbose", LEVEL},
    {"-v", LEVEL},
    {"--debug", LEVEL},
    {"--append-only", APPEND},
    {"--storage-quota=", QUOTA},
    {"--debug-topic=", IDLE},
    {"--lock-wait=", IDLE},
    {"--umask=", IDLE},
};

static const struct option *
find_option(const char *word)
{
	for (size_t i = 0; i < NELEM(options); i++) {
		const char *text = options[i].text;
		size_t len = strlen(text);

		if (text[len - 1] == '=' ? strncmp(word, text, len) == 0 :
					   strcmp(word, text) == 0)
			return &options[i];
	}
	return NULL;
}

/* Clients send bytes, in digits. */
static int
read_quota(struct borg *borg, const char *word, struct fault *fault)
{
	const char *digits = strchr(word, '=') + 1;
	char *end;

	errno = 0;
	borg->quota = strtoumax(digits, &end, 10);
	if (digits[strspn(digits, "0123456789")] != '\0' || end == digits ||
	    errno != 0 || borg->quota == 0)
		return fault_set(fault, WHY_OPTION, "%s: not a number of bytes",
		    word);
	return 0;
}

static int
read_option(struct borg *borg, const char *word, struct fault *fault)
{
	const struct option *option = find_option(word);

	if (option == NULL)
		return fault_set(fault, WHY_OPTION,
		    "%s: no option that borg's clients send; the policy says "
		    "where borg may be",
		    word);
	switch (option->kind) {
	case LEVEL:
		borg->level = option->text;
		return 0;
	case APPEND:
		borg->append_only = true;
		return 0;
	case QUOTA:
		return read_quota(borg, word, fault);
	case IDLE:
		return 0;
	}
	return 0;
}

static int
read_words(struct borg *borg, const struct words *words, struct fault *fault)
{
	if (words->text.n < 2 || strcmp(words->text.v[1], "serve") != 0)
		return fault_set(fault, WHY_OPTION,
		    "borg is asked for as `borg serve`");
	for (size_t i = 2; i < words->text.n; i++) {
		if (words->mark[i].special & WORD_GLOB)
			return fault_set(fault, WHY_OPTION, "%s: a pattern",
			    words->text.v[i]);
		if (read_option(borg, words->text.v[i], fault) == -1)
			return -1;
	}
	return 0;
}

/* The smaller of the two, and one append directory makes all so: borg takes
 * one of each for a session. */
static void
narrow(struct borg *borg, const struct protocol_call *call)
{
	uintmax_t quota = call->choices->quota;

	if (quota != 0 && (borg->quota == 0 || borg->quota > quota))
		borg->quota = quota;
	for (size_t i = 0; i < call->nareas; i++)
		if (call->areas[i].access & ACCESS_APPEND)
			borg->append_only = borg->held = true;
}

/* A quota holds for each repository: where there is one, a directory is one
 * repository, or the client would just begin another beside it. */
static int
add_directories(const struct protocol_call *call, struct list *argv)
{
	const char *option = call->choices->quota != 0 ?
	    "--restrict-to-repository=" :
	    "--restrict-to-path=";

	for (size_t i = 0; i < call->nareas; i++) {
		size_t j = 0;

		while (strcmp(call->areas[j].path, call->areas[i].path) != 0)
			j++;
		if (j == i &&
		    list_addf(argv, "%s%s", option, call->areas[i].path) == -1)
			return -1;
	}
	return 0;
}

/* borg's own script, or ours in the same Python. */
static int
add_program(const struct protocol_call *call, const struct borg *borg,
    struct list *argv, struct fault *fault)
{
	const char *program = call->programs[PROGRAM_BORG];
	char *python;

	if (!borg->held) {
		if (list_add(argv, program) == 0)
			return 0;
	} else {
		python = borg_hold_python(program, fault);
		if (python == NULL)
			return -1;
		if (list_take(argv, python) == 0 && list_add(argv, "-I") == 0 &&
		    list_add(argv, "-c") == 0 && list_add(argv, borg_hold) == 0)
			return 0;
	}
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

static int
add_words(const struct protocol_call *call, const struct borg *borg,
    struct list *argv)
{
	if (list_add(argv, "serve") == -1 ||
	    (borg->level != NULL && list_add(argv, borg->level) == -1) ||
	    add_directories(call, argv) == -1)
		return -1;
	if (borg->append_only && list_add(argv, "--append-only") == -1)
		return -1;
	if (borg->quota != 0 &&
	    list_addf(argv, "--storage-quota=%ju", borg->quota) == -1)
		return -1;
	/* Without it, borg sets its own, which is 077. */
	if (call->has_umask &&
	    list_addf(argv, "--umask=%04o", (unsigned)call->umask) == -1)
		return -1;
	return 0;
}

/* borg expands `~` of a repository in HOME, where Python would also look for
 * code to load: not with this. It must find a folder for temporary files. */
static int
add_environment(const struct protocol_call *call, struct list *env)
{
	const char *home = call->areas[0].path;

	if (list_addf(env, "HOME=%s", home) == -1 ||
	    list_addf(env, "TMPDIR=%s", home) == -1 ||
	    list_add(env, "PYTHONNOUSERSITE=1") == -1 ||
	    list_add(env, "PYTHONSAFEPATH=1") == -1)
		return -1;
	/* It would write into a temporary folder. */
	return list_add(env, "BORG_SELFTEST=disabled");
}

static int
build(const struct protocol_call *call, struct list *argv, struct list *env,
    struct fault *fault)
{
	struct borg borg = {0};

	if (read_words(&borg, call->words, fault) == -1)
		return -1;
	narrow(&borg, call);
	if (add_program(call, &borg, argv, fault) == -1)
		return -1;
	if (add_words(call, &borg, argv) == -1 ||
	    add_environment(call, env) == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

static const char *const asked[] = {"borg", "/usr/bin/borg",
    "/usr/local/bin/borg", NULL};

/* It starts nothing, and has no threads. */
/* It asks for the name and a card of the host, and uuidd, and takes what it
 * has without them; and it would have dump(8) leave a file out. */
static const struct expected expected[] = {
    {SYS_socket, NETWORK_ANY, 3, {{0, AF_INET}, {1, SOCK_DGRAM}, {2, 0}}},
    {SYS_socket, NETWORK_ANY, 3,
	{{0, AF_INET}, {1, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK}, {2, 0}}},
    {SYS_socket, NETWORK_UNIX | NETWORK_ANY, 3,
	{{0, AF_UNIX}, {1, SOCK_STREAM}, {2, 0}}},
    {SYS_ioctl, 0, 1, {{1, (uint32_t)FS_IOC_SETFLAGS}}},
    {-1, 0, 0, {{0, 0}}},
};

static const char *const calls[] = {"@io", "@fs-read", "@fs-write", "@fs-meta",
    "@signal", "@poll", "@ids", "@time", NULL};

/* The modules of Python, by the versions that distributions ship. */
static const struct protocol_need needs[] = {
    {"/usr/lib/python3", ACCESS_READ},
    {"/usr/lib/python3.9", ACCESS_READ},
    {"/usr/lib/python3.10", ACCESS_READ},
    {"/usr/lib/python3.11", ACCESS_READ},
    {"/usr/lib/python3.12", ACCESS_READ},
    {"/usr/lib/python3.13", ACCESS_READ},
    {"/usr/lib/python3.14", ACCESS_READ},
    {NULL, 0},
};

/* BORG_HOST_ID is for the rule to say: unsaid, borg takes another for each
 * session, and never knows a lock that a killed one left behind. */
static const char *const variables[] = {"BORG_SELFTEST", "HOME", "TMPDIR",
    NULL};

const struct protocol protocol_borg = {
    .name = "borg",
    .asked = asked,
    .program = PROGRAM_BORG,
    .calls = calls,
    .expected = expected,
    .needs = needs,
    .variables = variables,
    .choices = CHOICE_QUOTA,
    .links = true, /* to erase an old key, it keeps a link to the file */
    .needs_read = true,
    .appends = true,
    .argv = build,
};
