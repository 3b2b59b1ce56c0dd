/* The keys of [allow NAME] that hold its program: sandbox and limits. */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "keyword.h"
#include "policy.h"
#include "protocol/protocol.h"
#include "sandbox/calls.h"
#include "value.h"
#include "why.h"
#include "words.h"

enum { MEMORY_MIN = 16 * 1024 * 1024, OPEN_FILES_MIN = 8, COUNT_MAX = 1000000 };
enum { PORT_MAX = 65535 };

static int
add_port(struct ports *ports, const char *word, struct fault *fault)
{
	unsigned short *v;
	long port;

	if (value_integer(word, 1, PORT_MAX, &port, fault) == -1)
		return fault_set(fault, WHY_POLICY,
		    "%s: write a port from 1 to %d", word, PORT_MAX);
	for (size_t i = 0; i < ports->n; i++)
		if (ports->v[i] == port)
			return fault_set(fault, WHY_POLICY,
			    "port %ld stands here twice", port);
	v = keyword_grow(ports->v, ports->n, sizeof(*v), fault);
	if (v == NULL)
		return -1;
	ports->v = v;
	v[ports->n++] = (unsigned short)port;
	return 0;
}

/* What follows `unix`, `connect` or `bind`, up to the next of them. */
static int
add_reach(const struct place *at, unsigned kind, const char *word,
    struct fault *fault)
{
	struct confine *confine = &at->rule->confine;

	switch (kind) {
	case NETWORK_UNIX:
		return keyword_add_path(at->rule, word, ACCESS_CONNECT,
		    at->line, fault);
	case NETWORK_CONNECT:
		return add_port(&confine->connect, word, fault);
	case NETWORK_BIND:
		return add_port(&confine->bind, word, fault);
	default:
		return fault_set(fault, WHY_POLICY,
		    "%s: write none, any, unix PATH, connect PORT or bind PORT",
		    word);
	}
}

static unsigned
reach_kind(const char *word)
{
	static const struct {
		const char *name;
		unsigned kind;
	} kinds[] = {
	    {"unix", NETWORK_UNIX},
	    {"connect", NETWORK_CONNECT},
	    {"bind", NETWORK_BIND},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(word, kinds[i].name) == 0)
			return kinds[i].kind;
	return NETWORK_NONE;
}

static int
add_reaches(const struct place *at, const struct list *words,
    struct fault *fault)
{
	unsigned kind = NETWORK_NONE, next;
	bool empty = false;

	for (size_t i = 0; i < words->n; i++) {
		next = reach_kind(words->v[i]);
		if (next == NETWORK_NONE) {
			if (add_reach(at, kind, words->v[i], fault) == -1)
				return -1;
			empty = false;
			continue;
		}
		/* A second list of one kind would be easy to overlook. */
		if (empty || (at->rule->confine.network & next)) {
			empty = true;
			break;
		}
		at->rule->confine.network |= kind = next;
		empty = true;
	}
	if (kind != NETWORK_NONE && !empty)
		return 0;
	return fault_set(fault, WHY_POLICY,
	    "write unix and its paths, connect and its ports, bind and its "
	    "ports, each once");
}

int
keyword_network(const struct place *at, const char *value, struct fault *fault)
{
	struct confine *confine = &at->rule->confine;
	struct list words = {0};
	int ret;

	confine->given = true;
	if (strcmp(value, "none") == 0)
		return 0;
	if (strcmp(value, "any") == 0) {
		confine->network = NETWORK_ANY;
		return 0;
	}
	ret = words_list(&words, value, fault);
	if (ret == 0)
		ret = add_reaches(at, &words, fault);
	list_free(&words);
	return ret;
}

int
keyword_syscalls(const struct place *at, const char *value, struct fault *fault)
{
	struct confine *confine = &at->rule->confine;

	confine->given = true;
	if (words_list(&confine->syscalls, value, fault) == -1)
		return -1;
	return calls_check(&confine->syscalls, fault);
}

int
keyword_set_id(const struct place *at, const char *value, struct fault *fault)
{
	static const char *const names[] = {"deny", "strip", "02000", "allow",
	    NULL};
	int choice;

	at->rule->confine.given = true;
	if (value_choice(value, names, &choice, fault) == -1)
		return -1;
	at->rule->confine.set_id = (enum set_id)(SET_ID_DENY + choice);
	return 0;
}

int
keyword_jit(const struct place *at, const char *value, struct fault *fault)
{
	at->rule->confine.given = true;
	return value_flag(value, &at->rule->confine.jit, fault);
}

int
keyword_terminal(const struct place *at, const char *value, struct fault *fault)
{
	at->rule->confine.given = true;
	return value_flag(value, &at->rule->confine.terminal, fault);
}

int
keyword_sandbox(const struct place *at, const char *value, struct fault *fault)
{
	static const char *const names[] = {"strict", "none", NULL};
	int choice;

	if (value_choice(value, names, &choice, fault) == -1)
		return -1;
	at->rule->confine.unconfined = choice == 1;
	return 0;
}

int
confine_finish(const struct rule *rule, struct fault *fault)
{
	const struct confine *confine = &rule->confine;

	if (confine->unconfined && confine->given)
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: sandbox = none holds nothing back: remove "
		    "network, syscalls, set-id, jit, terminal and "
		    "on-violation, or sandbox",
		    rule->name);
	if (confine->set_id == SET_ID_STRIP &&
	    (rule->protocol == NULL || !rule->protocol->strips))
		return fault_set(fault, WHY_POLICY,
		    "[allow %s]: set-id = strip goes with protocol = rsync; "
		    "write deny, 02000 or allow",
		    rule->name);
	return 0;
}

void
confine_free(struct confine *confine)
{
	free(confine->connect.v);
	free(confine->bind.v);
	list_free(&confine->syscalls);
}

int
keyword_cpu_time(const struct place *at, const char *value, struct fault *fault)
{
	return value_duration(value, &at->rule->limits.cpu_seconds, fault);
}

/* Less than a program needs to start is a slip. */
int
keyword_memory(const struct place *at, const char *value, struct fault *fault)
{
	return value_size(value, MEMORY_MIN, LONG_MAX, &at->rule->limits.memory,
	    fault);
}

int
keyword_file_size(const struct place *at, const char *value,
    struct fault *fault)
{
	return value_size(value, 1, LONG_MAX, &at->rule->limits.file_size,
	    fault);
}

static int
set_count(const char *value, long min, unsigned long *count,
    struct fault *fault)
{
	long n;

	if (value_integer(value, min, COUNT_MAX, &n, fault) == -1)
		return -1;
	*count = (unsigned long)n;
	return 0;
}

int
keyword_open_files(const struct place *at, const char *value,
    struct fault *fault)
{
	return set_count(value, OPEN_FILES_MIN, &at->rule->limits.open_files,
	    fault);
}

int
keyword_processes(const struct place *at, const char *value,
    struct fault *fault)
{
	return set_count(value, 1, &at->rule->limits.processes, fault);
}
