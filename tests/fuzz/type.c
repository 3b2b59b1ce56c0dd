/*
 * One type and one word. The input is a line with the type, as in
 *     arg.x = TYPE
 * and behind it the word, which may hold any bytes. Where libc means the same
 * by a glob or a regex, it must say the same.
 */

#include <assert.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "type.h"
#include "why.h"

#define BLANKS " \t"
/* Beyond these regcomp(3) takes too long. */
#define LIBC_TEXT 80
#define LIBC_COPIES 2

struct input {
	char *spec;
	char *pattern; /* of a glob or regex, without its quotes; or NULL */
	const char *word;
	size_t len;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
is_kind(const struct input *in, const char *name)
{
	const char *spec = in->spec + strspn(in->spec, BLANKS);
	size_t len = strlen(name);

	return strncmp(spec, name, len) == 0 &&
	    (spec[len] == '\0' || strchr(BLANKS, spec[len]) != NULL);
}

static void
read_pattern(struct input *in)
{
	const char *p = in->spec + strspn(in->spec, BLANKS);
	size_t len;

	if (!is_kind(in, "glob") && !is_kind(in, "regex"))
		return;
	p += strcspn(p, BLANKS);
	p += strspn(p, BLANKS);
	len = strlen(p);
	while (len > 0 && strchr(BLANKS, p[len - 1]) != NULL)
		len--;
	if (len >= 2 && p[0] == '\'' && p[len - 1] == '\'') {
		p++;
		len -= 2;
	}
	in->pattern = strndup(p, len);
	assert(in->pattern != NULL);
}

static bool
has_control(const struct input *in)
{
	for (size_t i = 0; i < in->len; i++)
		if ((unsigned char)in->word[i] < 0x20 || in->word[i] == 0x7f)
			return true;
	return false;
}

static bool
has_dots(const char *word)
{
	for (;; word++) {
		size_t len = strcspn(word, "/");

		if ((len == 1 || len == 2) && strncmp(word, "..", len) == 0)
			return true;
		word += len;
		if (*word == '\0')
			return false;
	}
}

static size_t
count(const char *text, const char *bytes)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += strchr(bytes, *text) != NULL;
	return n;
}

/* glibc finds no escaped slash behind a star. */
static void
check_glob(const struct input *in, const char *word, bool accepted)
{
	bool fits = *word != '\0' && *word != '-' && !has_dots(word);

	if (strstr(in->pattern, "\\/") != NULL)
		return;
	assert(accepted ==
	    (fits && fnmatch(in->pattern, word, FNM_PATHNAME) == 0));
}

/* glibc forgets an anchor that is repeated. */
static void
check_regex(const struct input *in, const char *word, bool accepted)
{
	char *anchored;
	regex_t libc;

	if (strlen(in->pattern) > LIBC_TEXT || in->len > LIBC_TEXT ||
	    count(in->pattern, "^$") > 0 ||
	    count(in->pattern, "+{") > LIBC_COPIES)
		return;
	assert(asprintf(&anchored, "^(%s)$", in->pattern) != -1);
	assert(regcomp(&libc, anchored, REG_EXTENDED | REG_NOSUB) == 0);
	assert(accepted ==
	    (*word != '\0' && regexec(&libc, word, 0, NULL, 0) == 0));
	regfree(&libc);
	free(anchored);
}

/* A type that takes a word meets itself there, wherever the word is cut. */
static void
check_overlap(const struct input *in, const struct type *type)
{
	char *prefix = strndup(in->word, in->len);

	assert(prefix != NULL && type_overlaps(type, type));
	for (size_t cut = in->len; cut > 0 && in->len < LIBC_TEXT; cut--) {
		prefix[cut] = '\0';
		if (type_accepts(type, in->word + cut, in->len - cut))
			assert(type_overlaps_prefixed(type, prefix, type));
	}
	free(prefix);
}

static void
check_type(const struct input *in, const struct type *type)
{
	bool accepted = type_accepts(type, in->word, in->len);
	char *word;

	if (accepted) {
		assert(!has_control(in));
		assert(in->len > 0 || is_kind(in, "one-of"));
		assert(in->len == 0 || in->word[0] != '-' ||
		    is_kind(in, "one-of") || is_kind(in, "regex"));
		check_overlap(in, type);
	}
	if (in->pattern == NULL || has_control(in))
		return;
	word = strndup(in->word, in->len);
	assert(word != NULL);
	if (is_kind(in, "glob"))
		check_glob(in, word, accepted);
	else
		check_regex(in, word, accepted);
	free(word);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
	size_t len = end != NULL ? (size_t)(end - text) : size;
	struct input in = {.spec = strndup(text, len)};
	struct fault fault = {0};
	struct type *type;

	assert(in.spec != NULL);
	in.word = end != NULL ? end + 1 : text + size;
	in.len = (size_t)(text + size - in.word);
	read_pattern(&in);
	type = type_parse(in.spec, &fault);
	if (type == NULL) {
		assert(fault.why == WHY_POLICY);
		assert(fault.text[0] != '\0');
	} else {
		check_type(&in, type);
	}
	type_free(type);
	free(in.pattern);
	free(in.spec);
	return 0;
}
