/* What a session shows, as events of asciicast v2. The bytes are hostile:
 * none of them ends a line, and none is lost. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "escape.h"

#define SECOND 1000000
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static const char hex[] = "0123456789abcdef";

size_t
cast_unfinished(const char *text, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;

	for (size_t n = 1; n <= 3 && n <= size; n++) {
		unsigned char c = s[size - n];

		if (c < 0x80)
			return 0;
		if (c >= 0xc0)
			return n < 2 + (size_t)(c >= 0xe0) + (c >= 0xf0) ? n :
									   0;
	}
	return 0;
}

bool
cast_is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) == NULL && escape_is_utf8(text, size);
}

/* data is what stands between the quotes. */
static char *
event(uint64_t when, char code, const char *data)
{
	char *line;

	if (asprintf(&line, "[%" PRIu64 ".%06" PRIu64 ",\"%c\",\"%s\"]\n",
		when / SECOND, when % SECOND, code, data) == -1)
		return NULL;
	return line;
}

char *
cast_event(uint64_t when, char code, const char *data, size_t size)
{
	char *safe = escape_json(data, size);
	char *line = safe != NULL ? event(when, code, safe) : NULL;

	free(safe);
	return line;
}

/* The bytes of the character that starts here; 0: none does. */
static size_t
character(const char *s, size_t size)
{
	for (size_t n = 1; n <= 4 && n <= size; n++)
		if (escape_is_utf8(s, n))
			return n;
	return 0;
}

static char *
put_hex(char *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		*out++ = hex[(unsigned char)s[i] >> 4];
		*out++ = hex[(unsigned char)s[i] & 15];
	}
	*out++ = ' ';
	return out;
}

/* What each U+FFFD of the event stands for, in order: a byte that is no
 * character, or itself. */
static char *
list_bytes(const char *s, size_t size)
{
	char *list = reallocarray(NULL, size + 1, 3), *p = list;
	size_t n;

	if (list == NULL)
		return NULL;
	for (size_t i = 0; i < size; i += n) {
		n = character(s + i, size - i);
		if (n == 0)
			p = put_hex(p, s + i, n = 1);
		else if (n == 3 && memcmp(s + i, REPLACEMENT, 3) == 0)
			p = put_hex(p, s + i, n);
	}
	/* In place of the last blank: there is at least one. */
	p[-1] = '\0';
	return list;
}

static char *
bytes_event(uint64_t when, const char *data, size_t size)
{
	char *list, *line;

	if (escape_is_utf8(data, size))
		return strdup("");
	list = list_bytes(data, size);
	line = list != NULL ? event(when, 'b', list) : NULL;
	free(list);
	return line;
}

char *
cast_data(uint64_t when, char code, bool error, const char *data, size_t size)
{
	char *mark = error ? cast_event(when, 'e', "", 0) : strdup("");
	char *bytes = bytes_event(when, data, size);
	char *shown = cast_event(when, code, data, size), *lines = NULL;

	if (mark != NULL && bytes != NULL && shown != NULL &&
	    asprintf(&lines, "%s%s%s", mark, bytes, shown) == -1)
		lines = NULL;
	free(mark);
	free(bytes);
	free(shown);
	return lines;
}
