/* One request of a protocol, tried alone before it adds anything to the rule
 * of the others. */

#include <stdlib.h>
#include <string.h>

#include "ctl/learn.h"
#include "ctl/learn_making.h"
#include "ctl/learn_place.h"
#include "ctl/learn_type.h"
#include "ctl/learn_wire.h"
#include "ctl/show.h"
#include "list.h"
#include "protocol/protocol.h"
#include "why.h"

void
learn_later(struct learn_making *m, struct seen *seen)
{
	m->later = show_need(
	    reallocarray(m->later, m->nlater + 1, sizeof(struct seen *)));
	m->later[m->nlater++] = seen;
}

static void
add_wire(struct learned *rule, const struct learn_wire *wire, bool both)
{
	for (size_t i = 0; i < wire->read.n; i++)
		learn_add_directory(&rule->read, wire->read.v[i]);
	for (size_t i = 0; i < wire->write.n; i++)
		learn_add_directory(&rule->write, wire->write.v[i]);
	/* Some options of rsync tell what is in files, or remove them. */
	for (size_t i = 0; both && i < wire->write.n; i++)
		learn_add_directory(&rule->read, wire->write.v[i]);
	for (size_t i = 0; both && !wire->stores && i < wire->read.n; i++)
		learn_add_directory(&rule->write, wire->read.v[i]);
	for (size_t i = 0; i < wire->options.n; i++)
		if (!list_has(&rule->options, wire->options.v[i]))
			show_add(&rule->options, strdup(wire->options.v[i]));
	rule->delete |= wire->delete;
}

/* Whether a rule can have them. */
static bool
can_quote(const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		char *word = learn_quote(list->v[i]);

		free(word);
		if (word == NULL)
			return false;
	}
	return true;
}

static const char *
find_system(const struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (learn_is_system(list->v[i]))
			return list->v[i];
	return NULL;
}

/* Whether a rule for this request alone permits it, with or without rights to
 * both read and write. */
static bool
is_permitted(struct learn_making *m, const struct learn_wire *wire,
    const struct seen *seen, bool both, struct fault *fault)
{
	struct learned alone = {.protocol = m->kind->protocol->name};
	struct judge judge;
	bool permitted;

	add_wire(&alone, wire, both);
	permitted = judge_load(&judge, m->learn, &alone, 1, fault) &&
	    judge_permits(&judge, m->learn, seen, fault);
	judge_free(&judge);
	learned_free(&alone);
	return permitted;
}

/* Tries it with the rights that its direction needs, or with both: some
 * options of rsync tell what is in files, or remove them. */
static bool
try_alone(struct learn_making *m, const struct learn_wire *wire,
    const struct seen *seen, bool *both, struct fault *fault)
{
	struct fault other;

	*both = false;
	if (is_permitted(m, wire, seen, false, fault))
		return true;
	*both = true;
	return m->kind->protocol == &protocol_rsync &&
	    is_permitted(m, wire, seen, true, &other);
}

void
learn_try(struct learn_making *m, const struct learn_wire *wire,
    struct seen *seen)
{
	const char *system = find_system(&wire->read);
	struct fault fault;
	bool both, permitted, formed;

	if (system == NULL)
		system = find_system(&wire->write);
	if (wire->relative ||
	    (wire->read.n + wire->write.n + wire->missing.n == 0)) {
		learn_later(m, seen);
		return;
	}
	if (!can_quote(&wire->read) || !can_quote(&wire->write)) {
		learn_leave(m->learn, seen,
		    "a directory has a ' or a character that cannot be seen in "
		    "its name");
		return;
	}
	permitted = try_alone(m, wire, seen, &both, &fault);
	/* Of what is no request of the protocol, names are no matter. */
	formed = permitted || fault.why != WHY_OPTION;
	if (formed && system != NULL) {
		learn_leave(m->learn, seen,
		    "it names %s, which is the system's: no rule is proposed "
		    "for that",
		    system);
	} else if (formed && wire->missing.n > 0) {
		learn_leave(m->learn, seen,
		    "it names what lies in no directory that is here");
	} else if (!permitted) {
		learn_leave(m->learn, seen, "%s", fault.text);
	} else {
		add_wire(&m->rule, wire, both);
		learned_take(&m->rule, seen);
	}
}
