/*
 * Any bytes as a client's command: what is accepted is what a slow second
 * splitter makes of it, survives quoting, and has patterns that mean what
 * the client wrote; what is refused says why and where, and leaves nothing.
 * The same bytes as a list in a policy.
 */

#include <assert.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "why.h"
#include "words.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A byte of a word, and whether the client quoted it. */
struct letter {
	char c;
	bool quoted;
};

/* The second splitter: one letter a step, by what state it is in. */
struct slow {
	struct letter *letters; /* a NUL that is not quoted ends each word */
	size_t n;
	size_t words;
	bool failed;
};

static void
put(struct slow *slow, char c, bool quoted)
{
	slow->letters[slow->n++] = (struct letter) {c, quoted};
}

static void
split_slowly(struct slow *slow, const char *text)
{
	enum { BETWEEN, BARE, SINGLE, DOUBLE } in = BETWEEN;

	for (; *text != '\0'; text++) {
		const bool blank = *text == ' ' || *text == '\t';

		if (in == SINGLE && *text != '\'') {
			put(slow, *text, true);
		} else if (in == DOUBLE && *text == '\\' && text[1] != '\0' &&
		    strchr("$`\"\\", text[1]) != NULL) {
			put(slow, *++text, true);
		} else if (in == DOUBLE && (*text == '$' || *text == '`')) {
			slow->failed = true;
		} else if (in == DOUBLE && *text != '"') {
			put(slow, *text, true);
		} else if (in == SINGLE || in == DOUBLE) {
			in = BARE;
		} else if (blank) {
			if (in == BARE)
				put(slow, '\0', false);
			slow->words += in == BARE;
			in = BETWEEN;
		} else if (*text == '\'') {
			in = SINGLE;
		} else if (*text == '"') {
			in = DOUBLE;
		} else if (*text == '\\') {
			in = BARE;
			if (text[1] == '\0')
				slow->failed = true;
			else
				put(slow, *++text, true);
		} else {
			if (strchr(";&|<>()$`#!{}", *text) != NULL)
				slow->failed = true;
			put(slow, *text, false);
			in = BARE;
		}
	}
	if (in == BARE)
		put(slow, '\0', false);
	slow->words += in == BARE;
	slow->failed |= in == SINGLE || in == DOUBLE;
}

static unsigned
expected_marks(const struct letter *word)
{
	unsigned special = 0;

	for (size_t i = 0; word[i].c != '\0'; i++)
		if (!word[i].quoted && strchr("*?[]", word[i].c) != NULL)
			special |= WORD_GLOB;
	return special;
}

/* The pattern is the word, with a backslash before nothing but what the
 * client quoted, and before all of that which could be taken for more. */
static void
check_glob(const struct letter *word, const char *glob)
{
	for (; word->c != '\0'; word++) {
		if (*glob == '\\') {
			assert(word->quoted);
			glob++;
		} else if (word->quoted) {
			assert(strchr("*?[]\\-!^:=", *glob) == NULL);
		}
		assert(*glob++ == word->c);
	}
	assert(*glob == '\0');
}

static bool
has_bracket(const struct letter *word)
{
	for (; word->c != '\0'; word++)
		if (!word->quoted && word->c == '[')
			return true;
	return false;
}

static void
check_mark(const struct letter *word, const char *text,
    const struct word_mark *mark, const char *command)
{
	static const unsigned tildes = WORD_HOME | WORD_TILDE;

	assert((mark->special & ~(WORD_GLOB | tildes)) == 0);
	assert((mark->special & WORD_GLOB) == expected_marks(word));
	assert((mark->glob != NULL) == ((mark->special & WORD_GLOB) != 0));
	assert((mark->at != 0) == (mark->special != 0));
	if (mark->at != 0)
		assert(strchr("*?[]~", command[mark->at - 1]) != NULL);
	if (mark->special & WORD_HOME)
		assert(word[0].c == '~' && !word[0].quoted);
	if (mark->glob == NULL)
		return;
	check_glob(word, mark->glob);
	/* Without brackets, each character is at least itself. */
	if (!has_bracket(word) && strlen(text) < 256)
		assert(fnmatch(mark->glob, text, 0) == 0);
}

static void
compare(const struct words *words, const struct slow *slow, const char *command)
{
	const struct letter *word = slow->letters;

	assert(!slow->failed && words->text.n == slow->words);
	for (size_t i = 0; i < words->text.n; i++) {
		const char *text = words->text.v[i];
		size_t len = 0;

		for (; word[len].c != '\0'; len++)
			assert(text[len] == word[len].c);
		assert(text[len] == '\0');
		check_mark(word, text, &words->mark[i], command);
		word += len + 1;
	}
	assert(words->text.n == 0 || words->text.v[words->text.n] == NULL);
}

/* Quoted word by word, the same words come back, none of them special. */
static void
quote_and_split(const struct words *words)
{
	char *quoted;
	size_t size;
	FILE *f = open_memstream(&quoted, &size);
	struct words again;
	struct fault fault;

	assert(f != NULL);
	for (size_t i = 0; i < words->text.n; i++) {
		fputc('\'', f);
		for (const char *p = words->text.v[i]; *p != '\0'; p++)
			fputs(*p == '\'' ? "'\\''" : (char[]) {*p, '\0'}, f);
		fputs("' ", f);
	}
	fclose(f);
	if (size <= WORDS_BYTES_MAX) {
		assert(words_split(&again, quoted, &fault) == 0);
		assert(again.text.n == words->text.n);
		for (size_t i = 0; i < again.text.n; i++) {
			assert(strcmp(again.text.v[i], words->text.v[i]) == 0);
			assert(again.mark[i].special == 0);
		}
		words_free(&again);
	}
	free(quoted);
}

static bool
has_control_byte(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') ||
		    *text == 0x7f)
			return true;
	return false;
}

static void
check_refusal(const struct fault *fault, const struct slow *slow,
    const char *command)
{
	const size_t len = strlen(command);

	assert(fault->text[0] != '\0');
	switch (fault->why) {
	case WHY_TOO_LONG:
		assert(fault->at == 0 && len > WORDS_BYTES_MAX);
		break;
	case WHY_NOT_UTF8:
		assert(fault->at == 0);
		break;
	case WHY_CONTROL_BYTE:
		assert(fault->at >= 1 && fault->at <= len);
		assert(has_control_byte(command));
		break;
	case WHY_SHELL_SYNTAX:
		assert(fault->at >= 1 && fault->at <= len);
		assert(slow->failed || command[fault->at - 1] == '\n');
		break;
	default:
		abort();
	}
}

static void
check_split(const char *command)
{
	const size_t size = strlen(command) + 2;
	struct slow slow = {.letters = malloc(size * sizeof(struct letter))};
	struct words words;
	struct fault fault = {0};

	assert(slow.letters != NULL);
	split_slowly(&slow, command);
	if (words_split(&words, command, &fault) == 0) {
		assert(fault.why == WHY_UNDECIDED);
		assert(size - 2 <= WORDS_BYTES_MAX);
		assert(!has_control_byte(command));
		compare(&words, &slow, command);
		quote_and_split(&words);
	} else {
		assert(words.text.n == 0 && words.text.v == NULL);
		assert(words.mark == NULL);
		check_refusal(&fault, &slow, command);
	}
	words_free(&words);
	free(slow.letters);
}

/* In a policy only blanks and single quotes count. */
static void
check_list(const char *value)
{
	struct list list = {0};
	struct fault fault = {0};
	size_t quotes = 0, bytes = 0;

	for (const char *p = value; *p != '\0'; p++)
		quotes += *p == '\'';
	if (words_list(&list, value, &fault) == 0) {
		assert(quotes % 2 == 0);
		for (size_t i = 0; i < list.n; i++) {
			assert(strchr(list.v[i], '\'') == NULL);
			bytes += strlen(list.v[i]);
			assert(quotes > 0 ||
			    (strpbrk(list.v[i], " \t") == NULL &&
				strstr(value, list.v[i]) != NULL));
		}
		assert(bytes + quotes <= strlen(value));
	} else {
		assert(quotes % 2 == 1 && fault.why == WHY_POLICY);
	}
	list_free(&list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *command = malloc(size + 1);

	assert(command != NULL);
	if (size > 0)
		memcpy(command, data, size);
	command[size] = '\0';
	check_split(command);
	check_list(command);
	free(command);
	return 0;
}
