#ifndef GK_CAST_H
#define GK_CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Events of asciicast v2, one line each; strings are new, NULL when out of
 * memory. Times are microseconds since the session began.
 */

/* What any event may say. Its bytes must be valid UTF-8. */
char *cast_event(uint64_t when, char code, const char *, size_t);

/*
 * Bytes that a terminal showed or got, whatever they are, code being `i` or
 * `o`. What a player ignores may stand in lines of their own before it: `e`
 * for standard error, and `b` for bytes that are no UTF-8, which the event
 * itself has as U+FFFD.
 */
char *cast_data(uint64_t when, char code, bool error, const char *, size_t);

/* How many bytes at the end begin a character that is still to be finished:
 * 0 to 3. */
size_t cast_unfinished(const char *, size_t);
/* Whether it is UTF-8 without NUL. */
bool cast_is_text(const char *, size_t);

#endif
