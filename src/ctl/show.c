/* What the tool prints: hostile bytes escaped, or JSON in plain ASCII. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/show.h"
#include "ctl/verb.h"
#include "escape.h"
#include "list.h"

/* Nothing is half done when this happens: what the tool installs is whole
 * before it has its name. */
void *
show_need(void *p)
{
	if (p != NULL)
		return p;
	fputs("gatekeeperctl: out of memory\n", stderr);
	exit(CTL_TROUBLE);
}

void
show_add(struct list *list, char *text)
{
	if (list_take(list, show_need(text)) == -1)
		show_need(NULL);
}

char *
show_vformat(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	return show_need(text);
}

char *
show_format(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = show_vformat(fmt, ap);
	va_end(ap);
	return text;
}

/* Outside of quotes, `"` and `\` read better without a backslash. */
static void
unquote(char *text)
{
	char *to = text;

	for (; *text != '\0'; *to++ = *text++)
		if (text[0] == '\\' && (text[1] == '"' || text[1] == '\\'))
			text++;
	*to = '\0';
}

char *
show_plain(const char *text, size_t len)
{
	char *safe = show_need(escape_line(text, len));

	unquote(safe);
	return safe;
}

void
show(FILE *f, const char *fmt, ...)
{
	char *text, *safe;
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	text = show_vformat(fmt, ap);
	va_end(ap);
	len = strlen(text);
	while (len > 0 && text[len - 1] == '\n')
		len--;
	safe = show_plain(text, len);
	fputs(safe, f);
	fputs(text + len, f);
	free(safe);
	free(text);
}

void
show_quoted(FILE *f, const char *text)
{
	char *safe = show_need(escape_line(text, strlen(text)));

	fprintf(f, "\"%s\"", safe);
	free(safe);
}

json_t *
show_json(const char *text)
{
	json_t *json = json_string(text);
	char *safe;

	if (json != NULL)
		return json;
	safe = show_need(escape_line(text, strlen(text)));
	json = show_need(json_string(safe));
	free(safe);
	return json;
}

json_t *
show_json_list(char *const *v)
{
	json_t *list = show_need(json_array());

	for (; v != NULL && *v != NULL; v++)
		json_array_append_new(list, show_json(*v));
	return list;
}

void
show_json_print(json_t *json)
{
	char *text =
	    show_need(json_dumps(json, JSON_ENSURE_ASCII | JSON_INDENT(2)));

	puts(text);
	free(text);
	json_decref(json);
}

/* As https://no-color.org has it: set and not empty. */
bool
show_is_coloured(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) == 1 && (no == NULL || *no == '\0');
}
