/*
 * reader.c: never crashes; and whatever it accepts, a parser too simple to
 * be wrong reads as the same sequence of sections, keys and values.
 */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "why.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* No value holds a newline, so one line for each call tells all. */
struct seen {
	FILE *f;
	char *text;
	size_t size;
};

static void
seen_open(struct seen *seen)
{
	seen->f = open_memstream(&seen->text, &seen->size);
	assert(seen->f != NULL);
}

static bool
known(const char *name)
{
	assert(name[0] != '\0' && strlen(name) <= 48);
	return strcmp(name, "read") == 0;
}

static int
take_section(void *context, const char *section, unsigned line,
    struct fault *fault)
{
	struct seen *seen = context;

	if (strcmp(section, "wrong") == 0)
		return fault_set(fault, WHY_POLICY, "wrong section");
	fprintf(seen->f, "%u [%s]\n", line, section);
	return 0;
}

static int
take_entry(void *context, const char *name, const char *value, unsigned line,
    struct fault *fault)
{
	struct seen *seen = context;

	if (strcmp(value, "wrong") == 0)
		return fault_set(fault, WHY_POLICY, "wrong value");
	fprintf(seen->f, "%u %s=%s\n", line, name, value);
	return 0;
}

static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n > 0 && strchr(" \t", s[n - 1]) != NULL;)
		n--;
	s[n] = '\0';
	return s;
}

/* text is what was accepted: it holds no NUL and is cut up here. */
static void
read_simply(char *text, struct seen *seen)
{
	char *name = NULL, *value = NULL, *line;
	unsigned number = 0, start = 0;

	while ((line = strsep(&text, "\n")) != NULL) {
		bool indented = *line == ' ' || *line == '\t';
		char *s = trim(line);

		number++;
		if (*s == '\0' || *s == '#' || *s == ';')
			continue;
		if (indented) {
			char *more;

			assert(name != NULL);
			assert(asprintf(&more, "%s%s%s", value,
				   *value != '\0' ? " " : "", s) != -1);
			free(value);
			value = more;
			continue;
		}
		if (name != NULL)
			fprintf(seen->f, "%u %s=%s\n", start, name, value);
		free(value);
		name = value = NULL;
		if (*s == '[') {
			fprintf(seen->f, "%u %s\n", number, s);
			continue;
		}
		name = trim(strsep(&s, "="));
		assert(s != NULL);
		value = strdup(trim(s));
		start = number;
	}
	if (name != NULL)
		fprintf(seen->f, "%u %s=%s\n", start, name, value);
	free(value);
}

static void
compare(const uint8_t *data, size_t size, const struct seen *seen)
{
	struct seen simple = {0};
	char *text = malloc(size + 1);

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	assert(strlen(text) == size);
	seen_open(&simple);
	read_simply(text, &simple);
	fclose(simple.f);
	assert(simple.size == seen->size);
	assert(memcmp(simple.text, seen->text, seen->size) == 0);
	free(simple.text);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct reader_calls calls = {known, take_section,
	    take_entry};
	static const uint8_t none[1];
	struct seen seen = {0};
	struct fault fault = {0};
	int ret;

	if (data == NULL)
		data = none;
	seen_open(&seen);
	ret = reader_parse("x.ini", (const char *)data, size, &calls, &seen,
	    &fault);
	fclose(seen.f);
	if (ret == 0) {
		assert(fault.why == WHY_UNDECIDED);
		compare(data, size, &seen);
	} else {
		assert(ret == -1 && fault.why == WHY_POLICY);
		assert(fault.text[0] != '\0');
		assert(strcmp(fault.file, "x.ini") == 0);
		assert(fault.line > 0 || size > READER_FILE_MAX);
		/* The reader refuses by itself all that libinih would alter. */
		assert(strncmp(fault.text, "libinih", 7) != 0);
	}
	free(seen.text);
	return 0;
}
