/*
 * What rsync's server side may be asked, as facts: what does not stand here
 * is refused. A test has the names of all other options of rsync, so that
 * what a newer one brings is noticed. It trusts nothing that a client sends.
 */

#include <string.h>

#include "choices.h"
#include "list.h"
#include "rsync_options.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* Short names, so that a row fits a line. */
#define NEVER RSYNC_NEVER
#define FREE RSYNC_FREE
#define DELETE RSYNC_DELETE
#define CHOICE RSYNC_CHOICE
#define DROP RSYNC_DROP
#define NONE RSYNC_NONE
#define NUMBER RSYNC_NUMBER
#define SIZE RSYNC_SIZE
#define NAMES RSYNC_NAMES
#define MAP RSYNC_MAP
#define CHARSET RSYNC_CHARSET
#define FORMAT RSYNC_FORMAT
#define STREAM RSYNC_STREAM
#define BATCH RSYNC_BATCH
#define SUFFIXES RSYNC_SUFFIXES
#define SUFFIX RSYNC_SUFFIX
#define BASIS RSYNC_BASIS
#define FOLDERS RSYNC_FOLDERS
#define FOLDER RSYNC_FOLDER
#define PARTIAL RSYNC_PARTIAL
#define LIST RSYNC_LIST
#define LOG RSYNC_LOG

/*
 * Letter, name, when the client fetches, when it stores, value, since.
 * CHOICE is for what makes rsync follow links: Landlock holds what it reads
 * and writes then, but not modes, owners and times. A client that fetches
 * sends --backup-dir too, for itself.
 */
/* clang-format off */
const struct rsync_option rsync_options[] = {
    {'D', NULL, FREE, FREE, NONE, 0, 0},
    {'A', "acls", FREE, FREE, NONE, 30000, 0},
    {0, "append", FREE, FREE, NONE, 20606, RSYNC_SUMS},
    {0, "append-verify", FREE, FREE, NONE, 30000, RSYNC_SUMS},
    {'U', "atimes", FREE, FREE, NONE, 30200, 0},
    {'b', "backup", FREE, FREE, NONE, 0, 0},
    {0, "backup-dir", DROP, FREE, FOLDERS, 0, 0},
    {'B', "block-size", FREE, FREE, SIZE, 0, 0},
    {0, "bwlimit", FREE, FREE, SIZE, 0, 0},
    {'c', "checksum", FREE, FREE, NONE, 0, 0},
    {0, "checksum-choice", FREE, FREE, NAMES, 30103, 0},
    {0, "checksum-seed", FREE, FREE, NUMBER, 20603, 0},
    {0, "compare-dest", NEVER, FREE, BASIS, 0, 0},
    {'z', "compress", FREE, FREE, NONE, 0, 0},
    {0, "compress-choice", FREE, FREE, NAMES, 30200, 0},
    {0, "compress-level", FREE, FREE, NUMBER, 20607, 0},
    {0, "compress-threads", FREE, FREE, NUMBER, 30402, 0},
    {0, "copy-dest", NEVER, FREE, BASIS, 20604, 0},
    {'k', "copy-dirlinks", CHOICE, NEVER, NONE, 20607, 0},
    {'L', "copy-links", CHOICE, NEVER, NONE, 0, 0},
    {0, "copy-unsafe-links", CHOICE, NEVER, NONE, 0, 0},
    {'N', "crtimes", FREE, FREE, NONE, 30203, 0},
    {'C', "cvs-exclude", FREE, FREE, NONE, 0, 0},
    {0, "debug", CHOICE, CHOICE, NAMES, 30100, 0},
    {0, "del", NEVER, DELETE, NONE, 20604, 0},
    {0, "delay-updates", FREE, FREE, NONE, 20604, 0},
    {0, "delete", NEVER, DELETE, NONE, 0, RSYNC_FILTERS},
    {0, "delete-after", NEVER, DELETE, NONE, 0, RSYNC_FILTERS},
    {0, "delete-before", NEVER, DELETE, NONE, 20604, RSYNC_FILTERS},
    {0, "delete-delay", NEVER, DELETE, NONE, 30000, RSYNC_FILTERS},
    {0, "delete-during", NEVER, DELETE, NONE, 20604, RSYNC_FILTERS},
    {0, "delete-excluded", NEVER, DELETE, NONE, 0, RSYNC_FILTERS},
    {0, "delete-missing-args", FREE, DELETE, NONE, 30100, 0},
    {0, "devices", FREE, FREE, NONE, 0, 0},
    {'d', "dirs", FREE, FREE, NONE, 20604, 0},
    {'n', "dry-run", FREE, FREE, NONE, 0, 0},
    {'E', "executability", FREE, FREE, NONE, 20607, 0},
    {0, "existing", FREE, FREE, NONE, 0, 0},
    {0, "fake-super", FREE, FREE, NONE, 30000, 0},
    {0, "files-from", FREE, FREE, LIST, 0, 0},
    {0, "force", NEVER, DELETE, NONE, 0, 0},
    {'0', "from0", FREE, FREE, NONE, 0, 0},
    {0, "fsync", FREE, FREE, NONE, 30204, 0},
    {'y', "fuzzy", FREE, FREE, NONE, 20604, 0},
    {'g', "group", FREE, FREE, NONE, 0, 0},
    {0, "groupmap", FREE, FREE, MAP, 30100, 0},
    {'H', "hard-links", FREE, FREE, NONE, 0, 0},
    {0, "iconv", FREE, FREE, CHARSET, 30000, 0},
    {0, "ignore-errors", FREE, DELETE, NONE, 0, 0},
    {0, "ignore-existing", FREE, FREE, NONE, 0, 0},
    {0, "ignore-missing-args", FREE, FREE, NONE, 30100, 0},
    {0, "ignore-non-existing", FREE, FREE, NONE, 20607, 0},
    {'I', "ignore-times", FREE, FREE, NONE, 0, 0},
    {0, "info", FREE, FREE, NAMES, 30100, 0},
    {0, "inplace", FREE, FREE, NONE, 20603, 0},
    {'K', "keep-dirlinks", NEVER, CHOICE, NONE, 20603, 0},
    {0, "link-dest", NEVER, FREE, BASIS, 0, 0},
    {'l', "links", FREE, FREE, NONE, 0, 0},
    {0, "list-only", FREE, FREE, NONE, 20604, 0},
    {0, "log-file", CHOICE, CHOICE, LOG, 20609, 0},
    {0, "log-format", FREE, FREE, FORMAT, 0, 0},
    {0, "max-alloc", FREE, FREE, SIZE, 30202, 0},
    {0, "max-delete", NEVER, DELETE, NUMBER, 0, 0},
    {0, "max-size", FREE, FREE, SIZE, 20604, 0},
    {0, "min-size", FREE, FREE, SIZE, 20607, 0},
    {0, "mkpath", FREE, FREE, NONE, 30203, RSYNC_MKPATH},
    {'@', "modify-window", FREE, FREE, NUMBER, 0, 0},
    {0, "msgs2stderr", FREE, FREE, NONE, 30100, 0},
    {0, "munge-links", FREE, FREE, NONE, 30100, 0},
    {0, "new-compress", FREE, FREE, NONE, 30101, 0},
    {0, "no-W", FREE, FREE, NONE, 20607, 0},
    {0, "no-implied-dirs", FREE, FREE, NONE, 0, 0},
    {0, "no-msgs2stderr", FREE, FREE, NONE, 30200, 0},
    {0, "no-r", FREE, FREE, NONE, 20607, 0},
    {0, "no-recursive", FREE, FREE, NONE, 20607, 0},
    {0, "no-relative", FREE, FREE, NONE, 0, RSYNC_PLAIN},
    {0, "no-specials", FREE, FREE, NONE, 20607, 0},
    {0, "numeric-ids", FREE, FREE, NONE, 0, 0},
    {0, "old-compress", FREE, FREE, NONE, 30101, 0},
    {'O', "omit-dir-times", FREE, FREE, NONE, 20604, 0},
    {'J', "omit-link-times", FREE, FREE, NONE, 30100, 0},
    {'x', "one-file-system", FREE, FREE, NONE, 0, 0},
    {0, "only-write-batch", NEVER, FREE, BATCH, 20605, 0},
    {0, "open-noatime", FREE, FREE, NONE, 30200, 0},
    {'o', "owner", FREE, FREE, NONE, 0, 0},
    {0, "partial", FREE, FREE, NONE, 0, 0},
    {0, "partial-dir", NEVER, FREE, PARTIAL, 20603, 0},
    {'p', "perms", FREE, FREE, NONE, 0, 0},
    {0, "preallocate", FREE, FREE, NONE, 30100, 0},
    {'m', "prune-empty-dirs", FREE, FREE, NONE, 20607, RSYNC_FILTERS},
    {0, "qsort", FREE, FREE, NONE, 30000, 0},
    {'q', "quiet", FREE, FREE, NONE, 0, 0},
    {'r', "recursive", FREE, FREE, NONE, 0, 0},
    {'R', "relative", FREE, FREE, NONE, 0, RSYNC_RELATIVE},
    {0, "remove-sent-files", DELETE, FREE, NONE, 20604, RSYNC_REMOVES},
    {0, "remove-source-files", DELETE, FREE, NONE, 20609, RSYNC_REMOVES},
    {0, "safe-links", FREE, FREE, NONE, 0, 0},
    {0, "size-only", FREE, FREE, NONE, 0, 0},
    {0, "skip-compress", FREE, FREE, SUFFIXES, 30000, 0},
    {'S', "sparse", FREE, FREE, NONE, 0, 0},
    {0, "specials", FREE, FREE, NONE, 20607, 0},
    {0, "stats", FREE, FREE, NONE, 0, 0},
    {0, "stderr", FREE, FREE, STREAM, 30203, 0},
    {0, "suffix", FREE, FREE, SUFFIX, 0, 0},
    {0, "super", FREE, FREE, NONE, 20607, 0},
    {'T', "temp-dir", NEVER, FREE, FOLDER, 0, 0},
    {0, "timeout", FREE, FREE, NUMBER, 0, 0},
    {'t', "times", FREE, FREE, NONE, 0, 0},
    {'u', "update", FREE, FREE, NONE, 0, 0},
    {0, "usermap", FREE, FREE, MAP, 30100, 0},
    {'v', "verbose", FREE, FREE, NONE, 0, 0},
    {'W', "whole-file", FREE, FREE, NONE, 0, 0},
    {'X', "xattrs", FREE, FREE, NONE, 30000, 0},
    {0, NULL, NEVER, NEVER, NONE, 0, 0},
};
/* clang-format on */

/* What to do instead, where there is something. */
static const struct {
	const char *word;
	const char *hint;
} hints[] = {
    {"-s",
	"hides the names of files from this side: run rsync without "
	"-s, and with RSYNC_PROTECT_ARGS=0"},
    {"--secluded-args", "hides the names of files: run rsync without -s"},
    {"--protect-args", "hides the names of files: run rsync without -s"},
    {"--daemon", "no daemon is run here: write HOST:PATH with one colon"},
    {"--log-file", "the administrator may add options = +log-file"},
};

const struct rsync_option *
rsync_option_letter(char letter)
{
	for (const struct rsync_option *o = rsync_options;
	     o->letter != 0 || o->name != NULL; o++)
		if (o->letter == letter && letter != 0)
			return o;
	return NULL;
}

const struct rsync_option *
rsync_option_named(const char *name, size_t len)
{
	for (const struct rsync_option *o = rsync_options;
	     o->letter != 0 || o->name != NULL; o++)
		if (o->name != NULL && strlen(o->name) == len &&
		    memcmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

/* A letter or a name, as `options` has it after the sign. */
static const struct rsync_option *
find(const char *word)
{
	return strlen(word) == 1 ? rsync_option_letter(*word) :
				   rsync_option_named(word, strlen(word));
}

static int
refuse(const char *word, const char *otherwise, struct fault *fault)
{
	for (size_t i = 0; i < NELEM(hints); i++)
		if (strncmp(word, hints[i].word, strlen(hints[i].word)) == 0)
			otherwise = hints[i].hint;
	return fault_set(fault, WHY_OPTION, "%s: %s", word, otherwise);
}

int
rsync_option_unknown(const char *word, struct fault *fault)
{
	return refuse(word, "no option that is taken from a client", fault);
}

/* The last word about it counts: '+', '-', or 0 when there is none. */
static char
chosen(const struct choices *choices, const struct rsync_option *option)
{
	char sign = 0;

	for (size_t i = 0; i < choices->options.n; i++)
		if (find(choices->options.v[i] + 1) == option)
			sign = choices->options.v[i][0];
	return sign;
}

enum rsync_use
rsync_option_use(const struct rsync_option *option, bool sends,
    const struct choices *choices, const char *word, struct fault *fault)
{
	enum rsync_use use = sends ? option->fetch : option->store;
	char sign = chosen(choices, option);

	if (use == RSYNC_NEVER)
		refuse(word,
		    sends ? "not when fetching files" :
			    "not when storing files",
		    fault);
	else if (sign == '-')
		refuse(word, "the rule takes it away", fault);
	else if (use == RSYNC_DELETE && !choices->delete)
		refuse(word, "the rule does not say delete = yes", fault);
	else if (use == RSYNC_CHOICE && sign != '+')
		refuse(word, "the rule does not say options = +…", fault);
	else
		return use;
	return RSYNC_NEVER;
}

static int
check_word(const char *word, struct fault *fault)
{
	const struct rsync_option *option;

	if (*word != '+' && *word != '-')
		return fault_set(fault, WHY_POLICY,
		    "%s: write +NAME to permit an option of rsync, -NAME to "
		    "refuse it",
		    word);
	option = find(word + 1);
	if (option == NULL)
		return fault_set(fault, WHY_POLICY,
		    "%s: no option of rsync that a rule can permit or refuse; "
		    "write its letter, or its long name without --",
		    word);
	if (*word == '+' &&
	    (option->store == RSYNC_DELETE || option->fetch == RSYNC_DELETE))
		return fault_set(fault, WHY_POLICY,
		    "%s: write delete = yes instead", word);
	return 0;
}

int
rsync_options_check(const struct list *words, struct fault *fault)
{
	for (size_t i = 0; i < words->n; i++)
		if (check_word(words->v[i], fault) == -1)
			return -1;
	return 0;
}
