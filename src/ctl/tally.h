#ifndef GK_CTL_TALLY_H
#define GK_CTL_TALLY_H

#include <stddef.h>

#include "ctl/hashed.h"
#include "ctl/period.h"

struct list;
struct log_record;

/*
 * What many records say, by key. Memory grows with the keys, and with what is
 * distinct of each up to these limits; the rest is counted together. A key
 * that forged records name costs what any other does, hence limits for all of
 * them together.
 */
enum {
	TALLY_KEYS = 65536,
	TALLY_COMMANDS = 1024, /* of a key that ran, and as many refused */
	TALLY_ADDRESSES = 256,
	TALLY_REASONS = 64,
	TALLY_ITEMS = 1024 * 1024 /* commands, addresses and reasons of all */
};

struct counts {
	unsigned long long permitted;
	unsigned long long observed;
	unsigned long long refused;
	unsigned long long failed; /* ends by failure, follow-ups that failed */
	unsigned long long violations;
	unsigned long long bytes_in;
	unsigned long long bytes_out;
	bool relayed; /* whether bytes were told at all */
};

struct tally_key {
	struct counts counts;
	long long first_use; /* of a session; 0: none, or unknown when */
	long long last_use;
	long long last_refused;
	struct hashed reasons;
	struct hashed addresses;
	/* Apart, so that no number of refused commands hides one that ran. */
	struct hashed ran;
	struct hashed tried; /* data: the item of the last reason */
	unsigned long long reasons_over; /* requests over the limits */
	unsigned long long addresses_over;
	unsigned long long ran_over;
	unsigned long long tried_over;
};

struct tally {
	struct period period;
	const struct list *only; /* these keys; empty: all */
	struct hashed keys; /* n: records; data: struct tally_key */
	size_t budget;
	struct counts counts; /* of all keys */
	unsigned long long records; /* within the period, and of these keys */
	unsigned long long earlier; /* requests before the period */
	unsigned long long keys_over; /* records of keys over the limit */
	long long first; /* times of records within the period */
	long long last;
};

void
tally_begin(struct tally *, const struct period *, const struct list *only);
void tally_add(struct tally *, const struct log_record *);
/* A command that ran in the period and had not run before, or that was
 * refused and had not been before. */
bool tally_is_new(const struct item *command);
unsigned long long tally_sessions(const struct counts *);
void tally_free(struct tally *);

#endif
