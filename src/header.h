#ifndef GK_HEADER_H
#define GK_HEADER_H

struct transcript_about;

/* The first line of each file of a transcript; new, NULL when out of
 * memory. */
char *header_cast(const struct transcript_about *);
char *header_streams(const struct transcript_about *);

#endif
