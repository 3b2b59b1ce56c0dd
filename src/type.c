/* The types of captured words: their table, what a policy may write, and
 * which of them have words in common. shape.c holds words against them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "byteset.h"
#include "element.h"
#include "list.h"
#include "shape.h"
#include "type.h"
#include "type_glob.h"
#include "type_regex.h"
#include "why.h"

#define BLANKS " \t"
#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
/* How much of a word a message quotes. */
#define SHOWN 80

/* One row for each type. pattern: one pattern follows, as it stands. */
struct kind {
	const char *name;
	const char *form;
	const struct shape *shape;
	int (*parse)(struct type *, struct fault *);
	bool pattern;
};

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
	    !shape_read_number(text, (size_t)(dots - text), &type->min) ||
	    !shape_read_number(dots + 2, strlen(dots + 2), &type->max))
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

static int
path_values(struct type *type, struct fault *fault)
{
	const char *path;

	if (type->values.n != 1)
		return refuse_form(type, fault);
	path = type->values.v[0];
	if (path[0] != '/' || shape_has_dots(path, strlen(path)))
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: write an absolute directory without `.` and "
		    "`..`",
		    path);
	return 0;
}

static int
glob_values(struct type *type, struct fault *fault)
{
	const char *pattern = type->values.v[0];

	if (shape_has_dots(pattern, strlen(pattern)))
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: a glob accepts no word with `.` or `..` between "
		    "slashes",
		    pattern);
	type->glob = type_glob_parse(pattern, fault);
	return type->glob == NULL ? -1 : 0;
}

static int
regex_values(struct type *type, struct fault *fault)
{
	type->regex = type_regex_parse(type->values.v[0], fault);
	return type->regex == NULL ? -1 : 0;
}

enum {
	INTEGER,
	HOSTNAME,
	IP,
	NAME,
	WORD,
	DATE,
	HEX,
	ONE_OF,
	GLOB,
	REGEX,
	PATH
};

static const struct kind kinds[] = {
    [INTEGER] = {"integer", "integer MIN..MAX", &shape_integer, range_values,
	false},
    [HOSTNAME] = {"hostname", "hostname", &shape_hostname, no_values, false},
    [IP] = {"ip", "ip", &shape_ip, no_values, false},
    [NAME] = {"name", "name", &shape_name, no_values, false},
    [WORD] = {"word", "word", &shape_word, no_values, false},
    [DATE] = {"date", "date", &shape_date, no_values, false},
    [HEX] = {"hex", "hex MIN..MAX", &shape_hex, hex_values, false},
    [ONE_OF] = {"one-of", "one-of A B C", &shape_one_of, one_of_values, false},
    [GLOB] = {"glob", "glob PATTERN", &shape_glob, glob_values, true},
    [REGEX] = {"regex", "regex ERE", &shape_regex, regex_values, true},
    [PATH] = {"path", "path DIR", &shape_path, path_values, false},
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

/* The kind whose name is the first len bytes. */
static const struct kind *
find_kind(const char *name, size_t len, struct fault *fault)
{
	char known[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < NELEM(kinds); i++)
		if (strlen(kinds[i].name) == len &&
		    memcmp(kinds[i].name, name, len) == 0)
			return &kinds[i];
	/* For the message alone: one name that did not fit would be lost. */
	for (size_t i = 0; i < NELEM(kinds) && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used,
		    "%s%s", i == 0 ? "" : ", ", kinds[i].name);
	fault_set(fault, WHY_POLICY,
	    "there is no type `%.*s`; the types are %s",
	    len > SHOWN ? SHOWN : (int)len, name, known);
	return NULL;
}

/* Puts the words behind the type's name into the type. */
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
		if (list_add(&type->values, word->text) == -1)
			return fault_set(fault, WHY_MEMORY, "out of memory");
	}
	return 0;
}

static int
fill_words(struct type *type, const char *text, struct fault *fault)
{
	struct elements words = {0};
	int ret;

	if (element_parse(&words, text, fault) == -1)
		return -1;
	ret = take_values(type, &words, fault);
	element_free(&words);
	return ret;
}

static int
refuse_pattern(const char *text, const char *advice, struct fault *fault)
{
	return fault_set(fault, WHY_POLICY, "`%.80s`: %s", text, advice);
}

/* Where a glob or a regex begins and how long it is, without its quotes. */
static int
find_pattern(const char **text, size_t *len, struct fault *fault)
{
	const char *p = *text;
	size_t n = *len;

	if (*p == '\'') {
		if (n < 2 || memchr(p + 1, '\'', n - 1) != p + n - 1)
			return refuse_pattern(p,
			    "quotes go around the whole pattern: '…'", fault);
		p++;
		n -= 2;
	} else if (*p == '"') {
		return refuse_pattern(p, "quotes are '…'", fault);
	} else if (memchr(p, ' ', n) != NULL || memchr(p, '\t', n) != NULL) {
		return refuse_pattern(p,
		    "one pattern follows; one with blanks needs quotes: '…'",
		    fault);
	}
	if (n == 0)
		return refuse_pattern(*text, "an empty pattern accepts nothing",
		    fault);
	for (size_t i = 0; i < n; i++)
		if (!shape_path.byte((unsigned char)p[i]))
			return refuse_pattern(*text,
			    "a control byte cannot be part of a word", fault);
	*text = p;
	*len = n;
	return 0;
}

/* One pattern as it stands: its bytes are its own, not those of elements. */
static int
fill_pattern(struct type *type, const char *text, struct fault *fault)
{
	size_t len;

	text += strspn(text, BLANKS);
	for (len = strlen(text); len > 0 && strchr(BLANKS, text[len - 1]);)
		len--;
	if (len == 0)
		return refuse_form(type, fault);
	if (find_pattern(&text, &len, fault) == -1)
		return -1;
	if (list_take(&type->values, strndup(text, len)) == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

static int
fill(struct type *type, const char *text, struct fault *fault)
{
	size_t len;
	int ret;

	if (strstr(text, "${") != NULL)
		return fault_set(fault, WHY_POLICY,
		    "`%.80s`: ${...} is not available in types; write the "
		    "value itself",
		    text);
	text += strspn(text, BLANKS);
	len = strcspn(text, BLANKS);
	type->kind = find_kind(text, len, fault);
	if (type->kind == NULL)
		return -1;
	ret = type->kind->pattern ? fill_pattern(type, text + len, fault) :
				    fill_words(type, text + len, fault);
	return ret == -1 ? -1 : type->kind->parse(type, fault);
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
	type_glob_free(type->glob);
	type_regex_free(type->regex);
	free(type);
}

/* Whether all bytes are the shape's and the first makes no option of it. */
static bool
fits(const struct shape *shape, const char *s, size_t len)
{
	if (len > 0 && s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!shape->byte((unsigned char)s[i]))
			return false;
	return true;
}

bool
type_accepts(const struct type *type, const char *s, size_t len)
{
	const struct shape *shape = type->kind->shape;

	if (shape->byte != NULL && (len == 0 || !fits(shape, s, len)))
		return false;
	return shape->accepts(type, s, len);
}

static bool
ranges_meet(uint64_t min, uint64_t max, const struct type *b)
{
	return min <= b->max && b->min <= max;
}

static uint64_t
count_digits(uint64_t n)
{
	uint64_t count = 1;

	for (; n >= 10; n /= 10)
		count++;
	return count;
}

/* The bytes that words of a type may start with; not for one-of. */
static void
first_bytes(const struct type *type, struct byteset *set)
{
	*set = (struct byteset) {0};
	if (type->regex != NULL) {
		type_regex_first(type->regex, set);
		return;
	}
	for (unsigned c = 0; c < 256; c++) {
		char byte = (char)c;

		if (fits(type->kind->shape, &byte, 1) &&
		    (type->glob == NULL ||
			type_glob_starts(type->glob, &byte, 1)))
			byteset_add(set, (unsigned char)c);
	}
}

static bool
starts_meet(const struct type *a, const struct type *b)
{
	struct byteset one, two;

	first_bytes(a, &one);
	first_bytes(b, &two);
	return byteset_meets(&one, &two);
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
	if (a->glob != NULL && b->glob != NULL)
		return type_glob_meets(a->glob, b->glob);
	if (a->regex != NULL)
		return starts_meet(a, b);
	if (a->glob != NULL && b->kind->shape->byte != NULL)
		return type_glob_within(a->glob, b->kind->shape->byte);
	for (size_t i = 0; i < NELEM(apart); i++)
		if (a->kind == apart[i].a && b->kind == apart[i].b)
			return false;
	return true;
}

/* Whether some word of a may start with the prefix, which is not empty. */
static bool
may_start(const struct type *a, const char *prefix)
{
	size_t len = strlen(prefix);
	struct byteset set;

	if (a->regex != NULL) {
		first_bytes(a, &set);
		return byteset_has(&set, (unsigned char)*prefix);
	}
	return fits(a->kind->shape, prefix, len) &&
	    (a->glob == NULL || type_glob_starts(a->glob, prefix, len));
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
		return may_start(a, prefix);
	return may_meet(a, b) && may_meet(b, a);
}

const char *
type_directory(const struct type *type)
{
	return type->kind == &kinds[PATH] ? type->values.v[0] : NULL;
}
