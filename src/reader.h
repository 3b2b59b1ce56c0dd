#ifndef GK_READER_H
#define GK_READER_H

#include <stdbool.h>
#include <stddef.h>

struct fault;

#define READER_FILE_MAX ((size_t)1024 * 1024)

/*
 * What the reader tells its caller, in file order. known() says whether a
 * name is a key of any section: an indented line that looks like one is a
 * slip of the editor, not a continuation. section() and entry() return -1
 * with a fault to stop; the reader adds the file, and the line unless it is
 * set. A value comes
 * whole, its continuation lines joined by one blank, under the line where
 * it starts. Strings are valid during the call.
 */
struct reader_calls {
	bool (*known)(const char *name);
	int (*section)(void *, const char *section, unsigned line,
	    struct fault *);
	int (*entry)(void *, const char *name, const char *value, unsigned line,
	    struct fault *);
};

/*
 * Feeds text through libinih, and refuses by line number whatever libinih
 * would cut, merge, drop or pass over in silence. file is what messages
 * call it. -1 with WHY_POLICY.
 */
int reader_parse(const char *file, const char *text, size_t size,
    const struct reader_calls *, void *, struct fault *);

#endif
