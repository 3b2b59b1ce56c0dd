#ifndef GK_CTL_REPORT_H
#define GK_CTL_REPORT_H

#include <stdbool.h>

#include "ctl/hashed.h"
#include "ctl/tally.h"
#include "list.h"

struct log_counts;

/* What was asked, and what the records say. */
struct report {
	struct period period;
	struct list keys; /* these alone; empty: all */
	bool refused; /* refusals alone */
	bool json;
	struct tally tally;
	const struct log_counts *lines;
};

void report_text(const struct report *);
void report_json(const struct report *);

/* The keys that have a record in the period, and with `refused` a refusal:
 * the busiest first; new, ends with NULL. */
struct item **report_keys(const struct report *);
/* The most frequent first, by text where they are equal; new, ends with
 * NULL. Without what was there before the period alone. */
struct item **report_items(const struct hashed *);

#endif
