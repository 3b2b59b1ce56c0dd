#ifndef GK_CTL_SCREEN_H
#define GK_CTL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * What a program wrote on its terminal, on somebody else's. Text, colours,
 * and the movements of the cursor pass. What would make this terminal answer,
 * store, print, load, resize, or change what its keys send does not: it is
 * counted, and left out.
 */
struct screen {
	FILE *out;
	size_t left_out;
	bool touched; /* something other than text has passed */
	bool alternate; /* the second screen is on */
	/* The sequence, or the character, that has begun. */
	enum {
		SCREEN_TEXT = 0,
		SCREEN_CHARACTER,
		SCREEN_ESCAPE,
		SCREEN_CHARSET,
		SCREEN_CONTROL,
		SCREEN_STRING,
		SCREEN_STRING_ESCAPE
	} state;
	char pending[64];
	size_t n;
	bool too_long;
};

/* A zeroed screen with its `out` is ready. */
void screen_put(struct screen *, const char *, size_t);
/* Colours, margins, cursor and screen as they should be after a program. */
void screen_end(struct screen *);
/* The same after bytes of which nothing was left out. */
void screen_end_raw(FILE *);

#endif
