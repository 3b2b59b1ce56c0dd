#ifndef GK_CTL_OUTPUT_H
#define GK_CTL_OUTPUT_H

/* What a program of the host said. */
struct output {
	char *out; /* standard output, up to its first NUL */
	char *err; /* the first line of standard error */
	int status; /* its exit status; -1: a signal ended it, or it was late */
};

/*
 * Runs argv[0], an absolute path, with an empty environment, no input and ten
 * seconds of time. -1 with errno: it could not be started. What it has said
 * is cut after some megabytes.
 */
int output_of(struct output *, const char *const argv[]);
void output_free(struct output *);

#endif
