#ifndef GK_CTL_SHOW_H
#define GK_CTL_SHOW_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct list;

/* Whatever the tool shows of files, clients and file names passes through
 * here: no control byte of theirs reaches a terminal. */

/* printf(3) for messages: all of it is escaped but newlines at the end. */
void show(FILE *, const char *, ...) __attribute__((format(printf, 2, 3)));
/* The same for some bytes; new. */
char *show_plain(const char *, size_t);
/* In quotes, and so that no two values look the same. */
void show_quoted(FILE *, const char *);
/* A new string; ends the program when out of memory, as does all here. */
char *show_format(const char *, ...) __attribute__((format(printf, 1, 2)));
char *show_vformat(const char *, va_list) __attribute__((format(printf, 1, 0)));
void *show_need(void *);
/* Takes over a new string. */
void show_add(struct list *, char *);

/* Whether standard output is a terminal, and wants colours. */
bool show_is_coloured(void);

/* A JSON string; bytes that are no UTF-8 as escape_line() writes them. */
json_t *show_json(const char *);
json_t *show_json_list(char *const *);
/* Prints it with ASCII alone, and lets go of it. */
void show_json_print(json_t *);

#endif
