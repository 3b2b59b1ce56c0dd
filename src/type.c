/* The types of captured words. A type's text is the policy's, the words
 * held against it are hostile bytes; all tests are linear in the word. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "element.h"
#include "list.h"
#include "type.h"
#include "why.h"

#define HOSTNAME_MAX 253
#define LABEL_MAX 63
#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

struct type {
	const struct kind *kind;
	uint64_t min, max;
	struct list values; /* what follows the type's name */
};

/*
 * One row for each type. byte and shape both hold for every accepted word,
 * which is not empty and does not start with `-`: no captured value can
 * become an option. one-of has no byte: its values are the policy's.
 */
struct kind {
	const char *name;
	const char *form;
	bool (*byte)(unsigned char);
	bool (*shape)(const struct type *, const char *, size_t);
	int (*parse)(struct type *, struct fault *);
};

/* The bytes of each type; the locale has no say. */

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(unsigned char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_alnum(unsigned char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_hostname(unsigned char c)
{
	return is_alnum(c) || c == '-' || c == '.';
}

static bool
is_ip(unsigned char c)
{
	return is_hex(c) || c == ':' || c == '.';
}

static bool
is_name(unsigned char c)
{
	return is_hostname(c) || c == '_';
}

static bool
is_word(unsigned char c)
{
	return c > 0x20 && c < 0x7f;
}

static bool
is_date(unsigned char c)
{
	return is_digit(c) || c == '-';
}

static bool
is_path(unsigned char c)
{
	return c >= 0x20 && c != 0x7f;
}

/* Canonical decimal digits of 64 bits: no leading zero, nothing lost. */
static bool
read_number(const char *s, size_t len, uint64_t *number)
{
	uint64_t n = 0, digit;

	if (len == 0 || (len > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit((unsigned char)s[i]))
			return false;
		digit = (uint64_t)(s[i] - '0');
		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

static uint64_t
count_digits(uint64_t n)
{
	uint64_t count = 1;

	for (; n >= 10; n /= 10)
		count++;
	return count;
}

/* The shapes: what the bytes alone do not say. */

static bool
integer_shape(const struct type *type, const char *s, size_t len)
{
	uint64_t n;

	return read_number(s, len, &n) && n >= type->min && n <= type->max;
}

static bool
hex_shape(const struct type *type, const char *s, size_t len)
{
	(void)s;
	return len >= type->min && len <= type->max;
}

/*
 * Would the resolver take a name with this last label for an address, as
 * inet_aton(3) takes 1.2.3.4, 127.1 and 0x7f000001?
 */
static bool
numeric_label(const char *s, size_t len)
{
	bool (*byte)(unsigned char) = is_digit;

	if (len >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		byte = is_hex;
		s += 2;
		len -= 2;
	}
	while (len > 0 && byte((unsigned char)s[len - 1]))
		len--;
	return len == 0;
}

static bool
hostname_shape(const struct type *type, const char *s, size_t len)
{
	size_t start = 0, label;

	(void)type;
	if (s[len - 1] == '.')
		len--;
	if (len == 0 || len > HOSTNAME_MAX)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && s[i] != '.')
			continue;
		label = i - start;
		if (label == 0 || label > LABEL_MAX || s[start] == '-' ||
		    s[i - 1] == '-')
			return false;
		if (i < len)
			start = i + 1;
	}
	return !numeric_label(s + start, len - start);
}

static bool
ip_shape(const struct type *type, const char *s, size_t len)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	(void)type;
	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	return inet_pton(AF_INET, text, &address) == 1 ||
	    inet_pton(AF_INET6, text, &address) == 1;
}

static bool
name_shape(const struct type *type, const char *s, size_t len)
{
	(void)type;
	(void)len;
	return s[0] != '.';
}

static unsigned
month_days(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30,
	    31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static unsigned
digits(const char *s, size_t n)
{
	unsigned value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (unsigned)(s[i] - '0');
	return value;
}

static bool
date_shape(const struct type *type, const char *s, size_t len)
{
	unsigned year, month, day;

	(void)type;
	if (len != 10)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((s[i] == '-') != (i == 4 || i == 7))
			return false;
	year = digits(s, 4);
	month = digits(s + 5, 2);
	day = digits(s + 8, 2);
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
	    day <= month_days(year, month);
}

static bool
any_shape(const struct type *type, const char *s, size_t len)
{
	(void)type;
	(void)s;
	(void)len;
	return true;
}

static bool
one_of_shape(const struct type *type, const char *s, size_t len)
{
	for (size_t i = 0; i < type->values.n; i++)
		if (strlen(type->values.v[i]) == len &&
		    memcmp(type->values.v[i], s, len) == 0)
			return true;
	return false;
}

/* The parameters in the policy. */

static int
refuse_form(const struct type *type, struct fault *fault)
{
	return fault_set(fault, WHY_POLICY, "`%s` is written `%s`",
	    type->kind->name, type->kind->form);
}

static int
no_values(struct type *type, struct fault *fault)
{
	return type->values.n == 0 ? 0 : refuse_form(type, fault);
}

static int
range_values(struct type *type, struct fault *fault)
{
	const char *text, *dots;

	if (type->values.n != 1)
		return refuse_form(type, fault);
	text = type->values.v[0];
	dots = strstr(text, "..");
	if (dots == NULL ||
	    !read_number(text, (size_t)(dots - text), &type->min) ||
	    !read_number(dots + 2, strlen(dots + 2), &type->max))
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: `%s` is written `%s`, both numbers plain "
		    "decimal digits and at most %llu",
		    text, type->kind->name, type->kind->form,
		    (unsigned long long)UINT64_MAX);
	if (type->min > type->max)
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: nothing lies in this range; the smaller number "
		    "comes first",
		    text);
	return 0;
}

static int
hex_values(struct type *type, struct fault *fault)
{
	if (range_values(type, fault) == -1)
		return -1;
	if (type->min == 0)
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: a hex value has at least one digit",
		    type->values.v[0]);
	return 0;
}

static int
one_of_values(struct type *type, struct fault *fault)
{
	char **v = type->values.v;

	if (type->values.n == 0)
		return refuse_form(type, fault);
	for (size_t i = 1; i < type->values.n; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(v[i], v[j]) == 0)
				return fault_set(fault, WHY_POLICY,
				    "`%.80s` stands twice in one-of", v[i]);
	return 0;
}

/* Whether a component of the path is `.` or `..`. */
static bool
has_dots(const char *path)
{
	size_t len;

	for (; *path != '\0'; path += len) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if ((len == 1 || len == 2) && strncmp(path, "..", len) == 0)
			return true;
	}
	return false;
}

static int
path_values(struct type *type, struct fault *fault)
{
	const char *path;

	if (type->values.n != 1)
		return refuse_form(type, fault);
	path = type->values.v[0];
	if (path[0] != '/' || has_dots(path))
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: write an absolute directory without `.` and "
		    "`..`",
		    path);
	return 0;
}

enum { INTEGER, HOSTNAME, IP, NAME, WORD, DATE, HEX, ONE_OF, PATH };

static const struct kind kinds[] = {
    [INTEGER] = {"integer", "integer MIN..MAX", is_digit, integer_shape,
	range_values},
    [HOSTNAME] = {"hostname", "hostname", is_hostname, hostname_shape,
	no_values},
    [IP] = {"ip", "ip", is_ip, ip_shape, no_values},
    [NAME] = {"name", "name", is_name, name_shape, no_values},
    [WORD] = {"word", "word", is_word, any_shape, no_values},
    [DATE] = {"date", "date", is_date, date_shape, no_values},
    [HEX] = {"hex", "hex MIN..MAX", is_hex, hex_shape, hex_values},
    [ONE_OF] = {"one-of", "one-of A B C", NULL, one_of_shape, one_of_values},
    [PATH] = {"path", "path DIR", is_path, any_shape, path_values},
};

/* Types that have no word in common, whatever their parameters; all other
 * pairs may meet. */
static const struct {
	const struct kind *a, *b;
} apart[] = {
    {&kinds[INTEGER], &kinds[HOSTNAME]}, /* its last label is no number */
    {&kinds[INTEGER], &kinds[IP]}, /* has a . or : */
    {&kinds[INTEGER], &kinds[DATE]}, /* has a - */
    {&kinds[HOSTNAME], &kinds[IP]},
    {&kinds[IP], &kinds[DATE]},
    {&kinds[IP], &kinds[HEX]},
    {&kinds[DATE], &kinds[HEX]},
};

static const struct kind *
find_kind(const char *name, struct fault *fault)
{
	char known[160] = "";
	size_t len = 0;

	for (size_t i = 0; i < NELEM(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	/* For the message alone: one name that did not fit would be lost. */
	for (size_t i = 0; i < NELEM(kinds) && len < sizeof(known); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len,
		    "%s%s", i == 0 ? "" : ", ", kinds[i].name);
	fault_set(fault, WHY_POLICY,
	    "there is no type `%.80s`; the types are %s", name, known);
	return NULL;
}

/* Moves the words behind the type's name into the type. */
static int
take_values(struct type *type, const struct elements *words,
    struct fault *fault)
{
	for (size_t i = 0; i < words->n; i++) {
		const struct element *word = &words->v[i];

		if (word->kind != ELEMENT_LITERAL || word->group != 0)
			return fault_set(fault, WHY_POLICY,
			    "`%.80s`: a type holds no captures and no [ ]; "
			    "a value with such bytes needs quotes: '…'",
			    word->written);
		if (i > 0 && list_add(&type->values, word->text) == -1)
			return fault_set(fault, WHY_MEMORY, "out of memory");
	}
	return 0;
}

static int
fill(struct type *type, const char *text, struct fault *fault)
{
	struct elements words = {0};
	int ret = -1;

	if (strstr(text, "${") != NULL)
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: ${...} is not available in types; write the "
		    "value itself",
		    text);
	if (element_parse(&words, text, fault) == -1)
		return -1;
	if (words.n == 0) {
		find_kind("", fault);
		goto out;
	}
	if (take_values(type, &words, fault) == -1)
		goto out;
	type->kind = find_kind(words.v[0].text, fault);
	if (type->kind == NULL)
		goto out;
	ret = type->kind->parse(type, fault);
out:
	element_free(&words);
	return ret;
}

struct type *
type_parse(const char *text, struct fault *fault)
{
	struct type *type = calloc(1, sizeof(*type));

	if (type == NULL) {
		fault_set(fault, WHY_MEMORY, "out of memory");
		return NULL;
	}
	if (fill(type, text, fault) == -1) {
		type_free(type);
		return NULL;
	}
	return type;
}

void
type_free(struct type *type)
{
	if (type == NULL)
		return;
	list_free(&type->values);
	free(type);
}

/* Whether all bytes are the type's and the first makes no option of it. */
static bool
fits(const struct kind *kind, const char *s, size_t len)
{
	if (len > 0 && s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!kind->byte((unsigned char)s[i]))
			return false;
	return true;
}

bool
type_accepts(const struct type *type, const char *s, size_t len)
{
	const struct kind *kind = type->kind;

	if (kind->byte != NULL && (len == 0 || !fits(kind, s, len)))
		return false;
	return kind->shape(type, s, len);
}

static bool
ranges_meet(uint64_t min, uint64_t max, const struct type *b)
{
	return min <= b->max && b->min <= max;
}

static bool
may_meet(const struct type *a, const struct type *b)
{
	if (a->kind == b->kind &&
	    (a->kind == &kinds[INTEGER] || a->kind == &kinds[HEX]))
		return ranges_meet(a->min, a->max, b);
	/* A number is a hex value when its count of digits is right. */
	if (a->kind == &kinds[INTEGER] && b->kind == &kinds[HEX])
		return ranges_meet(count_digits(a->min), count_digits(a->max),
		    b);
	for (size_t i = 0; i < NELEM(apart); i++)
		if (a->kind == apart[i].a && b->kind == apart[i].b)
			return false;
	return true;
}

/* Whether some value of a one-of is the prefix and a word of b. */
static bool
value_meets(const struct type *one_of, const char *prefix, const struct type *b)
{
	size_t skip = strlen(prefix);
	const char *value;

	for (size_t i = 0; i < one_of->values.n; i++) {
		value = one_of->values.v[i];
		if (strncmp(value, prefix, skip) == 0 &&
		    type_accepts(b, value + skip, strlen(value + skip)))
			return true;
	}
	return false;
}

/* Whether a takes the prefix with some value of a one-of behind it. */
static bool
takes_value(const struct type *a, const char *prefix, const struct type *one_of)
{
	char *word;
	bool taken;
	int len;

	for (size_t i = 0; i < one_of->values.n; i++) {
		len = asprintf(&word, "%s%s", prefix, one_of->values.v[i]);
		if (len == -1)
			return true;
		taken = type_accepts(a, word, (size_t)len);
		free(word);
		if (taken)
			return true;
	}
	return false;
}

bool
type_overlaps(const struct type *a, const struct type *b)
{
	return type_overlaps_prefixed(a, "", b);
}

bool
type_overlaps_prefixed(const struct type *a, const char *prefix,
    const struct type *b)
{
	if (a->kind == &kinds[ONE_OF])
		return value_meets(a, prefix, b);
	if (b->kind == &kinds[ONE_OF])
		return takes_value(a, prefix, b);
	if (*prefix != '\0')
		return fits(a->kind, prefix, strlen(prefix));
	return may_meet(a, b) && may_meet(b, a);
}

const char *
type_directory(const struct type *type)
{
	return type->kind == &kinds[PATH] ? type->values.v[0] : NULL;
}
