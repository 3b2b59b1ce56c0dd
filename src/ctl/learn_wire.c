/*
 * The names of files in a request line of a protocol, and what a rule must
 * say for it. This only proposes: whether it will do is then asked of the
 * protocol itself.
 */

#include <stdlib.h>
#include <string.h>

#include "ctl/learn_place.h"
#include "ctl/learn_wire.h"
#include "ctl/show.h"
#include "list.h"
#include "protocol/protocol.h"
#include "protocol/rsync_options.h"
#include "words.h"

/* The part of a pattern before its first wildcard, as plain text; new. */
static char *
fixed_part(const char *glob)
{
	char *text = show_need(calloc(1, strlen(glob) + 1)), *to = text;

	for (; *glob != '\0' && strchr("*?[", *glob) == NULL; glob++) {
		if (*glob == '\\' && glob[1] != '\0')
			glob++;
		*to++ = *glob;
	}
	/* What comes before it in the same name may be a file's. */
	if (*glob != '\0' && strrchr(text, '/') != NULL)
		strrchr(text, '/')[1] = '\0';
	return text;
}

static void
add_path(struct learn_wire *wire, struct list *to, const char *path)
{
	char *directory;

	if (*path != '/') {
		wire->relative = true;
		return;
	}
	directory = learn_directory(path);
	if (directory == NULL)
		show_add(&wire->missing, strdup(path));
	else
		learn_add_directory(to, directory);
	free(directory);
}

/* An operand, which the client may have quoted, or not. */
static void
add_word(struct learn_wire *wire, struct list *to, const struct words *words,
    size_t i)
{
	const struct word_mark *mark = &words->mark[i];
	char *text;

	if (mark->special & WORD_HOME) {
		wire->relative = true;
	} else if (mark->special & WORD_GLOB) {
		text = fixed_part(mark->glob);
		add_path(wire, to, text);
		free(text);
	} else {
		add_path(wire, to, words->text.v[i]);
	}
}

/* --- scp ------------------------------------------------------------------ */

static void
read_scp(struct learn_wire *wire, const struct words *words)
{
	char *const *v = words->text.v;
	size_t i = 1;

	for (; i < words->text.n && v[i][0] == '-'; i++) {
		if (strcmp(v[i], "-t") == 0)
			wire->stores = true;
		if (strcmp(v[i], "--") == 0) {
			i++;
			break;
		}
	}
	for (; i < words->text.n; i++)
		add_word(wire, wire->stores ? &wire->write : &wire->read, words,
		    i);
}

/* --- rsync ---------------------------------------------------------------- */

static void
need_option(struct learn_wire *wire, const struct rsync_option *option,
    const char *name)
{
	enum rsync_use use;

	if (option == NULL)
		return;
	use = wire->stores ? option->store : option->fetch;
	if (use == RSYNC_DELETE)
		wire->delete = true;
	if (use == RSYNC_CHOICE)
		show_add(&wire->options, show_format("+%s", name));
}

static void
read_letters(struct learn_wire *wire, const char *letters)
{
	/* From e on it tells what the client can do. */
	for (; *letters != '\0' && *letters != 'e'; letters++) {
		char name[2] = {*letters, '\0'};

		need_option(wire, rsync_option_letter(*letters), name);
	}
}

/* What the value of an option names: nothing, most of the time. */
static struct list *
place_of(struct learn_wire *wire, const struct rsync_option *option)
{
	if (option->value < RSYNC_PATH ||
	    (wire->stores ? option->store : option->fetch) == RSYNC_DROP)
		return NULL;
	if (option->value == RSYNC_BASIS || option->value == RSYNC_LIST)
		return &wire->read;
	return &wire->write;
}

static void
read_long(struct learn_wire *wire, const struct words *words, size_t *i)
{
	const char *word = words->text.v[*i] + 2;
	size_t len = strcspn(word, "=");
	const struct rsync_option *option = rsync_option_named(word, len);
	struct list *place;
	const char *value = NULL;

	if (option == NULL)
		return;
	need_option(wire, option, option->name);
	if (option->value == RSYNC_NONE)
		return;
	if (word[len] == '=')
		value = word + len + 1;
	else if (*i + 1 < words->text.n)
		value = words->text.v[++*i];
	place = place_of(wire, option);
	/* A relative one starts at the target, and lies there as a rule. */
	if (place != NULL && value != NULL && *value == '/')
		add_path(wire, place, value);
}

static void
read_rsync(struct learn_wire *wire, const struct words *words)
{
	char *const *v = words->text.v;
	bool named = false;
	size_t i = 2;

	wire->stores = words->text.n < 3 || strcmp(v[2], "--sender") != 0;
	if (!wire->stores)
		i++;
	for (; i < words->text.n && strcmp(v[i], ".") != 0; i++) {
		if (strncmp(v[i], "--", 2) == 0)
			read_long(wire, words, &i);
		else if (v[i][0] == '-')
			read_letters(wire, v[i] + 1);
	}
	for (i++; i < words->text.n; i++) {
		named = true;
		add_word(wire, wire->stores ? &wire->write : &wire->read, words,
		    i);
	}
	if (!named)
		wire->relative = true;
}

/* --- git ------------------------------------------------------------------ */

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

/* A repository is named with or without its .git. */
static void
read_git(struct learn_wire *wire, const struct words *words)
{
	static const char *const tries[] = {"/.git/", "/", ".git/.git/",
	    ".git/"};
	const char *name = words->text.v[words->text.n - 1];
	char *found = NULL;

	for (size_t i = 0; i + 1 < words->text.n; i++)
		if (ends_with(words->text.v[i], "receive-pack"))
			wire->stores = true;
	if (words->text.n < 2 || name[0] == '-')
		return;
	if (name[0] != '/') {
		wire->relative = true;
		return;
	}
	for (size_t i = 0; found == NULL && i < 4; i++) {
		char *head = show_format("%s%sHEAD", name, tries[i]);

		found = realpath(head, NULL);
		free(head);
	}
	if (found == NULL) {
		show_add(&wire->missing, strdup(name));
		return;
	}
	add_path(wire, &wire->read, found);
	if (wire->stores)
		add_path(wire, &wire->write, found);
	free(found);
}

/* --- all of them ---------------------------------------------------------- */

void
learn_wire_read(struct learn_wire *wire, const struct protocol *protocol,
    const struct words *words)
{
	*wire = (struct learn_wire) {0};
	if (protocol == &protocol_scp)
		read_scp(wire, words);
	else if (protocol == &protocol_rsync)
		read_rsync(wire, words);
	else if (protocol == &protocol_git)
		read_git(wire, words);
}

void
learn_wire_free(struct learn_wire *wire)
{
	list_free(&wire->read);
	list_free(&wire->write);
	list_free(&wire->missing);
	list_free(&wire->options);
	*wire = (struct learn_wire) {0};
}
