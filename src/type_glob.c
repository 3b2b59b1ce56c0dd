/*
 * Globs. Compiled from the policy to one set of bytes for each character,
 * then held against hostile words in bounded time. Not fnmatch(3), which asks
 * the locale what a character is and takes an open bracket for a literal.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "byteset.h"
#include "type_glob.h"
#include "why.h"

#define SHOWN 80

struct atom {
	bool star;
	struct byteset set; /* of one byte; unused in a star */
};

struct type_glob {
	size_t n;
	struct atom v[];
};

static int
refuse(const char *text, const char *advice, struct fault *fault)
{
	return fault_set(fault, WHY_POLICY, "`%.*s`: %s", SHOWN, text, advice);
}

static int
take_literal(struct atom *atom, const char **at, const char *text,
    struct fault *fault)
{
	if (**at == '\\')
		++*at;
	if (**at == '\0')
		return refuse(text, "the \\ at the end escapes nothing", fault);
	byteset_add(&atom->set, (unsigned char)*(*at)++);
	return 0;
}

static int
take_atom(struct atom *atom, const char **at, const char *text,
    struct fault *fault)
{
	*atom = (struct atom) {0};
	switch (**at) {
	case '*':
		atom->star = true;
		*at += strspn(*at, "*");
		return 0;
	case '?':
		byteset_fill(&atom->set);
		byteset_remove(&atom->set, '/');
		++*at;
		return 0;
	case '[':
		return byteset_bracket(&atom->set, at, BRACKET_GLOB, fault);
	default:
		return take_literal(atom, at, text, fault);
	}
}

struct type_glob *
type_glob_parse(const char *text, struct fault *fault)
{
	size_t len = strlen(text);
	struct type_glob *glob;

	if (len > TYPE_GLOB_MAX) {
		fault_set(fault, WHY_POLICY,
		    "the glob has %zu bytes; write at most %d", len,
		    TYPE_GLOB_MAX);
		return NULL;
	}
	if (*text == '-') {
		refuse(text, "a glob accepts no word that starts with -",
		    fault);
		return NULL;
	}
	glob = calloc(1, sizeof(*glob) + len * sizeof(glob->v[0]));
	if (glob == NULL) {
		fault_set(fault, WHY_MEMORY, "out of memory");
		return NULL;
	}
	for (const char *at = text; *at != '\0'; glob->n++) {
		if (take_atom(&glob->v[glob->n], &at, text, fault) == -1) {
			type_glob_free(glob);
			return NULL;
		}
	}
	return glob;
}

void
type_glob_free(struct type_glob *glob)
{
	free(glob);
}

/*
 * Only the last star is ever taken back: a star passes no `/`, so what it
 * could leave to an earlier one would not be found there either.
 */
bool
type_glob_accepts(const struct type_glob *glob, const char *s, size_t len)
{
	size_t at = 0, i = 0, star = SIZE_MAX, resume = 0;
	const struct atom *atom;

	for (;;) {
		if (at == glob->n && i == len)
			return true;
		atom = at < glob->n ? &glob->v[at] : NULL;
		if (atom != NULL && atom->star) {
			star = ++at;
			resume = i;
		} else if (atom != NULL && i < len &&
		    byteset_has(&atom->set, (unsigned char)s[i])) {
			at++;
			i++;
		} else if (star != SIZE_MAX && resume < len &&
		    s[resume] != '/') {
			at = star;
			i = ++resume;
		} else {
			return false;
		}
	}
}

bool
type_glob_starts(const struct type_glob *glob, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (i == glob->n)
			return false;
		if (glob->v[i].star)
			return true;
		if (!byteset_has(&glob->v[i].set, (unsigned char)s[i]))
			return false;
	}
	return true;
}

bool
type_glob_within(const struct type_glob *glob, bool (*byte)(unsigned char))
{
	struct byteset set = {0};

	for (unsigned c = 0; c < 256; c++)
		if (byte((unsigned char)c))
			byteset_add(&set, (unsigned char)c);
	for (size_t i = 0; i < glob->n; i++)
		if (!glob->v[i].star && !byteset_meets(&glob->v[i].set, &set))
			return false;
	return true;
}

/* The i-th atom from one end or the other; NULL when there are no more. */
static const struct atom *
atom_from(const struct type_glob *glob, size_t i, bool tail)
{
	if (i >= glob->n)
		return NULL;
	return &glob->v[tail ? glob->n - 1 - i : i];
}

/* Whether words of both may have the same bytes up to the first star. */
static bool
ends_meet(const struct type_glob *a, const struct type_glob *b, bool tail)
{
	const struct atom *one, *two;

	for (size_t i = 0;; i++) {
		one = atom_from(a, i, tail);
		two = atom_from(b, i, tail);
		if ((one != NULL && one->star) || (two != NULL && two->star))
			return true;
		if (one == NULL || two == NULL)
			return one == two;
		if (!byteset_meets(&one->set, &two->set))
			return false;
	}
}

bool
type_glob_meets(const struct type_glob *a, const struct type_glob *b)
{
	return ends_meet(a, b, false) && ends_meet(a, b, true);
}
