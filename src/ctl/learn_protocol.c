/*
 * Requests of protocols to rules: one for each protocol, for rsync one for
 * each direction. Every request is tried alone first, so that one which the
 * protocol would refuse, or that names what no rule may, adds nothing to the
 * rule of the others.
 */

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "choices.h"
#include "ctl/learn.h"
#include "ctl/learn_place.h"
#include "ctl/learn_type.h"
#include "ctl/learn_wire.h"
#include "ctl/show.h"
#include "ctl/traffic.h"
#include "list.h"
#include "path.h"
#include "protocol/protocol.h"
#include "request.h"
#include "settings.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* Which directions a rule is for. */
enum { ANY, FETCH, STORE };

static const struct kind {
	const struct protocol *protocol;
	const char *name;
	int direction;
	/* What to write where the names travel inside the session. */
	bool read, write;
	bool in_band;
} kinds[] = {
    {&protocol_scp, "scp", ANY, false, false, false},
    {&protocol_rsync, "rsync-push", STORE, false, false, false},
    {&protocol_rsync, "rsync-pull", FETCH, false, false, false},
    {&protocol_git, "git", ANY, false, false, false},
    {&protocol_borg, "borg", ANY, true, true, true},
    {&protocol_rdist, "rdist", ANY, false, true, true},
};

/* A rule in the making, with the requests that can only be judged when it is
 * complete. */
struct making {
	struct learn *learn;
	const struct kind *kind;
	struct learned rule;
	struct seen **later;
	size_t nlater;
};

static void
keep_for_later(struct making *m, struct seen *seen)
{
	m->later = show_need(
	    reallocarray(m->later, m->nlater + 1, sizeof(struct seen *)));
	m->later[m->nlater++] = seen;
}

/* --- one request ---------------------------------------------------------- */

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
is_permitted(struct making *m, const struct learn_wire *wire,
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
try_alone(struct making *m, const struct learn_wire *wire,
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

static void
try_request(struct making *m, const struct learn_wire *wire, struct seen *seen)
{
	const char *system = find_system(&wire->read);
	struct fault fault;
	bool both, permitted, formed;

	if (system == NULL)
		system = find_system(&wire->write);
	if (wire->relative ||
	    (wire->read.n + wire->write.n + wire->missing.n == 0)) {
		keep_for_later(m, seen);
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

/* --- names inside the session --------------------------------------------- */

/* What the protocol says of the words alone. */
static bool
is_well_formed(const struct making *m, const struct seen *seen,
    struct fault *fault)
{
	char path[] = "/";
	const struct area area = {.path = path,
	    .fd = -1,
	    .access = ACCESS_READ | ACCESS_WRITE};
	const struct choices choices = {0};
	const struct protocol_call call = {.words = &seen->request.words,
	    .areas = &area,
	    .nareas = 1,
	    .programs = m->learn->settings->programs,
	    .choices = &choices,
	    .set_id = SET_ID_DENY};
	struct list argv = {0}, env = {0};
	int ret = m->kind->protocol->argv(&call, &argv, &env, fault);

	list_free(&argv);
	list_free(&env);
	return ret == 0;
}

static void
propose_in_band(struct making *m, const char *name)
{
	static const char place[] = "/srv/DIRECTORY";

	if (m->rule.nseen == 0)
		return;
	if (m->kind->read)
		show_add(&m->rule.read, strdup(place));
	if (m->kind->write)
		show_add(&m->rule.write, strdup(place));
	m->rule.off = show_format(
	    "its names travel inside the session, so the records do not have "
	    "them: put the directory in place of %s",
	    place);
	learn_add(m->learn, &m->rule, name);
}

/* --- the rule ------------------------------------------------------------- */

/* Leaves those that the complete rule does not permit. */
static void
keep_permitted(struct making *m, const struct judge *judge)
{
	struct learned *rule = &m->rule;
	struct fault fault;
	size_t n = 0;

	for (size_t i = 0; i < rule->nseen; i++) {
		if (judge_permits(judge, m->learn, rule->seen[i], &fault))
			rule->seen[n++] = rule->seen[i];
		else
			learn_leave(m->learn, rule->seen[i], "%s", fault.text);
	}
	rule->nseen = n;
}

/* What it named may not even be the reason. */
static void
leave_relative(struct making *m, struct seen *seen, const struct fault *fault)
{
	if (fault->why == WHY_OUTSIDE)
		learn_leave(m->learn, seen,
		    "its names start at the account's home, which no rule may "
		    "name: have the client send whole paths");
	else
		learn_leave(m->learn, seen, "%s", fault->text);
}

static bool
is_sftp(const struct seen *seen)
{
	return seen->request.kind == REQUEST_SFTP;
}

/* Names that start at the home of the account, and the sftp subsystem. */
static void
take_later(struct making *m, const struct judge *judge)
{
	const char *first =
	    m->rule.read.n > 0 ? m->rule.read.v[0] : m->rule.write.v[0];
	unsigned long relative = 0, sftp = 0;
	struct fault fault;

	for (size_t i = 0; i < m->nlater; i++) {
		struct seen *seen = m->later[i];

		if (!judge_permits(judge, m->learn, seen, &fault)) {
			leave_relative(m, seen, &fault);
			continue;
		}
		learned_take(&m->rule, seen);
		if (is_sftp(seen))
			sftp += seen->observed + seen->refused;
		else
			relative += seen->observed + seen->refused;
	}
	if (relative > 0)
		learned_note(&m->rule,
		    "%lu of them name files from the account's home; under "
		    "this rule such names start at %s.",
		    relative, first);
	if (sftp > 0)
		learned_note(&m->rule,
		    "%lu of them ask for sftp, and name their files inside "
		    "the session: whether these directories are theirs, the "
		    "records do not say.",
		    sftp);
	else if (m->kind->protocol->subsystem != NULL)
		learned_note(&m->rule,
		    "Who may use scp may use sftp, below these directories.");
}

static void
leave_rest(struct making *m, const char *why)
{
	for (size_t i = 0; i < m->rule.nseen; i++)
		learn_leave(m->learn, m->rule.seen[i], "%s", why);
	m->rule.nseen = 0;
}

/* There is no rule: one for a folder that holds no client's files has the
 * protocol say what is wrong with the words. */
static void
leave_later(struct making *m)
{
	struct learned other = {.protocol = m->kind->protocol->name};
	struct judge judge;
	struct fault fault;

	show_add(&other.read, strdup("/usr"));
	if (judge_load(&judge, m->learn, &other, 1, &fault))
		for (size_t i = 0; i < m->nlater; i++) {
			judge_permits(&judge, m->learn, m->later[i], &fault);
			if (fault.why != WHY_OPTION)
				fault.why = WHY_OUTSIDE;
			leave_relative(m, m->later[i], &fault);
		}
	m->nlater = 0;
	judge_free(&judge);
	learned_free(&other);
}

static void
propose(struct making *m)
{
	struct judge judge;
	struct fault fault;

	if (m->rule.nseen == 0) {
		leave_later(m);
		return;
	}
	if (!learn_few_directories(&m->rule.read) ||
	    !learn_few_directories(&m->rule.write)) {
		leave_rest(m,
		    "it is of many that name files all over the system");
		leave_later(m);
		return;
	}
	if (judge_load(&judge, m->learn, &m->rule, 1, &fault)) {
		keep_permitted(m, &judge);
		take_later(m, &judge);
	} else {
		leave_rest(m, fault.text);
		leave_later(m);
	}
	judge_free(&judge);
	if (m->rule.nseen > 0)
		learn_add(m->learn, &m->rule, m->kind->name);
}

/* --- all of them ---------------------------------------------------------- */

static bool
is_claimed(const struct kind *kind, const struct learn *learn,
    const struct seen *seen)
{
	return !is_sftp(seen) &&
	    protocol_claims(kind->protocol, &seen->request.words,
		learn->settings->programs);
}

static void
take_request(struct making *m, struct seen *seen)
{
	const struct kind *kind = m->kind;
	struct learn_wire wire;
	struct fault fault;

	if (kind->protocol == &protocol_scp && is_sftp(seen)) {
		keep_for_later(m, seen);
		return;
	}
	if (!is_claimed(kind, m->learn, seen))
		return;
	learn_wire_read(&wire, kind->protocol, &seen->request.words);
	if (kind->in_band && is_well_formed(m, seen, &fault))
		learned_take(&m->rule, seen);
	else if (kind->in_band)
		learn_leave(m->learn, seen, "%s", fault.text);
	else if (kind->direction == ANY ||
	    wire.stores == (kind->direction == STORE))
		try_request(m, &wire, seen);
	learn_wire_free(&wire);
}

/* Without requests of scp there is no rule that the subsystem could be part
 * of. */
static void
propose_sftp(struct making *m)
{
	static const struct kind sftp = {&protocol_sftp, "sftp", ANY, true,
	    true, true};
	struct making other = {.learn = m->learn, .kind = &sftp};
	size_t n = 0;

	if (m->rule.nseen > 0)
		return;
	other.rule.protocol = "sftp";
	for (size_t i = 0; i < m->nlater; i++) {
		if (is_sftp(m->later[i]))
			learned_take(&other.rule, m->later[i]);
		else
			m->later[n++] = m->later[i];
	}
	m->nlater = n;
	propose_in_band(&other, "sftp");
	learned_free(&other.rule);
}

void
learn_protocols(struct learn *learn, struct seen *const *v, size_t n)
{
	for (size_t k = 0; k < NELEM(kinds); k++) {
		struct making m = {.learn = learn, .kind = &kinds[k]};

		m.rule.protocol = kinds[k].protocol->name;
		for (size_t i = 0; i < n; i++)
			take_request(&m, v[i]);
		if (kinds[k].protocol == &protocol_scp)
			propose_sftp(&m);
		if (kinds[k].in_band)
			propose_in_band(&m, kinds[k].name);
		else
			propose(&m);
		learned_free(&m.rule);
		free(m.later);
	}
}
