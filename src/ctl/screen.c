/* The part of ECMA-48 and xterm that can do no harm, as a list of what may
 * pass: whatever a terminal knows beyond it stays out. */

#include <string.h>

#include "ctl/screen.h"
#include "escape.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

enum {
	BELL = 0x07,
	CANCEL = 0x18,
	SUBSTITUTE = 0x1a,
	ESCAPE = 0x1b,
	DIGITS_MAX = 4 /* a count beyond 9999 is there to keep us busy */
};

/* ENQ is not among them: a terminal answers it. */
static const char passing_controls[] = "\a\b\t\n\v\f\r\x0e\x0f";
/* Save and restore the cursor, and three moves. */
static const char passing_escapes[] = "78DEM";

/* `ESC [ PREFIX NUMBERS FINAL`. What they do takes so many numbers at most,
 * with more they may mean something else. */
static const struct control {
	char prefix; /* 0: none */
	char final;
	size_t numbers;
	const char
	    *only; /* blanks around each number that may stand; or NULL */
} controls[] = {
    {0, '@', 1, NULL}, /* insert */
    {0, 'A', 1, NULL}, /* moves */
    {0, 'B', 1, NULL},
    {0, 'C', 1, NULL},
    {0, 'D', 1, NULL},
    {0, 'E', 1, NULL},
    {0, 'F', 1, NULL},
    {0, 'G', 1, NULL},
    {0, 'H', 2, NULL},
    {0, 'I', 1, NULL},
    {0, 'J', 1, "  0 1 2 "}, /* erase; 3 would be what was before us */
    {0, 'K', 1, NULL},
    {0, 'L', 1, NULL}, /* insert and delete */
    {0, 'M', 1, NULL},
    {0, 'P', 1, NULL},
    {0, 'S', 1, NULL}, /* scroll; T with more asks for the mouse */
    {0, 'T', 1, NULL},
    {0, 'X', 1, NULL},
    {0, 'Z', 1, NULL},
    {0, '`', 1, NULL},
    {0, 'a', 1, NULL},
    {0, 'b', 1, NULL}, /* repeat */
    {0, 'd', 1, NULL},
    {0, 'e', 1, NULL},
    {0, 'f', 2, NULL},
    {0, 'g', 1, NULL}, /* tabulators */
    {0, 'h', 1, " 4 "}, /* insert mode */
    {0, 'l', 1, " 4 "},
    {0, 'm', 32, NULL}, /* colours */
    {0, 'r', 2, NULL}, /* margins */
    {0, 's', 0, NULL}, /* the cursor, saved and restored */
    {0, 'u', 0, NULL},
    {'?', 'h', 8, " 7 25 47 1047 1048 1049 "}, /* wrap, cursor, screens */
    {'?', 'l', 8, " 7 25 47 1047 1048 1049 "},
};

static void
leave_out(struct screen *s)
{
	s->left_out++;
	s->state = SCREEN_TEXT;
}

static void
keep(struct screen *s, char c)
{
	if (s->n < sizeof(s->pending))
		s->pending[s->n++] = c;
	else
		s->too_long = true;
}

static void
start(struct screen *s, char c, int state)
{
	s->n = 0;
	s->too_long = false;
	s->state = state;
	keep(s, c);
}

static void
pass(struct screen *s)
{
	fwrite(s->pending, 1, s->n, s->out);
	s->touched = true;
	s->state = SCREEN_TEXT;
}

static const struct control *
find(char prefix, char final)
{
	for (size_t i = 0; i < NELEM(controls); i++)
		if (controls[i].prefix == prefix && controls[i].final == final)
			return &controls[i];
	return NULL;
}

/* Whether the number that stands at p, of so many digits, may. */
static bool
may_stand(const struct control *control, const char *p, size_t digits)
{
	char word[DIGITS_MAX + 3] = " ";

	if (digits > DIGITS_MAX)
		return false;
	if (control->only == NULL)
		return true;
	memcpy(word + 1, p, digits);
	word[digits + 1] = ' ';
	return strstr(control->only, word) != NULL;
}

/* Digits between `;`, and in colours between `:`. */
static bool
numbers_pass(const struct control *control, const char *p)
{
	size_t numbers = 0, digits;

	if (*p == '\0')
		return control->only == NULL || may_stand(control, p, 0);
	for (;; p++) {
		digits = strspn(p, "0123456789");
		if (!may_stand(control, p, digits))
			return false;
		p += digits;
		numbers++;
		if (*p == '\0')
			return numbers <= control->numbers;
		if (*p != ';' && !(*p == ':' && control->final == 'm'))
			return false;
	}
}

/* The second screen, as far as it is to be left in the end. */
static void
note_screen(struct screen *s, const char *numbers, char final)
{
	static const char *const modes[] = {"47", "1047", "1049"};

	for (size_t i = 0; i < NELEM(modes); i++)
		if (strstr(numbers, modes[i]) != NULL)
			s->alternate = final == 'h';
}

/* What is pending is whole: ESC [ … FINAL. */
static void
judge_control(struct screen *s)
{
	char numbers[sizeof(s->pending)];
	char final = s->pending[s->n - 1];
	char prefix = s->pending[2] == '?' ? '?' : '\0';
	size_t from = prefix != '\0' ? 3 : 2;
	const struct control *control = find(prefix, final);

	if (control == NULL || s->n - 1 < from) {
		leave_out(s);
		return;
	}
	memcpy(numbers, s->pending + from, s->n - 1 - from);
	numbers[s->n - 1 - from] = '\0';
	if (strlen(numbers) != s->n - 1 - from ||
	    !numbers_pass(control, numbers)) {
		leave_out(s);
		return;
	}
	if (prefix == '?')
		note_screen(s, numbers, final);
	pass(s);
}

static void put_byte(struct screen *, char);

/* A sequence that is broken off; the byte is looked at again. */
static void
break_off(struct screen *s, char c)
{
	leave_out(s);
	put_byte(s, c);
}

static void
put_control(struct screen *s, char c)
{
	unsigned char byte = (unsigned char)c;

	if (byte < 0x20 || byte > 0x7e) {
		break_off(s, c);
		return;
	}
	keep(s, c);
	if (byte < 0x40)
		return;
	if (s->too_long)
		leave_out(s);
	else
		judge_control(s);
}

/* The byte behind ESC. */
static void
choose(struct screen *s, char c)
{
	if (c == '[')
		s->state = SCREEN_CONTROL;
	else if (c == '(' || c == ')')
		s->state = SCREEN_CHARSET;
	else if (strchr("]PX^_", c) != NULL)
		s->state = SCREEN_STRING;
	else if (strchr(passing_escapes, c) != NULL)
		pass(s);
	else if ((unsigned char)c >= 0x30)
		leave_out(s);
}

static void
put_escape(struct screen *s, char c)
{
	unsigned char byte = (unsigned char)c;

	if (byte < 0x20 || byte > 0x7e) {
		break_off(s, c);
		return;
	}
	keep(s, c);
	if (s->n == 2)
		choose(s, c);
	else if (byte >= 0x30) /* the end of a longer one */
		leave_out(s);
}

/* ASCII, or the lines of the DEC special set. */
static void
put_charset(struct screen *s, char c)
{
	keep(s, c);
	if (c == 'B' || c == '0')
		pass(s);
	else if ((unsigned char)c < 0x20 || (unsigned char)c > 0x7e)
		break_off(s, c);
	else
		leave_out(s);
}

/* Titles, colours asked for, clipboards, pictures, keys: all to its end. */
static void
put_string(struct screen *s, char c)
{
	if (s->state == SCREEN_STRING_ESCAPE) {
		if (c == '\\') {
			leave_out(s);
			return;
		}
		leave_out(s);
		start(s, ESCAPE, SCREEN_ESCAPE);
		put_byte(s, c);
	} else if (c == ESCAPE) {
		s->state = SCREEN_STRING_ESCAPE;
	} else if (c == BELL || c == CANCEL || c == SUBSTITUTE) {
		leave_out(s);
	}
}

/* How many bytes a character has that begins so; 0: none does. */
static size_t
length(char c)
{
	unsigned char byte = (unsigned char)c;

	if (byte < 0xc2 || byte > 0xf4)
		return 0;
	return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/* C1 in the form of UTF-8: to some terminals the same as ESC and a letter. */
static bool
is_c1(const struct screen *s)
{
	return s->n == 2 && (unsigned char)s->pending[0] == 0xc2 &&
	    (unsigned char)s->pending[1] < 0xa0;
}

static void
put_character(struct screen *s, char c)
{
	if (((unsigned char)c & 0xc0) != 0x80) {
		fputs(REPLACEMENT, s->out);
		s->state = SCREEN_TEXT;
		put_byte(s, c);
		return;
	}
	keep(s, c);
	if (s->n < length(s->pending[0]))
		return;
	s->state = SCREEN_TEXT;
	if (!escape_is_utf8(s->pending, s->n))
		fputs(REPLACEMENT, s->out);
	else if (is_c1(s))
		s->left_out++;
	else
		fwrite(s->pending, 1, s->n, s->out);
}

static void
put_text(struct screen *s, char c)
{
	unsigned char byte = (unsigned char)c;

	if (c == ESCAPE)
		start(s, c, SCREEN_ESCAPE);
	else if (length(c) > 0)
		start(s, c, SCREEN_CHARACTER);
	else if (byte >= 0x80)
		fputs(REPLACEMENT, s->out);
	else if ((byte >= 0x20 && byte != 0x7f) ||
	    (byte != 0 && strchr(passing_controls, c) != NULL))
		putc(c, s->out);
	else
		s->left_out++;
}

static void
put_byte(struct screen *s, char c)
{
	switch (s->state) {
	case SCREEN_CHARACTER:
		put_character(s, c);
		break;
	case SCREEN_ESCAPE:
		put_escape(s, c);
		break;
	case SCREEN_CHARSET:
		put_charset(s, c);
		break;
	case SCREEN_CONTROL:
		put_control(s, c);
		break;
	case SCREEN_STRING:
	case SCREEN_STRING_ESCAPE:
		put_string(s, c);
		break;
	case SCREEN_TEXT:
		put_text(s, c);
		break;
	}
}

void
screen_put(struct screen *s, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put_byte(s, data[i]);
}

void
screen_end(struct screen *s)
{
	if (s->state != SCREEN_TEXT)
		leave_out(s);
	if (s->alternate)
		fputs("\033[?1049l", s->out);
	/* Setting margins moves the cursor, hence ESC 7 and ESC 8. */
	if (s->touched)
		fputs(
		    "\0337\033[r\0338\033[4l\033[?7h\033[?25h\033[0m\033(B\017",
		    s->out);
}

void
screen_end_raw(FILE *out)
{
	struct screen s = {.out = out, .touched = true};

	/* CAN ends what is unfinished; then what keys and mouse send. */
	fputs("\030\033[?1l\033>\033[?1000;1002;1003;1004;1006;2004l", out);
	screen_end(&s);
}
