/* The words of policy values: literals, captures, groups. The text is the
 * administrator's, so whatever could be misread is refused with advice. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "element.h"
#include "why.h"

#define BLANKS " \t"
#define SHELL_BYTES ";&|<>()$`*?#~!"
#define NAME_MAX_BYTES 32
/* How much of a word a message quotes. */
#define SHOWN 80

struct scan {
	const char *at;
	unsigned group; /* the open one; 0: none */
	unsigned groups;
	size_t opened; /* how many elements there were before it */
};

static int
out_of_memory(struct fault *fault)
{
	return fault_set(fault, WHY_MEMORY, "out of memory");
}

static bool
is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_name_byte(unsigned char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/* What a message shows: all that stands between blanks. */
static int
shown(const char *word)
{
	size_t n = strcspn(word, BLANKS);

	return n > SHOWN ? SHOWN : (int)n;
}

static int
refuse(const char *word, const char *advice, struct fault *fault)
{
	return fault_set(fault, WHY_POLICY, "`%.*s`: %s", shown(word), word,
	    advice);
}

static void
clear(struct element *element)
{
	free(element->written);
	free(element->text);
	free(element->name);
	free(element->after);
}

/* Takes the strings of the element over, on failure too. */
static int
append(struct elements *list, struct element *element, struct fault *fault)
{
	struct element *v;

	v = reallocarray(list->v, list->n + 1, sizeof(*v));
	if (v == NULL) {
		clear(element);
		return out_of_memory(fault);
	}
	v[list->n++] = *element;
	list->v = v;
	return 0;
}

static int
append_literal(struct elements *list, struct scan *scan, size_t size,
    const char *text, size_t len, struct fault *fault)
{
	struct element element = {
	    .kind = ELEMENT_LITERAL,
	    .group = scan->group,
	    .written = strndup(scan->at, size),
	    .text = strndup(text, len),
	};

	scan->at += size;
	if (element.written == NULL || element.text == NULL) {
		clear(&element);
		return out_of_memory(fault);
	}
	return append(list, &element, fault);
}

/* `'…'` is a whole word: what touches the quotes would be easy to misread. */
static int
quoted(struct elements *list, struct scan *scan, struct fault *fault)
{
	const char *text = scan->at + 1, *end = strchr(text, '\'');

	if (end == NULL)
		return refuse(scan->at, "the quote is not closed", fault);
	for (const char *p = text; p < end; p++)
		if (is_control((unsigned char)*p))
			return refuse(scan->at,
			    "a control byte cannot be part of a word", fault);
	if (end[1] != '\0' && strchr(BLANKS "]", end[1]) == NULL)
		return refuse(scan->at,
		    "quotes go around a whole word: 'two words'", fault);
	return append_literal(list, scan, (size_t)(end + 1 - scan->at), text,
	    (size_t)(end - text), fault);
}

/* The first byte that cannot stand unquoted, with the reason. */
static const char *
unfit(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_control((unsigned char)word[i]))
			return "a control byte cannot be part of a word";
		if (word[i] == '\'')
			return "quotes go around a whole word: 'two words'";
		if (word[i] == '"' || word[i] == '\\')
			return "quotes are '…', around a whole word, and no "
			       "other byte quotes";
	}
	return NULL;
}

/*
 * A client cannot send these unquoted, and an author who writes a bare `*`
 * believes that it is a wildcard.
 */
static int
check_bytes(const char *word, size_t len, struct fault *fault)
{
	int n = len > SHOWN ? SHOWN : (int)len;
	const char *advice = unfit(word, len);

	if (advice != NULL)
		return refuse(word, advice, fault);
	for (size_t i = 0; i < len; i++)
		if (strchr(SHELL_BYTES, word[i]) != NULL)
			return fault_set(fault, WHY_POLICY,
			    "`%.*s`: `%c` has no special meaning here; "
			    "quote it: '%.*s'",
			    n, word, word[i], n, word);
	return 0;
}

/* The length of the name at p, 0 when it is none. */
static size_t
name_length(const char *p)
{
	size_t n = 0;

	if (!is_letter((unsigned char)*p))
		return 0;
	while (is_name_byte((unsigned char)p[n]))
		n++;
	return n <= NAME_MAX_BYTES ? n : 0;
}

/* The place after the `}` of the capture at p, NULL when it is none. */
static const char *
capture_end(const char *p, size_t *name, bool *many)
{
	*name = name_length(p + 1);
	if (*name == 0)
		return NULL;
	p += 1 + *name;
	*many = strncmp(p, "...", 3) == 0;
	if (*many)
		p += 3;
	return *p == '}' ? p + 1 : NULL;
}

static int
append_capture(struct elements *list, struct scan *scan, size_t len,
    const char *brace, struct fault *fault)
{
	const char *word = scan->at, *end = word + len, *after;
	struct element element = {.group = scan->group};
	size_t name;
	bool many = false;

	after = capture_end(brace, &name, &many);
	if (after == NULL)
		return refuse(word,
		    "a capture is {name} or {name...}, the "
		    "name 1 to 32 letters, digits, _ or -, a letter first; "
		    "other braces need quotes: '…'",
		    fault);
	if (memchr(after, '{', (size_t)(end - after)) != NULL)
		return refuse(word, "a word holds one {name} only", fault);
	if (memchr(after, '}', (size_t)(end - after)) != NULL)
		return refuse(word, "there is a } too many", fault);
	if (many && (brace != word || after != end))
		return refuse(word,
		    "{name...} stands for whole words: put "
		    "blanks around it",
		    fault);
	element.kind = many ? ELEMENT_MANY : ELEMENT_ONE;
	element.written = strndup(word, len);
	element.text = strndup(word, (size_t)(brace - word));
	element.name = strndup(brace + 1, name);
	element.after = strndup(after, (size_t)(end - after));
	scan->at = end;
	if (element.written == NULL || element.text == NULL ||
	    element.name == NULL || element.after == NULL) {
		clear(&element);
		return out_of_memory(fault);
	}
	return append(list, &element, fault);
}

static int
unquoted(struct elements *list, struct scan *scan, struct fault *fault)
{
	const char *word = scan->at, *brace;
	size_t len = strcspn(word, BLANKS "[]");

	if (word[len] == '[')
		return refuse(word,
		    "[ ] goes around whole words: put a blank "
		    "before the [, or quote the word: '…'",
		    fault);
	if (check_bytes(word, len, fault) == -1)
		return -1;
	brace = memchr(word, '{', len);
	if (brace != NULL)
		return append_capture(list, scan, len, brace, fault);
	if (memchr(word, '}', len) != NULL)
		return refuse(word,
		    "there is a } without its {; as a literal "
		    "it needs quotes: '…'",
		    fault);
	return append_literal(list, scan, len, word, len, fault);
}

static int
group_open(const struct elements *list, struct scan *scan, struct fault *fault)
{
	if (scan->group != 0)
		return refuse(scan->at,
		    "a [ ] cannot stand in another; "
		    "quote the word if the [ belongs to it: '…'",
		    fault);
	scan->group = ++scan->groups;
	scan->opened = list->n;
	scan->at++;
	return 0;
}

static int
group_close(const struct elements *list, struct scan *scan, struct fault *fault)
{
	if (scan->group == 0)
		return refuse(scan->at,
		    "there is a ] without its [; as a "
		    "literal it needs quotes: '…'",
		    fault);
	if (scan->opened == list->n)
		return refuse(scan->at, "the [ ] before it is empty", fault);
	if (scan->at[1] != '\0' && strchr(BLANKS, scan->at[1]) == NULL)
		return refuse(scan->at, "put a blank after the ]", fault);
	scan->group = 0;
	scan->at++;
	return 0;
}

static int
parse_next(struct elements *list, struct scan *scan, struct fault *fault)
{
	switch (*scan->at) {
	case '[':
		return group_open(list, scan, fault);
	case ']':
		return group_close(list, scan, fault);
	case '\'':
		return quoted(list, scan, fault);
	default:
		return unquoted(list, scan, fault);
	}
}

int
element_parse(struct elements *out, const char *text, struct fault *fault)
{
	struct elements list = {0};
	struct scan scan = {.at = text};

	for (;;) {
		scan.at += strspn(scan.at, BLANKS);
		if (*scan.at == '\0')
			break;
		if (parse_next(&list, &scan, fault) == -1)
			goto fail;
	}
	if (scan.group != 0) {
		fault_set(fault, WHY_POLICY, "a [ is not closed by a ]");
		goto fail;
	}
	*out = list;
	return 0;
fail:
	element_free(&list);
	*out = (struct elements) {0};
	return -1;
}

void
element_free(struct elements *list)
{
	for (size_t i = 0; i < list->n; i++)
		clear(&list->v[i]);
	free(list->v);
	*list = (struct elements) {0};
}
