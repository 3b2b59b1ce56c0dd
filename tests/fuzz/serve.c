/*
 * The protocols that the client merely starts, git and borg: a command is
 * split and handed to both. Of what comes out, every word is ours.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "choices.h"
#include "list.h"
#include "path.h"
#include "protocol/borg_hold.h"
#include "protocol/protocol.h"
#include "settings.h"
#include "why.h"
#include "words.h"

#define DIRECTORY "/nonexistent/directory"
#define QUOTA ((size_t)1000000000)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char git[] = "/usr/bin/git", borg[] = "/usr/bin/borg";
static char directory[] = DIRECTORY;
static const char restricted[] = "--restrict-to-repository=" DIRECTORY;
static char *programs[PROGRAM_MAX] =
    {[PROGRAM_GIT] = git, [PROGRAM_BORG] = borg};

static bool
is_ours(const char *word)
{
	static const char *const known[] = {"-I", "-c", borg_hold, "serve",
	    "--critical", "--error", "--warning", "--info", "--verbose", "-v",
	    "--debug", restricted, "--append-only"};
	static const char quota[] = "--storage-quota=";

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(word, known[i]) == 0)
			return true;
	return strncmp(word, quota, strlen(quota)) == 0 &&
	    strtoull(word + strlen(quota), NULL, 10) <= QUOTA;
}

static void
start(const struct protocol *protocol, const struct words *words)
{
	const struct choices choices = {.quota = QUOTA};
	const struct area area = {.path = directory,
	    .fd = -1,
	    .access = ACCESS_APPEND};
	const struct protocol_call call = {.words = words,
	    .areas = &area,
	    .nareas = 1,
	    .programs = programs,
	    .choices = &choices};
	struct fault fault = {0};
	struct list argv = {0}, env = {0};
	int ret;

	if (!protocol_claims(protocol, words, programs))
		return;
	ret = protocol->argv(&call, &argv, &env, &fault);
	if (ret == -1) {
		/* A host may have no borg, or one that is not held. */
		assert(fault.why == WHY_OPTION || fault.why == WHY_OUTSIDE ||
		    fault.why == WHY_PROGRAM || fault.why == WHY_EXEC);
		assert(fault.text[0] != '\0');
	} else {
		/* There is no repository for git. */
		assert(protocol == &protocol_borg);
		assert(argv.n >= 8 && argv.v[0][0] == '/');
		assert(strcmp(argv.v[3], borg_hold) == 0);
		for (size_t i = 1; i < argv.n; i++)
			assert(is_ours(argv.v[i]));
	}
	list_free(&argv);
	list_free(&env);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault fault = {0};
	struct words words = {0};
	char *text = malloc(size + 1);

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (words_split(&words, text, &fault) == 0) {
		start(&protocol_git, &words);
		start(&protocol_borg, &words);
	}
	words_free(&words);
	free(text);
	return 0;
}
