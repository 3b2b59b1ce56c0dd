#ifndef GK_PROTOCOL_RSYNC_VALUE_H
#define GK_PROTOCOL_RSYNC_VALUE_H

#include <stdbool.h>

#include "rsync_options.h"

/* Whether the text is a value of that kind; not for those that name files. */
bool rsync_value_fits(enum rsync_value, const char *);
/* What such a value is, for messages. */
const char *rsync_value_what(enum rsync_value);

#endif
