/* ${key} and ${account}, so that one role serves many keys. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "value.h"
#include "why.h"

#define KEY "${key}"
#define ACCOUNT "${account}"

/* Which name stands at p, and how long its mark is; 0: none. */
static size_t
mark_at(const char *p, const struct names *names, const char **name)
{
	if (strncmp(p, KEY, strlen(KEY)) == 0) {
		*name = names->key;
		return strlen(KEY);
	}
	if (strncmp(p, ACCOUNT, strlen(ACCOUNT)) == 0) {
		*name = names->account;
		return strlen(ACCOUNT);
	}
	return 0;
}

static int
put(FILE *out, const char *p, const struct names *names, struct fault *fault)
{
	const char *name;
	size_t len;

	while (*p != '\0') {
		len = mark_at(p, names, &name);
		if (len == 0) {
			fputc(*p++, out);
			continue;
		}
		if (name == NULL || !value_is_name(name))
			return fault_set(fault, WHY_POLICY,
			    "%.*s: the account has no name that can be part "
			    "of a path; write it out",
			    (int)len, p);
		fputs(name, out);
		p += len;
	}
	return 0;
}

char *
expand_names(const char *value, const struct names *names, struct fault *fault)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (out == NULL) {
		fault_set(fault, WHY_MEMORY, "out of memory");
		return NULL;
	}
	ret = put(out, value, names, fault);
	if (fclose(out) != 0 && ret == 0)
		ret = fault_set(fault, WHY_MEMORY, "out of memory");
	if (ret == 0)
		return text;
	free(text);
	return NULL;
}
