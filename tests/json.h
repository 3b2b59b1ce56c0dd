#ifndef GK_TEST_JSON_H
#define GK_TEST_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A small strict JSON reader (RFC 8259) for tests, written apart from the
 * code that it checks: no blanks but those that JSON knows, no control byte
 * in a string, no lone surrogate, no leading zero, no empty object, and no
 * name twice in one object.
 */
struct json {
	const char *p;
	const char *want; /* a dotted path, or NULL */
	const char *found; /* where the value of that path starts */
	const char *end;
	char path[256];
};

static inline bool json_any(struct json *, int depth);

static inline void
json_blanks(struct json *j)
{
	j->p += strspn(j->p, " \t\r\n");
}

static inline bool
json_byte(struct json *j, char c)
{
	json_blanks(j);
	if (*j->p != c)
		return false;
	j->p++;
	return true;
}

/* Four hexadecimal digits, or -1. */
static inline long
json_hex(const char *p)
{
	char digits[5] = {0};

	if (strspn(p, "0123456789abcdefABCDEF") < 4)
		return -1;
	memcpy(digits, p, 4);
	return strtol(digits, NULL, 16);
}

static inline char *
json_put(char *out, long code)
{
	if (code < 0x80) {
		*out++ = (char)code;
	} else if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
		*out++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*out++ = (char)(0xe0 | code >> 12);
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
		*out++ = (char)(0x80 | (code & 0x3f));
	} else {
		*out++ = (char)(0xf0 | code >> 18);
		*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
		*out++ = (char)(0x80 | (code & 0x3f));
	}
	return out;
}

/* The \u escape after p, its pair included: its code, or -1. */
static inline long
json_unicode(const char **p)
{
	long high = json_hex(*p), low;

	if (high == -1 || (high >= 0xdc00 && high <= 0xdfff))
		return -1;
	*p += 4;
	if (high < 0xd800 || high > 0xdbff)
		return high;
	if ((*p)[0] != '\\' || (*p)[1] != 'u')
		return -1;
	low = json_hex(*p + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	*p += 6;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* Reads the string at p, and writes it decoded where out is not NULL; a
 * decoded string is never longer. The first byte after it, or NULL. */
static inline const char *
json_decode(const char *p, char *out, size_t *size)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char scratch[4], *start = out;
	const char *escape;
	long code;

	if (*p++ != '"')
		return NULL;
	while (*p != '"') {
		if ((unsigned char)*p < 0x20)
			return NULL;
		code = -1;
		if (*p != '\\') {
			if (out != NULL)
				*out++ = *p;
			p++;
			continue;
		}
		p++;
		if (*p == 'u') {
			p++;
			code = json_unicode(&p);
		} else if (*p != '\0' && (escape = strchr(from, *p)) != NULL) {
			code = to[escape - from];
			p++;
		}
		if (code == -1)
			return NULL;
		if (out != NULL)
			out = json_put(out, code);
		else
			json_put(scratch, code);
	}
	if (out != NULL)
		*size = (size_t)(out - start);
	return p + 1;
}

static inline bool
json_number(struct json *j)
{
	static const char digits[] = "0123456789";
	size_t n;

	if (*j->p == '-')
		j->p++;
	n = strspn(j->p, digits);
	if (n == 0 || (n > 1 && *j->p == '0'))
		return false;
	j->p += n;
	if (*j->p == '.') {
		n = strspn(++j->p, digits);
		j->p += n;
	}
	if (n > 0 && (*j->p == 'e' || *j->p == 'E')) {
		j->p++;
		if (*j->p == '-' || *j->p == '+')
			j->p++;
		n = strspn(j->p, digits);
		j->p += n;
	}
	return n > 0;
}

/* One `"name": value`. seen holds the names so far, each in quotes. */
static inline bool
json_member(struct json *j, int depth, char *seen, size_t room)
{
	size_t length = strlen(j->path), n;
	const char *name, *end;
	char quoted[128];
	bool ok;

	json_blanks(j);
	name = j->p;
	if ((end = json_decode(name, NULL, NULL)) == NULL)
		return false;
	n = (size_t)(end - name);
	if (n >= sizeof(quoted) || strlen(seen) + n >= room ||
	    length + n >= sizeof(j->path))
		return false;
	snprintf(quoted, sizeof(quoted), "%.*s", (int)n, name);
	if (strstr(seen, quoted) != NULL)
		return false;
	strcat(seen, quoted);
	snprintf(j->path + length, sizeof(j->path) - length, "%s%.*s",
	    length > 0 ? "." : "", (int)n - 2, name + 1);
	j->p = end;
	ok = json_byte(j, ':') && json_any(j, depth);
	j->path[length] = '\0';
	return ok;
}

static inline bool
json_object(struct json *j, int depth)
{
	char seen[512] = "";

	do {
		if (!json_member(j, depth, seen, sizeof(seen)))
			return false;
	} while (json_byte(j, ','));
	return json_byte(j, '}');
}

static inline bool
json_array(struct json *j, int depth)
{
	size_t length = strlen(j->path);
	bool ok = true;

	if (json_byte(j, ']'))
		return true;
	for (int i = 0; ok; i++) {
		snprintf(j->path + length, sizeof(j->path) - length, "[%d]", i);
		ok = json_any(j, depth);
		j->path[length] = '\0';
		if (!ok || !json_byte(j, ','))
			break;
	}
	return ok && json_byte(j, ']');
}

static inline bool
json_word(struct json *j, const char *word)
{
	if (strncmp(j->p, word, strlen(word)) != 0)
		return false;
	j->p += strlen(word);
	return true;
}

static inline bool
json_plain(struct json *j)
{
	const char *end;

	if (*j->p != '"')
		return json_word(j, "true") || json_word(j, "false") ||
		    json_word(j, "null") || json_number(j);
	if ((end = json_decode(j->p, NULL, NULL)) == NULL)
		return false;
	j->p = end;
	return true;
}

static inline bool
json_any(struct json *j, int depth)
{
	const char *start;
	bool ok;

	if (depth > 8)
		return false;
	json_blanks(j);
	start = j->p;
	if (json_byte(j, '{'))
		ok = json_object(j, depth + 1);
	else if (json_byte(j, '['))
		ok = json_array(j, depth + 1);
	else
		ok = json_plain(j);
	if (ok && j->want != NULL && strcmp(j->path, j->want) == 0) {
		j->found = start;
		j->end = j->p;
	}
	return ok;
}

/* Whether text is one JSON object and nothing else. */
static inline bool
json_valid(const char *text)
{
	struct json j = {.p = text};

	return *text == '{' && json_any(&j, 0) && *j.p == '\0';
}

/* The bytes of the value at a path such as `process.args[0]`: a string
 * decoded, all else as it stands. The caller frees; NULL: there is none. */
static inline char *
json_get(const char *text, const char *path, size_t *size)
{
	struct json j = {.p = text, .want = path};
	char *value;

	if (!json_any(&j, 0) || j.found == NULL)
		return NULL;
	*size = (size_t)(j.end - j.found);
	if ((value = calloc(1, *size + 1)) == NULL)
		return NULL;
	if (*j.found == '"') {
		json_decode(j.found, value, size);
		value[*size] = '\0';
	} else {
		memcpy(value, j.found, *size);
	}
	return value;
}

#endif
