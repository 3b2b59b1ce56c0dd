#ifndef GK_CTL_FIT_H
#define GK_CTL_FIT_H

#include <stddef.h>

/* What is printed, made to fit where it is read. All strings are new. */

/* The columns of the terminal that is standard output, COLUMNS before it;
 * 0: it is none, and takes any line. */
unsigned fit_width(void);
/* How many columns of a terminal a safe string takes. */
unsigned fit_columns(const char *safe);
/* Hostile bytes made safe, and cut to so many columns, with `...` where
 * something is missing; 0: not cut. */
char *fit_text(const char *, size_t, unsigned columns);
/* The same of a string that is safe. */
char *fit_cut(char *safe, unsigned columns);
/* Made longer by blanks; takes the string over. */
char *fit_pad(char *safe, unsigned columns);
/* 999, 12.3K, 4.5M: bytes, in powers of 1024. */
char *fit_bytes(unsigned long long);
/* 12,345 */
char *fit_number(unsigned long long);
/* 1.5s, 12m, 3.2h; of nanoseconds. */
char *fit_duration(long long);
/* 2026-11-28 18:36:17 in local time; `-` for 0. */
char *fit_time(long long);
/* Of so many columns, the share that n has in max: some for anything. */
unsigned
fit_share(unsigned long long n, unsigned long long max, unsigned columns);

#endif
