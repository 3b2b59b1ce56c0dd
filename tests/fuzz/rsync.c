/*
 * Any command as a request of rsync, fetching and storing, in a rule that
 * permits the most. What is accepted starts as it must, has only options of
 * the tables, and names nothing outside of the rule's directories.
 */

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "choices.h"
#include "list.h"
#include "path.h"
#include "protocol/protocol.h"
#include "protocol/rsync_options.h"
#include "settings.h"
#include "why.h"
#include "words.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Small, there on every host, and never written to: nothing is run. */
#define FOLDER "/usr/share/misc"

static char *programs[PROGRAM_MAX];
static struct area areas[2];
static struct choices choices = {.delete = true};

static void
begin(void)
{
	static char program[] = "/bin/true", folder[] = "/usr/share/misc";
	static const char *const words[] = {"+L", "+k", "+K", "+log-file",
	    "+copy-unsafe-links", "+debug"};

	if (areas[0].path != NULL)
		return;
	programs[PROGRAM_RSYNC] = program;
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		areas[i].path = folder;
		areas[i].fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
		assert(areas[i].fd != -1);
		areas[i].access = i == 0 ? ACCESS_READ : ACCESS_WRITE;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert(list_add(&choices.options, words[i]) == 0);
}

/* Inside by its text: canonical, or relative to it and without `..`. */
static void
check_inside(const char *path)
{
	size_t len = strlen(FOLDER);

	assert(strstr(path, "/../") == NULL);
	if (strncmp(path, FOLDER, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0'))
		return;
	/* With --relative a path keeps the client's own spelling. */
	assert(*path == '/' && strstr(path, "usr") != NULL);
}

static void
check_value(const struct rsync_option *option, const char *value)
{
	if (option->value < RSYNC_PATH)
		return;
	if (option->value == RSYNC_LIST && strcmp(value, "-") == 0)
		return;
	if (option->value == RSYNC_PARTIAL && *value != '/')
		assert(
		    strstr(value, "/../") == NULL && strcmp(value, "..") != 0);
	else
		check_inside(value);
}

static void
check_option(const char *word)
{
	const struct rsync_option *option;
	const char *value = strchr(word, '=');
	size_t len = strcspn(word, "=");

	if (strcmp(word, "--chmod=ug-s") == 0 || strcmp(word, "--sender") == 0)
		return;
	assert(word[0] == '-' && word[1] != '\0');
	if (word[1] != '-') {
		assert(strspn(word + 1,
			   "abcdefghijklmnopqrstuvwxyz.0123456789"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(word + 1));
		return;
	}
	option = rsync_option_named(word + 2, len - 2);
	assert(option != NULL);
	assert((value != NULL) == (option->value != RSYNC_NONE));
	if (value != NULL)
		check_value(option, value + 1);
}

static void
check_argv(const struct list *argv)
{
	size_t i = 2;

	assert(argv->n >= 4);
	assert(strcmp(argv->v[0], programs[PROGRAM_RSYNC]) == 0);
	assert(strcmp(argv->v[1], "--server") == 0);
	for (; i < argv->n && strcmp(argv->v[i], ".") != 0; i++)
		check_option(argv->v[i]);
	assert(i + 1 < argv->n);
	while (++i < argv->n)
		check_inside(argv->v[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *command = malloc(size + 1);
	struct list argv = {0}, env = {0};
	struct words words = {0};
	struct fault fault = {0};
	struct protocol_call call = {
	    .areas = areas,
	    .nareas = 2,
	    .programs = programs,
	    .choices = &choices,
	    .set_id = SET_ID_STRIP,
	};

	assert(command != NULL);
	begin();
	if (size > 0)
		memcpy(command, data, size);
	command[size] = '\0';
	if (words_split(&words, command, &fault) == 0 && words.text.n > 0) {
		call.words = &words;
		if (protocol_rsync.argv(&call, &argv, &env, &fault) == 0)
			check_argv(&argv);
		else
			assert(fault.why != WHY_UNDECIDED &&
			    fault.text[0] != '\0');
	}
	words_free(&words);
	list_free(&argv);
	list_free(&env);
	free(command);
	return 0;
}
