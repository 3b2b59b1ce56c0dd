/*
 * rsync over a remote shell: the client starts `rsync --server` on this side
 * with options of its own choice. What runs is rebuilt from rows of the
 * table in rsync_options.c and from paths that were resolved; names that
 * follow in-band are the kernel's to judge.
 */

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "choices.h"
#include "list.h"
#include "operand.h"
#include "path.h"
#include "protocol.h"
#include "rsync_offers.h"
#include "rsync_options.h"
#include "rsync_path.h"
#include "rsync_source.h"
#include "rsync_value.h"
#include "settings.h"
#include "why.h"
#include "words.h"

/* More than rsync sends. */
#define LETTERS_MAX 64

/* An option as the client gave it, its value standing in a word. */
struct given {
	const struct rsync_option *option; /* NULL: a bundle of letters */
	const char *text; /* the value, or the whole bundle */
	size_t word;
};

struct rsync {
	const struct protocol_call *call;
	struct given *given;
	size_t ngiven;
	size_t at; /* the word to read */
	bool sends; /* this side does: the client fetches */
	bool listed; /* names come from --files-from */
	bool sums; /* tells what is in the files that are here */
	bool filters; /* takes rules in-band, and files of rules */
	struct rsync_paths paths;
	struct fault *fault;
};

static int
no_memory(struct fault *fault)
{
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

static const char *
word(const struct rsync *r, size_t i)
{
	return r->call->words->text.v[i];
}

static void
take(struct rsync *r, const struct rsync_option *option, const char *text)
{
	r->given[r->ngiven++] =
	    (struct given) {.option = option, .text = text, .word = r->at};
}

static void
mark(struct rsync *r, const struct rsync_option *option)
{
	switch (option->mark) {
	case RSYNC_RELATIVE:
		r->paths.relative = true;
		break;
	case RSYNC_PLAIN:
		r->paths.relative = false;
		break;
	case RSYNC_MKPATH:
		r->paths.deep = true;
		break;
	case RSYNC_SUMS:
		r->sums = true;
		break;
	case RSYNC_FILTERS:
		r->filters = true;
		break;
	case RSYNC_REMOVES:
		r->paths.removes = r->sends;
		break;
	default:
		break;
	}
}

static enum rsync_use
use_of(const struct rsync *r, const struct rsync_option *option,
    const char *name)
{
	return rsync_option_use(option, r->sends, r->call->choices, name,
	    r->fault);
}

/* `e31.iLsfxCIvu`, at the end of a bundle: no remote shell, but what the
 * client can do. */
static bool
is_ability(const char *text)
{
	static const char digits[] = "0123456789";

	if (*text++ != 'e')
		return false;
	text += strspn(text, digits);
	if (*text++ != '.')
		return false;
	for (; *text != '\0'; text++)
		if ((*text < 'a' || *text > 'z') &&
		    (*text < 'A' || *text > 'Z') &&
		    strchr(digits, *text) == NULL)
			return false;
	return true;
}

/* -B700, -@-1: a letter whose value is the rest of the word. */
static int
read_number(struct rsync *r, const struct rsync_option *option, const char *w)
{
	const char name[] = {'-', w[1], '\0'};

	if (use_of(r, option, name) == RSYNC_NEVER)
		return -1;
	if (!rsync_value_fits(option->value, w + 2))
		return fault_set(r->fault, WHY_OPTION, "%s: not %s", w,
		    rsync_value_what(option->value));
	take(r, option, w + 2);
	return 0;
}

static int
read_letter(struct rsync *r, char letter)
{
	const struct rsync_option *option = rsync_option_letter(letter);
	const char name[] = {'-', letter, '\0'};

	if (option == NULL || option->value != RSYNC_NONE)
		return rsync_option_unknown(name, r->fault);
	if (use_of(r, option, name) == RSYNC_NEVER)
		return -1;
	mark(r, option);
	return 0;
}

static int
read_letters(struct rsync *r, const char *w)
{
	const struct rsync_option *option = rsync_option_letter(w[1]);

	if (option != NULL &&
	    (option->value == RSYNC_NUMBER || option->value == RSYNC_SIZE))
		return read_number(r, option, w);
	if (strlen(w) > LETTERS_MAX)
		return fault_set(r->fault, WHY_OPTION,
		    "more than %d letters in one word", LETTERS_MAX);
	for (const char *p = w + 1; *p != '\0' && !is_ability(p); p++)
		if (read_letter(r, *p) == -1)
			return -1;
	take(r, NULL, w);
	return 0;
}

/* The value after `=`, or the next word, as rsync sends names of files. NULL:
 * there is none that fits. */
static const char *
read_value(struct rsync *r, const struct rsync_option *option, const char *w)
{
	const char *value = strchr(w, '=');

	if (value != NULL) {
		value++;
	} else if (++r->at < r->call->words->text.n) {
		value = word(r, r->at);
	} else {
		fault_set(r->fault, WHY_OPTION, "%s: no value", w);
		return NULL;
	}
	if (option->value < RSYNC_PATH &&
	    !rsync_value_fits(option->value, value)) {
		fault_set(r->fault, WHY_OPTION, "--%s: not %s: %s",
		    option->name, rsync_value_what(option->value), value);
		return NULL;
	}
	if (option->value == RSYNC_LIST)
		r->listed = true;
	return value;
}

static int
read_long(struct rsync *r, const char *w)
{
	size_t len = strcspn(w + 2, "=");
	const struct rsync_option *option = rsync_option_named(w + 2, len);
	const char *value = NULL;
	enum rsync_use use;

	if (option == NULL)
		return rsync_option_unknown(w, r->fault);
	use = use_of(r, option, w);
	if (use == RSYNC_NEVER)
		return -1;
	mark(r, option);
	if (option->value == RSYNC_NONE && w[2 + len] == '=')
		return fault_set(r->fault, WHY_OPTION, "%s: takes no value", w);
	if (option->value != RSYNC_NONE) {
		value = read_value(r, option, w);
		if (value == NULL)
			return -1;
	}
	if (use != RSYNC_DROP)
		take(r, option, value);
	return 0;
}

/* Up to the first `.` that is no value; it is taken too. */
static int
read_options(struct rsync *r)
{
	for (; r->at < r->call->words->text.n; r->at++) {
		const char *w = word(r, r->at);
		int ret;

		if (strcmp(w, ".") == 0) {
			r->at++;
			return 0;
		}
		if (strncmp(w, "--", 2) == 0)
			ret = read_long(r, w);
		else if (w[0] == '-' && w[1] != '\0')
			ret = read_letters(r, w);
		else
			ret = fault_set(r->fault, WHY_OPTION,
			    "%s: options of rsync end with a `.`", w);
		if (ret == -1)
			return -1;
	}
	return fault_set(r->fault, WHY_OPTION,
	    "no `.` after the options: run rsync without -s, and with "
	    "RSYNC_PROTECT_ARGS=0");
}

static int
read_words(struct rsync *r)
{
	const struct list *words = &r->call->words->text;

	if (words->n < 2 || strcmp(words->v[1], "--server") != 0)
		return fault_set(r->fault, WHY_OPTION,
		    "rsync is asked for as `rsync --server`");
	r->sends = words->n > 2 && strcmp(words->v[2], "--sender") == 0;
	r->at = r->sends ? 3 : 2;
	r->given = calloc(words->n, sizeof(*r->given));
	if (r->given == NULL)
		return no_memory(r->fault);
	return read_options(r);
}

static int
add_path_option(struct rsync *r, const struct given *given, const char *target,
    struct list *argv)
{
	const struct rsync_option *option = given->option;
	const char *text = given->text;
	const char *base =
	    option->value == RSYNC_LIST || option->value == RSYNC_LOG ? NULL :
									target;
	char *path;
	int ret;

	/* The list comes from the client, as names do that it sends. */
	if (option->value == RSYNC_LIST && r->sends && strcmp(text, "-") == 0)
		return list_add(argv, "--files-from=-") == -1 ?
		    no_memory(r->fault) :
		    0;
	if (rsync_path_value(&r->paths, option->value, base, text,
		&r->call->words->mark[given->word], &path, r->fault) == -1)
		return -1;
	ret = list_addf(argv, "--%s=%s", option->name, path);
	free(path);
	return ret == -1 ? no_memory(r->fault) : 0;
}

static int
add_option(struct rsync *r, const struct given *given, const char *target,
    struct list *argv)
{
	const struct rsync_option *option = given->option;
	int ret;

	if (option != NULL && option->value >= RSYNC_PATH)
		return add_path_option(r, given, target, argv);
	if (option == NULL)
		ret = list_add(argv, given->text);
	else if (option->value == RSYNC_NONE)
		ret = list_addf(argv, "--%s", option->name);
	else
		ret = list_addf(argv, "--%s=%s", option->name, given->text);
	return ret == -1 ? no_memory(r->fault) : 0;
}

/* Whether the client may write where it may not read. */
static bool
is_blind(const struct protocol_call *call)
{
	struct fault unreadable;
	char *canonical;

	for (size_t i = 0; i < call->nareas; i++) {
		if (path_confine(call->areas, call->nareas, ACCESS_READ,
			call->areas[i].path, &canonical, &unreadable) == -1)
			return true;
		free(canonical);
	}
	return false;
}

/*
 * To save traffic, a receiver tells the sender the sums of the blocks it has:
 * of blocks of one byte, they are the file. And before 3.5 it says in its
 * complaints about a file of rules what stands there.
 */
static int
check_blind(const struct rsync *r, const struct rsync_offers *offers)
{
	if (r->sums)
		return fault_set(r->fault, WHY_OPTION,
		    "--append tells what is in a file: it needs read");
	if (r->filters && !offers->confine_root)
		return fault_set(r->fault, WHY_OPTION,
		    "--delete and -m tell what is in a file, before rsync "
		    "3.5: they need read");
	return 0;
}

/* What this side wants, after what the client wants: the last one counts. */
static int
add_forced(const struct rsync *r, struct list *argv)
{
	const struct protocol_call *call = r->call;
	const bool blind = !r->sends && is_blind(call);
	struct rsync_offers offers;
	char *root;
	int ret = 0;

	rsync_offers_read(&offers, call->programs[PROGRAM_RSYNC]);
	if (blind && check_blind(r, &offers) == -1)
		return -1;
	if (blind)
		ret |= list_add(argv, "--whole-file");
	if (call->choices->munge_links)
		ret |= list_add(argv, "--munge-links");
	if (!r->sends && call->set_id == SET_ID_STRIP)
		ret |= list_add(argv, "--chmod=ug-s");
	if (!r->sends && offers.drop_devices)
		ret |= list_add(argv, "--drop-D");
	root = rsync_path_common(call->areas, call->nareas);
	if (root != NULL && offers.confine_root)
		ret |= list_addf(argv, "--confine-root=%s", root);
	free(root);
	return ret == 0 ? 0 : no_memory(r->fault);
}

static int
add_options(struct rsync *r, const char *target, struct list *argv)
{
	if (list_add(argv, r->call->programs[PROGRAM_RSYNC]) == -1 ||
	    list_add(argv, "--server") == -1 ||
	    (r->sends && list_add(argv, "--sender") == -1))
		return no_memory(r->fault);
	for (size_t i = 0; i < r->ngiven; i++)
		if (add_option(r, &r->given[i], target, argv) == -1)
			return -1;
	if (add_forced(r, argv) == -1)
		return -1;
	return list_add(argv, ".") == -1 ? no_memory(r->fault) : 0;
}

static int
build_fetch(struct rsync *r, struct list *argv)
{
	const struct words *words = r->call->words;
	const struct word_mark none = {0};

	if (add_options(r, NULL, argv) == -1)
		return -1;
	if (r->listed) {
		r->paths.relative = false;
		if (words->text.n - r->at > 1)
			return fault_set(r->fault, WHY_OPTION,
			    "more than one path with --files-from");
	}
	if (r->at == words->text.n)
		return rsync_source_add(&r->paths, ".", &none, argv, r->fault);
	for (; r->at < words->text.n; r->at++)
		if (rsync_source_add(&r->paths, word(r, r->at),
			&words->mark[r->at], argv, r->fault) == -1)
			return -1;
	return 0;
}

static int
build_store(struct rsync *r, struct list *argv)
{
	const struct words *words = r->call->words;
	const struct word_mark none = {0};
	bool named = r->at < words->text.n;
	char *target;

	if (words->text.n - r->at > 1)
		return fault_set(r->fault, WHY_OPTION,
		    "more than one path to store in: quote a name with blanks");
	if (rsync_path_target(&r->paths, named ? word(r, r->at) : ".",
		named ? &words->mark[r->at] : &none, &target, r->fault) == -1)
		return -1;
	if (add_options(r, target, argv) == -1) {
		free(target);
		return -1;
	}
	return list_take(argv, target) == -1 ? no_memory(r->fault) : 0;
}

static int
build(const struct protocol_call *call, struct list *argv, struct list *env,
    struct fault *fault)
{
	struct rsync r = {
	    .call = call,
	    .paths = {.areas = call->areas,
		.nareas = call->nareas,
		.entries = PATH_ENTRIES_MAX},
	    .fault = fault,
	};
	int ret = read_words(&r);

	(void)env;
	if (ret == 0)
		ret = r.sends ? build_fetch(&r, argv) : build_store(&r, argv);
	free(r.given);
	return ret == -1 ? -1 : operand_fits(&r.paths.size, argv, fault);
}

static const char *const asked[] = {"rsync", NULL};

/* Two processes receive, and talk over a pair of sockets. */
static const char *const calls[] = {"@io", "@fs-read", "@fs-write", "@fs-meta",
    "@xattr-read", "@xattr-write", "@signal", "@fork", "@poll", "@ids", "@time",
    "@socket", NULL};

/* The sender is one process. */
static const char *const fetch_calls[] = {"@io", "@fs-read", "@xattr-read",
    "@poll", "@ids", "@time", NULL};

static bool
is_removal(const char *w)
{
	const struct rsync_option *option = strncmp(w, "--", 2) != 0 ?
	    NULL :
	    rsync_option_named(w + 2, strlen(w + 2));

	return option != NULL && option->mark == RSYNC_REMOVES;
}

/* A sender may remove what it has sent. */
static unsigned
does(const struct list *argv)
{
	if (argv->n < 3 || strcmp(argv->v[2], "--sender") != 0)
		return DOES_STORE;
	for (size_t i = 3; i < argv->n && strcmp(argv->v[i], ".") != 0; i++)
		if (is_removal(argv->v[i]))
			return DOES_FETCH | DOES_REMOVE;
	return DOES_FETCH;
}

const struct protocol protocol_rsync = {
    .name = "rsync",
    .asked = asked,
    .program = PROGRAM_RSYNC,
    .calls = calls,
    .fetch_calls = fetch_calls,
    .does = does,
    .choices = CHOICE_DELETE | CHOICE_OPTIONS | CHOICE_MUNGE_LINKS,
    .set_id = SET_ID_STRIP,
    .strips = true,
    .links = true, /* -l makes them */
    .reads_back = true,
    .options = rsync_options_check,
    .argv = build,
};
