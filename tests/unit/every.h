#ifndef TEST_EVERY_H
#define TEST_EVERY_H

/* Every short string over an alphabet. */

#include <stdbool.h>
#include <string.h>

/* Makes s the next string, shorter ones first; start with the empty one.
 * False after those of max bytes. */
static inline bool
every_string(char *s, const char *alphabet, size_t max)
{
	size_t len = strlen(s), i = len;

	while (i > 0) {
		const char *c = strchr(alphabet, s[--i]);

		if (c[1] != '\0') {
			s[i] = c[1];
			memset(s + i + 1, alphabet[0], len - i - 1);
			return true;
		}
	}
	if (len == max)
		return false;
	memset(s, alphabet[0], len + 1);
	s[len + 1] = '\0';
	return true;
}

#endif
