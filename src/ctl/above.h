#ifndef GK_CTL_ABOVE_H
#define GK_CTL_ABOVE_H

struct account;
struct stat;

/*
 * The folder that a path lies in, in which nobody but root and the caller can
 * put another file in the place of that path: an O_PATH descriptor. -1 with a
 * new text of what is in the way, errno being ENOENT when there is no such
 * folder. The account is the one that is most likely to try.
 */
int above_open(const char *path, const struct account *, char **problem);
/* Why somebody else could do so in this folder; NULL: nobody can. */
const char *above_problem(const struct stat *, const struct account *);

#endif
