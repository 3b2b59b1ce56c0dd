/*
 * Lines of authorized_keys, read as sshd reads them: what it takes for a key
 * that may log in, this must, and with the same options.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ctl/authorized.h"
#include "ctl/sha256.h"
#include "ctl/show.h"
#include "escape.h"
#include "list.h"
#include "value.h"
#include "why.h"
#include "words.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define BLANKS " \t"
#define CERTIFICATE "-cert-v01@openssh.com"
#define PROGRAM "gatekeeper"

enum kind { FLAG, NEGATABLE, VALUE, VALUE_ONCE };

static const struct known {
	const char *name;
	enum kind kind;
} known[] = {
    {"restrict", FLAG},
    {"cert-authority", FLAG},
    {"port-forwarding", NEGATABLE},
    {"agent-forwarding", NEGATABLE},
    {"X11-forwarding", NEGATABLE},
    {"pty", NEGATABLE},
    {"user-rc", NEGATABLE},
    {"touch-required", NEGATABLE},
    {"verify-required", NEGATABLE},
    {"command", VALUE_ONCE},
    {"principals", VALUE_ONCE},
    {"from", VALUE_ONCE},
    {"expiry-time", VALUE},
    {"environment", VALUE},
    {"permitopen", VALUE},
    {"permitlisten", VALUE},
    {"tunnel", VALUE},
};

/* And how many strings there are in its blob, behind its name. */
static const struct type {
	const char *name;
	unsigned strings;
} types[] = {
    {"ssh-ed25519", 1},
    {"ssh-rsa", 2},
    {"ssh-dss", 4},
    {"ecdsa-sha2-nistp256", 2},
    {"ecdsa-sha2-nistp384", 2},
    {"ecdsa-sha2-nistp521", 2},
    {"sk-ssh-ed25519@openssh.com", 2},
    {"sk-ecdsa-sha2-nistp256@openssh.com", 3},
};

/* --- options -------------------------------------------------------------- */

static void
set_problem(struct authorized *line, char *problem)
{
	if (line->problem == NULL)
		line->problem = problem;
	else
		free(problem);
}

static const struct known *
find_known(const char *name, size_t len, bool *negated)
{
	for (size_t i = 0; i < NELEM(known); i++) {
		const char *option = known[i].name;
		size_t own = strlen(option);

		*negated = len == own + 3 && known[i].kind == NEGATABLE &&
		    strncasecmp(name, "no-", 3) == 0;
		if ((*negated || len == own) &&
		    strncasecmp(name + (*negated ? 3 : 0), option, own) == 0)
			return &known[i];
	}
	return NULL;
}

/* Behind the quote that ends a value; NULL: none does. */
static const char *
skip_quoted(const char *p)
{
	for (p++; *p != '"'; p++) {
		if (*p == '\0')
			return NULL;
		if (p[0] == '\\' && p[1] == '"')
			p++;
	}
	return p + 1;
}

/* The value between two quotes; new. */
static char *
unquoted(const char *start, const char *end)
{
	char *value = show_need(strndup(start + 1, (size_t)(end - start) - 2));
	char *to = value;

	for (char *p = value; *p != '\0'; *to++ = *p++)
		if (p[0] == '\\' && p[1] == '"')
			p++;
	*to = '\0';
	return value;
}

/* YYYYMMDD[HHMM[SS]][Z]. Which days there are, sshd knows. */
static bool
is_expiry(const char *value)
{
	size_t digits = strspn(value, "0123456789");

	if (digits != 8 && digits != 12 && digits != 14)
		return false;
	return value[digits + (value[digits] == 'Z' ? 1 : 0)] == '\0';
}

static bool
is_environment(const char *value)
{
	size_t name = strspn(value,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_");

	return name > 0 && value[name] == '=';
}

static void
check_value(struct authorized *line, const struct authorized_option *option)
{
	if (strcasecmp(option->name, "expiry-time") == 0 &&
	    !is_expiry(option->value))
		set_problem(line,
		    show_need(strdup("expiry-time is no time: write "
				     "YYYYMMDD or YYYYMMDDHHMM")));
	if (strcasecmp(option->name, "environment") == 0 &&
	    !is_environment(option->value))
		set_problem(line,
		    show_need(strdup("environment does not set a variable: "
				     "write NAME=VALUE")));
}

static struct authorized_option *
add_option(struct authorized *line, const char *name, size_t len)
{
	struct authorized_option *option;

	line->options = show_need(reallocarray(line->options,
	    line->noptions + 1, sizeof(*line->options)));
	option = &line->options[line->noptions++];
	*option = (struct authorized_option) {
	    .name = show_need(strndup(name, len)),
	};
	return option;
}

static bool
has_option(const struct authorized *line, const char *name, size_t len)
{
	for (size_t i = 0; i < line->noptions; i++)
		if (strlen(line->options[i].name) == len &&
		    strncasecmp(line->options[i].name, name, len) == 0)
			return true;
	return false;
}

/* What is wrong with an option that ends at `end`; NULL: nothing. */
static char *
option_problem(const struct authorized *line, const char *name, size_t len,
    const char *end)
{
	bool negated;
	const struct known *option = find_known(name, len, &negated);
	bool valued = option != NULL && option->kind >= VALUE;

	if (option == NULL)
		return show_format("sshd knows no option %.*s", (int)len, name);
	if (valued && name[len] != '=')
		return show_format("%s has no value: write %s=\"...\"",
		    option->name, option->name);
	if (valued && end == NULL)
		return show_format("the value of %s is not in quotes: write "
				   "%s=\"...\"",
		    option->name, option->name);
	if (end == NULL || (!valued && name[len] == '='))
		return show_format("%s takes no value", option->name);
	if (*end != ',' && *end != '\0' && strchr(BLANKS, *end) == NULL)
		return show_format("there is no comma behind %s", option->name);
	if (option->kind == VALUE_ONCE && has_option(line, name, len))
		return show_format("%s stands there twice", option->name);
	if (end[0] == ',' && end[1] == '\0')
		return show_need(strdup("there is nothing behind the comma"));
	return NULL;
}

/* One option; where it ends, or NULL with a problem. */
static const char *
read_option(struct authorized *line, const char *p)
{
	size_t len = strcspn(p, "=,\"" BLANKS);
	const char *end = p + len, *value = NULL;
	struct authorized_option *option;
	char *problem;

	if (*end == '=') {
		value = end + 1;
		end = *value == '"' ? skip_quoted(value) : NULL;
	}
	problem = option_problem(line, p, len, end);
	if (problem != NULL) {
		set_problem(line, problem);
		return NULL;
	}
	option = add_option(line, p, len);
	if (value != NULL) {
		option->value = unquoted(value, end);
		check_value(line, option);
	}
	return end;
}

static void
read_options(struct authorized *line, const char *p, const char *end)
{
	while (p < end) {
		p = read_option(line, p);
		if (p == NULL)
			return;
		p += *p == ',';
	}
}

/* Behind the options: at a blank that is in no quotes. NULL: a quote is left
 * open. */
static const char *
skip_options(const char *p)
{
	bool quoted = false;

	for (; *p != '\0' && (quoted || strchr(BLANKS, *p) == NULL); p++) {
		if (p[0] == '\\' && p[1] == '"')
			p++;
		else if (*p == '"')
			quoted = !quoted;
	}
	return quoted ? NULL : p;
}

/* --- the key -------------------------------------------------------------- */

static const struct type *
find_type(const char *name, size_t len, bool *certificate)
{
	for (size_t i = 0; i < NELEM(types); i++) {
		/* All of them end in .com before -cert-, or in no domain. */
		size_t own = strcspn(types[i].name, "@");

		if (strncmp(name, types[i].name, own) != 0)
			continue;
		*certificate = len == own + strlen(CERTIFICATE) &&
		    strncmp(name + own, CERTIFICATE, len - own) == 0;
		if (*certificate ||
		    (len == strlen(types[i].name) &&
			strncmp(name, types[i].name, len) == 0))
			return &types[i];
	}
	return NULL;
}

static int
digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* base64 with its padding; NULL: it is something else. */
static unsigned char *
decode(const char *text, size_t len, size_t *size)
{
	unsigned char *blob = show_need(malloc(len / 4 * 3 + 1));
	size_t digits = len;
	uint32_t bits = 0;

	while (digits > 0 && len - digits < 2 && text[digits - 1] == '=')
		digits--;
	*size = 0;
	for (size_t i = 0; i < digits && len % 4 == 0; i++) {
		int d = digit(text[i]);

		if (d == -1)
			break;
		bits = bits << 6 | (uint32_t)d;
		if (i % 4 != 0)
			blob[(*size)++] =
			    (unsigned char)(bits >> (6 - 2 * (i % 4)));
		if (i + 1 == digits)
			return blob;
	}
	free(blob);
	return NULL;
}

/* The next string of the protocol; NULL: there is none. */
static const unsigned char *
next_string(const unsigned char **p, const unsigned char *end, size_t *len)
{
	const unsigned char *s = *p;

	if (end - s < 4)
		return NULL;
	*len =
	    (size_t)s[0] << 24 | (size_t)s[1] << 16 | (size_t)s[2] << 8 | s[3];
	s += 4;
	if (*len > (size_t)(end - s))
		return NULL;
	*p = s + *len;
	return s;
}

static bool
is_whole(const struct authorized *line, const struct type *type,
    bool certificate)
{
	const unsigned char *p = line->blob, *end = p + line->size, *s;
	size_t len = 0;

	s = next_string(&p, end, &len);
	if (s == NULL || len != strlen(line->type) ||
	    memcmp(s, line->type, len) != 0)
		return false;
	if (certificate)
		return p < end;
	for (unsigned i = 0; i < type->strings; i++)
		if (next_string(&p, end, &len) == NULL || len == 0)
			return false;
	return p == end;
}

/* false: there is no key here; with a problem, there is a broken one. */
static bool
read_key(struct authorized *line, const char *p)
{
	size_t len = strcspn(p, BLANKS), size;
	bool certificate = false;
	const struct type *type = find_type(p, len, &certificate);
	const char *blob;

	if (type == NULL)
		return false;
	line->type = show_need(strndup(p, len));
	blob = p + len + strspn(p + len, BLANKS);
	size = strcspn(blob, BLANKS);
	line->encoded = show_need(strndup(blob, size));
	line->blob = decode(blob, size, &line->size);
	p = blob + size;
	line->comment = show_need(strdup(p + strspn(p, BLANKS)));
	if (line->blob == NULL || !is_whole(line, type, certificate))
		set_problem(line,
		    show_format("the key behind %s is cut or damaged",
			line->type));
	return true;
}

/* Options that go on behind a blank: where there is a key at last, it is
 * told apart from a line that has nothing to do with keys. */
static bool
read_split(struct authorized *line, const char *p)
{
	while (*p != '\0') {
		const char *end = skip_options(p);

		if (end == NULL || end == p)
			return false;
		read_options(line, p, end);
		p = end + strspn(end, BLANKS);
		if (read_key(line, p))
			return true;
	}
	return false;
}

static void
read_line(struct authorized *line, const char *p)
{
	const char *end, *key;
	bool found;

	if (read_key(line, p))
		return;
	end = skip_options(p);
	if (end == NULL) {
		set_problem(line, show_need(strdup("a quote is not closed")));
		return;
	}
	read_options(line, p, end);
	key = end + strspn(end, BLANKS);
	if (read_key(line, key))
		return;
	found = read_split(line, key);
	line->split = found && line->problem == NULL;
	free(line->problem);
	line->problem =
	    show_need(strdup(found ? "a blank between options" :
				     "there is no key that sshd knows"));
}

bool
authorized_read(struct authorized *line, const char *text)
{
	const char *start = text + strspn(text, BLANKS);
	char *copy = show_need(strdup(start));
	bool some;

	*line = (struct authorized) {0};
	copy[strcspn(copy, "\r\n")] = '\0';
	some = copy[0] != '\0' && copy[0] != '#';
	if (some)
		read_line(line, copy);
	free(copy);
	return some;
}

void
authorized_free(struct authorized *line)
{
	for (size_t i = 0; i < line->noptions; i++) {
		free(line->options[i].name);
		free(line->options[i].value);
	}
	free(line->options);
	free(line->type);
	free(line->blob);
	free(line->encoded);
	free(line->comment);
	free(line->problem);
	*line = (struct authorized) {0};
}

/* --- what it says --------------------------------------------------------- */

const char *
authorized_option(const struct authorized *line, const char *name)
{
	for (size_t i = line->noptions; i-- > 0;)
		if (strcasecmp(line->options[i].name, name) == 0)
			return line->options[i].value != NULL ?
			    line->options[i].value :
			    "";
	return NULL;
}

bool
authorized_permits(const struct authorized *line, const char *what)
{
	bool permitted = true;

	for (size_t i = 0; i < line->noptions; i++) {
		const char *name = line->options[i].name;

		if (strcasecmp(name, what) == 0)
			permitted = true;
		else if (strcasecmp(name, "restrict") == 0 ||
		    (strncasecmp(name, "no-", 3) == 0 &&
			strcasecmp(name + 3, what) == 0))
			permitted = false;
	}
	return permitted;
}

bool
authorized_is_same(const struct authorized *a, const struct authorized *b)
{
	return a->blob != NULL && b->blob != NULL && a->size == b->size &&
	    memcmp(a->blob, b->blob, a->size) == 0;
}

char *
authorized_fingerprint(const struct authorized *line)
{
	unsigned char digest[SHA256_BYTES];
	char *encoded, *fingerprint;

	sha256(digest, line->blob, line->size);
	encoded = show_need(escape_base64(digest, sizeof(digest)));
	encoded[strcspn(encoded, "=")] = '\0';
	fingerprint = show_format("SHA256:%s", encoded);
	free(encoded);
	return fingerprint;
}

unsigned
authorized_rsa_bits(const struct authorized *line)
{
	const unsigned char *p = line->blob, *n = NULL;
	size_t len = 0;
	unsigned bits;

	if (p == NULL || strcmp(line->type, "ssh-rsa") != 0)
		return 0;
	for (int i = 0; i < 3; i++) {
		n = next_string(&p, line->blob + line->size, &len);
		if (n == NULL)
			return 0;
	}
	for (; len > 0 && *n == 0; len--)
		n++;
	bits = (unsigned)len * 8;
	for (int top = 0x80; len > 0 && (*n & top) == 0; top >>= 1)
		bits--;
	return bits;
}

/* --- the command ---------------------------------------------------------- */

static void
take_words(struct authorized_command *command, const struct list *words)
{
	bool elsewhere = words->n > 3 && strcmp(words->v[1], "-d") == 0;
	size_t at = elsewhere ? 3 : 1;
	const char *slash;

	if (words->n <= at || words->n > at + 2 || !value_is_name(words->v[at]))
		return;
	slash = strrchr(words->v[0], '/');
	if (strcmp(slash != NULL ? slash + 1 : words->v[0], PROGRAM) != 0)
		return;
	command->program = show_need(strdup(words->v[0]));
	command->key = show_need(strdup(words->v[at]));
	if (elsewhere)
		command->dir = show_need(strdup(words->v[2]));
	if (words->n == at + 2)
		command->fingerprint = show_need(strdup(words->v[at + 1]));
}

bool
authorized_command(struct authorized_command *command, const char *text)
{
	struct words words = {0};
	struct fault fault;

	*command = (struct authorized_command) {0};
	/* What a shell would do more with than start one program is not ours. */
	if (words_split(&words, text, &fault) == 0)
		take_words(command, &words.text);
	words_free(&words);
	return command->key != NULL;
}

void
authorized_command_free(struct authorized_command *command)
{
	free(command->program);
	free(command->dir);
	free(command->key);
	free(command->fingerprint);
	*command = (struct authorized_command) {0};
}
