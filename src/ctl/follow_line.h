#ifndef GK_CTL_FOLLOW_LINE_H
#define GK_CTL_FOLLOW_LINE_H

#include <stdbool.h>

struct log_record;

/* One event as one line on standard output, cut to so many columns; 0: not
 * cut. */
void follow_line(const struct log_record *, bool colour, unsigned width);

#endif
