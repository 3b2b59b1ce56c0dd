#ifndef GK_CTL_TRACE_H
#define GK_CTL_TRACE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "list.h"
#include "sandbox/compile.h"
#include "sandbox/groups.h"

struct explain;
struct fault;
struct notice;
struct plan;

/* A file or folder that a program opened, changed or started. */
struct trace_path {
	char *path; /* without links */
	unsigned access; /* ACCESS_ bits */
	unsigned folder; /* the bits for which it is a folder */
	unsigned denied; /* the bits that the rule as it is lacks */
};

/* TCP ports, each once. */
struct trace_ports {
	bool has[65536];
};

/* What a program did, as its system calls say. Owns all but the first two. */
struct trace {
	const struct explain *x;
	const struct plan *plan;
	struct bpf present; /* the filter of the rule as it is */
	bool used[CALL_NEWEST + 1];
	bool denied[CALL_NEWEST + 1]; /* at least once */
	void *tree; /* of struct trace_path, by path: tsearch(3) */
	struct list programs; /* started beside the rule's own */
	struct list sockets; /* connected to */
	struct trace_ports connects;
	struct trace_ports binds;
	struct list any; /* why the network must be `any` */
	struct list notes; /* what is not to be had, or not advised */
	unsigned long unread; /* calls whose arguments were out of reach */
	bool forks; /* and does not only start threads */
	bool left; /* it left others running */
	int status; /* as wait(2) has it */
};

/* Runs the plan, unconfined, and fills the trace. -1: it did not start. */
int trace_run(struct trace *, struct fault *);

/* One call, whose caller waits. */
void trace_note(struct trace *, const struct notice *);
/* … and where it goes: connect, bind, socket, sendto. False: another one. */
bool trace_note_network(struct trace *, const struct notice *);
/* What was touched, by path. */
void trace_each(const struct trace *,
    void (*)(const struct trace_path *, void *), void *);
void trace_forget(struct trace *);
/* Memory of a caller; false: not to be had. */
bool trace_read(const struct notice *, uint64_t from, void *, size_t);

/* What a filter would answer, as SECCOMP_RET_ has it. */
unsigned trace_judge(const struct bpf *, const struct notice *);
/* A filter that denies nothing, and tells of every call that a rule decides
 * about; what libraries must not think the kernel has is unknown to it too.
 * The caller frees the code. */
void trace_filter(const struct bpf *present, struct bpf *);

/* Whether grants of a plan give this access on a path. */
bool trace_covers(const struct plan *, const char *path, unsigned access);
/* Why nobody misses what is denied there; NULL: somebody may. */
const char *trace_is_noise(const char *path);
/* The fewest paths that give this access to what was touched; what no rule
 * should open is told in the notes. */
void trace_paths(struct trace *, unsigned access, struct list *);
void trace_add(struct list *, char *); /* once; takes the string over */

/* The lines of a policy, and what the rule as it is would have denied. */
void trace_print(FILE *, struct trace *, bool exact);
/* Whether it would have denied anything. */
bool trace_is_denied(const struct trace *);
void trace_free(struct trace *);

#endif
