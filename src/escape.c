/* Hostile bytes made safe to write: one line, no control byte, no character
 * that steers a terminal or hides what a reader of the record looks at. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define NOT_UTF8 UINT32_MAX

static const char hex[] = "0123456789abcdef";

struct range {
	uint32_t first;
	uint32_t last;
};

/* Characters that have no picture of their own, and change the order, the
 * lines or the sight of others. */
static const struct range unseen[] = {
    {0x00, 0x1f}, /* C0 */
    {0x7f, 0x9f}, /* DEL, C1: a terminal may take 0x9b as ESC [ */
    {0xad, 0xad}, /* soft hyphen */
    {0x34f, 0x34f}, /* combining grapheme joiner */
    {0x61c, 0x61c}, /* bidi: Arabic letter mark */
    {0x115f, 0x1160}, /* Hangul fillers: letters that are blank */
    {0x17b4, 0x17b5}, /* Khmer inherent vowels */
    {0x180b, 0x180f}, /* Mongolian selectors and vowel separator */
    {0x200b, 0x200f}, /* zero width, bidi marks */
    {0x2028, 0x202e}, /* line and paragraph ends, bidi overrides */
    {0x2060, 0x206f}, /* joiners, bidi isolates */
    {0x3164, 0x3164}, /* Hangul filler */
    {0xfdd0, 0xfdef}, /* no characters */
    {0xfe00, 0xfe0f}, /* variation selectors */
    {0xfeff, 0xfeff}, /* byte order mark */
    {0xffa0, 0xffa0}, /* Hangul filler, of half width */
    {0xfff9, 0xfffb}, /* interlinear annotation */
    {0x1bca0, 0x1bca3}, /* shorthand format controls */
    {0x1d173, 0x1d17a}, /* musical format controls */
    {0xe0000, 0xe0fff}, /* tags: a hidden copy of ASCII */
};

/* The forms of UTF-8, by number of bytes less one. */
static const struct form {
	unsigned char mask;
	unsigned char lead;
	uint32_t least; /* less than this is an overlong form */
} forms[] = {
    {0x80, 0x00, 0},
    {0xe0, 0xc0, 0x80},
    {0xf0, 0xe0, 0x800},
    {0xf8, 0xf0, 0x10000},
};

static bool
is_unseen(uint32_t code)
{
	if ((code & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < NELEM(unseen); i++) {
		if (code >= unseen[i].first && code <= unseen[i].last)
			return true;
	}
	return false;
}

/* The character that starts here, or NOT_UTF8 and a length of one byte. */
static uint32_t
decode(const unsigned char *s, size_t size, size_t *length)
{
	uint32_t code;
	size_t n = 0;

	*length = 1;
	while (n < NELEM(forms) && (s[0] & forms[n].mask) != forms[n].lead)
		n++;
	if (n == NELEM(forms) || n >= size)
		return NOT_UTF8;
	code = s[0] & ~(uint32_t)forms[n].mask & 0xff;
	for (size_t i = 1; i <= n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return NOT_UTF8;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < forms[n].least || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return NOT_UTF8;
	*length = n + 1;
	return code;
}

static char *
put_hex(char *out, const unsigned char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		*out++ = '\\';
		*out++ = 'x';
		*out++ = hex[s[i] >> 4];
		*out++ = hex[s[i] & 15];
	}
	return out;
}

static char *
put_unit(char *out, uint32_t unit)
{
	*out++ = '\\';
	*out++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*out++ = hex[unit >> shift & 15];
	return out;
}

static char *
put_utf16(char *out, uint32_t code)
{
	if (code < 0x10000)
		return put_unit(out, code);
	code -= 0x10000;
	out = put_unit(out, 0xd800 | code >> 10);
	return put_unit(out, 0xdc00 | (code & 0x3ff));
}

/* The letter of a two-byte escape, or 0. */
static char
short_escape(uint32_t code)
{
	switch (code) {
	case '"':
	case '\\':
		return (char)code;
	case '\n':
		return 'n';
	case '\t':
		return 't';
	case '\r':
		return 'r';
	default:
		return 0;
	}
}

static char *
put_character(char *out, const unsigned char *s, size_t n, uint32_t code,
    bool json)
{
	char letter = short_escape(code);

	if (letter != 0) {
		*out++ = '\\';
		*out++ = letter;
		return out;
	}
	if (code == NOT_UTF8)
		return json ? put_unit(out, 0xfffd) : put_hex(out, s, n);
	if (is_unseen(code))
		return json ? put_utf16(out, code) : put_hex(out, s, n);
	memcpy(out, s, n);
	return out + n;
}

/* How many bytes from here stand for themselves: most of most texts. */
static size_t
plain(const unsigned char *s, size_t size)
{
	size_t n = 0;

	while (n < size && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' &&
	    s[n] != '\\')
		n++;
	return n;
}

static char *
escape(const char *text, size_t size, bool json)
{
	const unsigned char *s = (const unsigned char *)text;
	uint32_t code;
	size_t n;
	char *out, *p;

	/* No byte takes more than the six of \u00XX. */
	if ((out = reallocarray(NULL, size + 1, 6)) == NULL)
		return NULL;
	p = out;
	for (size_t i = 0; i < size; i += n) {
		if ((n = plain(s + i, size - i)) > 0) {
			memcpy(p, s + i, n);
			p += n;
			continue;
		}
		code = decode(s + i, size - i, &n);
		p = put_character(p, s + i, n, code, json);
	}
	*p = '\0';
	return out;
}

char *
escape_line(const char *text, size_t size)
{
	return escape(text, size, false);
}

char *
escape_json(const char *text, size_t size)
{
	return escape(text, size, true);
}

bool
escape_is_utf8(const char *text, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	for (size_t i = 0; i < size; i += n) {
		n = 1;
		if (s[i] >= 0x80 && decode(s + i, size - i, &n) == NOT_UTF8)
			return false;
	}
	return true;
}

char *
escape_base64(const void *data, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/=";
	const unsigned char *s = data;
	uint32_t bits;
	char *out, *p;

	if ((out = reallocarray(NULL, size / 3 + 2, 4)) == NULL)
		return NULL;
	p = out;
	for (size_t i = 0; i < size; i += 3) {
		bits = (uint32_t)s[i] << 16;
		bits |= i + 1 < size ? (uint32_t)s[i + 1] << 8 : 0;
		bits |= i + 2 < size ? s[i + 2] : 0;
		*p++ = digits[bits >> 18];
		*p++ = digits[bits >> 12 & 63];
		*p++ = digits[i + 1 < size ? bits >> 6 & 63 : 64];
		*p++ = digits[i + 2 < size ? bits & 63 : 64];
	}
	*p = '\0';
	return out;
}
