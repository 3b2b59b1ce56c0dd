#ifndef GK_PROTOCOL_BORG_HOLD_H
#define GK_PROTOCOL_BORG_HOLD_H

struct fault;

/* The text of borg_hold.py, which the Makefile turns into a string. */
extern const char borg_hold[];

/*
 * The interpreter that the #! line of a borg script names, to run the text
 * with; caller frees. NULL: WHY_EXEC where borg is no script of Python,
 * WHY_PROGRAM where it is missing, or WHY_MEMORY.
 */
char *borg_hold_python(const char *program, struct fault *);

#endif
