/* Sets of bytes, and the bracket expressions that name them. The text is
 * the administrator's: what dialects read differently is refused. */

#include <string.h>

#include "byteset.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define SHOWN 40

struct scan {
	const char *start, *at;
	enum bracket kind;
	struct fault *fault;
};

/* The classes of the C locale, as first and last bytes. */
static const struct {
	const char *name;
	const char *ranges;
} classes[] = {
    {"alnum", "09AZaz"},
    {"alpha", "AZaz"},
    {"blank", "\t\t  "},
    {"cntrl", "\x01\x1f\x7f\x7f"},
    {"digit", "09"},
    {"graph", "!~"},
    {"lower", "az"},
    {"print", " ~"},
    {"punct", "!/:@[`{~"},
    {"space", "\t\r  "},
    {"upper", "AZ"},
    {"xdigit", "09AFaf"},
};

void
byteset_fill(struct byteset *set)
{
	memset(set->v, 0xff, sizeof(set->v));
}

void
byteset_unite(struct byteset *set, const struct byteset *other)
{
	for (size_t i = 0; i < NELEM(set->v); i++)
		set->v[i] |= other->v[i];
}

bool
byteset_meets(const struct byteset *a, const struct byteset *b)
{
	for (size_t i = 0; i < NELEM(a->v); i++)
		if ((a->v[i] & b->v[i]) != 0)
			return true;
	return false;
}

static int
refuse(const struct scan *scan, const char *advice)
{
	return fault_set(scan->fault, WHY_POLICY, "`%.*s`: %s", SHOWN,
	    scan->start, advice);
}

static void
add_range(struct byteset *set, unsigned char first, unsigned char last)
{
	for (unsigned c = first; c <= last; c++)
		byteset_add(set, (unsigned char)c);
}

/* `[:alpha:]` and its like. */
static int
take_class(struct scan *scan, struct byteset *set)
{
	const char *name = scan->at + 2;
	size_t len = strcspn(name, ":]");

	for (size_t i = 0; i < NELEM(classes); i++) {
		if (strlen(classes[i].name) != len ||
		    strncmp(classes[i].name, name, len) != 0 ||
		    strncmp(name + len, ":]", 2) != 0)
			continue;
		for (const char *r = classes[i].ranges; *r != '\0'; r += 2)
			add_range(set, (unsigned char)r[0],
			    (unsigned char)r[1]);
		scan->at = name + len + 2;
		return 0;
	}
	return refuse(scan,
	    "the classes are [:alnum:] [:alpha:] [:blank:] [:cntrl:] "
	    "[:digit:] [:graph:] [:lower:] [:print:] [:punct:] [:space:] "
	    "[:upper:] [:xdigit:], inside the [ ]");
}

/*
 * POSIX takes a `\` in the brackets of a regex for itself, and other
 * dialects escape with it; two of them are one to both.
 */
static int
take_backslash(struct scan *scan)
{
	scan->at++;
	if (scan->kind == BRACKET_REGEX && *scan->at != '\\')
		return refuse(scan,
		    "in the [ ] of a regex a \\ escapes nothing: write \\\\ "
		    "for the character, [:digit:] and the like for classes, "
		    "and a ] first");
	return 0;
}

/* One byte, alone or at an end of a range. */
static int
take_byte(struct scan *scan, unsigned char *byte)
{
	if (*scan->at == '[' && scan->at[1] != '\0' &&
	    strchr(":.=", scan->at[1]) != NULL)
		return refuse(scan,
		    "[: :] is no end of a range, and [. .] and [= =] are not "
		    "available");
	if (*scan->at == '\\' && take_backslash(scan) == -1)
		return -1;
	*byte = (unsigned char)*scan->at;
	if (*byte == '\0')
		return refuse(scan, "the [ is not closed by a ]");
	if (*byte >= 0x80)
		return refuse(scan,
		    "a [ ] stands for one byte, and holds ASCII characters "
		    "only");
	if (*byte == '/' && scan->kind == BRACKET_GLOB)
		return refuse(scan, "a [ ] matches no /; write the / itself");
	scan->at++;
	return 0;
}

/* Whether a `-` here stands between two ends. */
static bool
at_range(const struct scan *scan)
{
	return scan->at[0] == '-' && scan->at[1] != ']' && scan->at[1] != '\0';
}

static int
take_member(struct scan *scan, struct byteset *set)
{
	unsigned char first = 0, last;

	if (strncmp(scan->at, "[:", 2) == 0) {
		if (take_class(scan, set) == -1)
			return -1;
	} else {
		if (take_byte(scan, &first) == -1)
			return -1;
		last = first;
		if (at_range(scan)) {
			scan->at++;
			if (take_byte(scan, &last) == -1)
				return -1;
		}
		if (last < first)
			return refuse(scan,
			    "the range is reversed; the smaller end comes "
			    "first");
		add_range(set, first, last);
	}
	if (at_range(scan))
		return refuse(scan,
		    "this - is neither between two ends nor the last; put it "
		    "before the ]");
	return 0;
}

int
byteset_bracket(struct byteset *out, const char **at, enum bracket kind,
    struct fault *fault)
{
	struct scan scan = {*at, *at + 1, kind, fault};
	struct byteset set = {0};
	const char *first;
	bool negated;

	negated = *scan.at == '^' || (*scan.at == '!' && kind == BRACKET_GLOB);
	scan.at += negated;
	/* A ] that comes first is one of the set. */
	for (first = scan.at; *scan.at != ']' || scan.at == first;)
		if (take_member(&scan, &set) == -1)
			return -1;
	for (size_t i = 0; negated && i < NELEM(set.v); i++)
		set.v[i] = ~set.v[i];
	if (kind == BRACKET_GLOB)
		byteset_remove(&set, '/');
	*at = scan.at + 1;
	*out = set;
	return 0;
}
