#ifndef GK_ESCAPE_H
#define GK_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* Hostile bytes made safe to write. Each returns a string that the caller
 * frees, NULL when out of memory. */

/* Inside a quoted value of a one-line record, or on a terminal: printable
 * ASCII and valid, printable UTF-8 stand for themselves; `"` and `\` get a
 * backslash; the rest is \n, \t, \r or \xHH. */
char *escape_line(const char *, size_t);
/* Inside a JSON string. The bytes must be valid UTF-8. */
char *escape_json(const char *, size_t);
char *escape_base64(const void *, size_t);
/* Strict: no overlong forms, surrogates, nor beyond U+10FFFF. */
bool escape_is_utf8(const char *, size_t);

#endif
