#ifndef GK_REFUSE_H
#define GK_REFUSE_H

#include <stdbool.h>

#include "settings.h"

struct fault;

/*
 * Tells the client, in one line on standard error and, if it speaks sftp, in
 * sftp's own words; else nothing on standard output. Returns the exit
 * status. What is wrong on this side is never told beyond its reason,
 * whatever the detail.
 */
int refuse(const struct fault *, enum detail, const char *session, bool sftp);

#endif
