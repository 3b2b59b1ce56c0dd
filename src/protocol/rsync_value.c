/* Values of rsync's options that name no file: hostile text, held to the
 * shape that rsync itself sends. */

#include <string.h>

#include "rsync_value.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Longer than any that is meant. */
#define VALUE_BYTES_MAX 4096
#define NUMBER_DIGITS_MAX 18

/* A kind is a set of characters, or a list of whole words, or both. */
static const struct kind {
	const char *what;
	const char *chars;
	const char *words[5];
} kinds[] = {
    [RSYNC_NUMBER] = {"a number", "-" DIGITS, {0}},
    [RSYNC_SIZE] = {"a size", "+-." DIGITS LETTERS, {0}},
    [RSYNC_NAMES] = {"words with commas", ",_-" DIGITS LETTERS, {0}},
    [RSYNC_MAP] = {"FROM:TO, with commas", "_.,:*?$@+- " DIGITS LETTERS, {0}},
    [RSYNC_CHARSET] = {"a character set", "_.:-" DIGITS LETTERS, {0}},
    [RSYNC_FORMAT] = {"what rsync sends", NULL, {"X", "%i", "%i%I", "%o"}},
    [RSYNC_STREAM] = {"errors, all or client", NULL,
	{"e", "a", "c", "errors", "all"}},
    [RSYNC_BATCH] = {"what rsync sends", NULL, {"X"}},
    [RSYNC_SUFFIXES] = {"suffixes with slashes", "/[]_.+-" DIGITS LETTERS, {0}},
};

static bool
is_word(const struct kind *kind, const char *text)
{
	for (size_t i = 0; i < NELEM(kind->words); i++)
		if (kind->words[i] != NULL && strcmp(kind->words[i], text) == 0)
			return true;
	return false;
}

static bool
is_number(const char *text)
{
	size_t len;

	text += *text == '-';
	len = strspn(text, DIGITS);
	return len > 0 && len <= NUMBER_DIGITS_MAX && text[len] == '\0';
}

/* 700, 1.5G, 10MiB, 2k-1. */
static bool
is_size(const char *text)
{
	size_t len = strspn(text, DIGITS ".");

	if (len == 0 || len > NUMBER_DIGITS_MAX)
		return false;
	text += len;
	len = strspn(text, LETTERS);
	if (len > 3)
		return false;
	text += len;
	return *text == '\0' || strcmp(text, "+1") == 0 ||
	    strcmp(text, "-1") == 0;
}

/* Each name is mapped to one: `a:b,*:c`. */
static bool
is_map(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, ",");
		const char *colon = memchr(text, ':', len);

		if (colon == NULL || colon + 1 == text + len ||
		    memchr(colon + 1, ':', len - (size_t)(colon + 1 - text)) !=
			NULL)
			return false;
		text += len;
		if (*text == ',' && *++text == '\0')
			return false;
	}
	return true;
}

bool
rsync_value_fits(enum rsync_value value, const char *text)
{
	const struct kind *kind;

	if (strlen(text) > VALUE_BYTES_MAX)
		return false;
	/* It is added to names, and must not lead to another folder. */
	if (value == RSYNC_SUFFIX)
		return strchr(text, '/') == NULL;
	if (value >= NELEM(kinds) || *text == '\0')
		return false;
	kind = &kinds[value];
	if (kind->chars == NULL)
		return is_word(kind, text);
	if (text[strspn(text, kind->chars)] != '\0')
		return false;
	if (value == RSYNC_NUMBER)
		return is_number(text);
	if (value == RSYNC_SIZE)
		return is_size(text);
	return value != RSYNC_MAP || is_map(text);
}

const char *
rsync_value_what(enum rsync_value value)
{
	if (value == RSYNC_SUFFIX || value >= NELEM(kinds))
		return "a suffix without a slash";
	return kinds[value].what;
}
