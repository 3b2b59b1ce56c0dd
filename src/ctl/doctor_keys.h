#ifndef GK_CTL_DOCTOR_KEYS_H
#define GK_CTL_DOCTOR_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/authorized.h"
#include "ctl/doctor.h"

/* One line, with where it stands. */
struct key_line {
	struct authorized line;
	struct authorized_command command;
	bool guarded; /* by gatekeeper */
	const char *file;
	unsigned number;
};

struct keys {
	struct doctor *doctor;
	const struct patient *patient;
	struct key_line *v;
	size_t n;
};

#define TELL(keys, severity, entry, ...) \
	findings_add(&(keys)->doctor->found, severity, (entry)->file, \
	    (entry)->number, __VA_ARGS__)

/* All that one line gives rise to, the others aside. */
void doctor_line(const struct keys *, const struct key_line *);

#endif
