#ifndef GK_CTL_DANGEROUS_H
#define GK_CTL_DANGEROUS_H

/* What a program can be made to do by words of somebody else's choice. */
enum danger {
	DANGER_OPTIONS, /* some options, or names of files */
	DANGER_INTERPRETER, /* its words are a program text, or name one */
	DANGER_WRAPPER /* its words are a command, which it starts */
};

struct dangerous {
	const char *name;
	enum danger danger;
	const char *can; /* class of what it can be made to do */
	const char *how; /* the dangerous options or forms, in short */
};

/* By the last component of a program's path; the version of python3.11, the
 * flavour of vim.basic and the machine of x86_64-linux-gnu-as do not count.
 * NULL: not known as dangerous. */
const struct dangerous *dangerous_find(const char *path);

#endif
