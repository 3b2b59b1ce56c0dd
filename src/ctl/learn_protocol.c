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
#include "ctl/learn_making.h"
#include "ctl/learn_place.h"
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

static const struct learn_kind kinds[] = {
    {&protocol_scp, "scp", LEARN_ANY, false, false, false},
    {&protocol_rsync, "rsync-push", LEARN_STORE, false, false, false},
    {&protocol_rsync, "rsync-pull", LEARN_FETCH, false, false, false},
    {&protocol_git, "git", LEARN_ANY, false, false, false},
    {&protocol_borg, "borg", LEARN_ANY, true, true, true},
    {&protocol_rdist, "rdist", LEARN_ANY, false, true, true},
};

/* --- names inside the session --------------------------------------------- */

/* What the protocol says of the words alone. */
static bool
is_well_formed(const struct learn_making *m, const struct seen *seen,
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
propose_in_band(struct learn_making *m, const char *name)
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
keep_permitted(struct learn_making *m, const struct judge *judge)
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
	if (n < rule->nseen && rule->off == NULL)
		rule->off = show_need(strdup(
		    "it names directories of requests that it does not permit"));
	rule->nseen = n;
}

/* What it named may not even be the reason. */
static void
leave_relative(struct learn_making *m, struct seen *seen,
    const struct fault *fault)
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
take_later(struct learn_making *m, const struct judge *judge)
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
leave_rest(struct learn_making *m, const char *why)
{
	for (size_t i = 0; i < m->rule.nseen; i++)
		learn_leave(m->learn, m->rule.seen[i], "%s", why);
	m->rule.nseen = 0;
}

/* There is no rule: one for a folder that holds no client's files has the
 * protocol say what is wrong with the words. */
static void
leave_later(struct learn_making *m)
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
propose(struct learn_making *m)
{
	struct judge judge;
	struct fault fault;

	if (m->rule.nseen == 0) {
		leave_later(m);
		return;
	}
	if (m->rule.read.n > LEARN_DIRECTORIES_MAX ||
	    m->rule.write.n > LEARN_DIRECTORIES_MAX)
		learned_note(&m->rule,
		    "More than %d directories were named: it has the one that "
		    "holds them all.",
		    LEARN_DIRECTORIES_MAX);
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
is_claimed(const struct learn_kind *kind, const struct learn *learn,
    const struct seen *seen)
{
	return !is_sftp(seen) &&
	    protocol_claims(kind->protocol, &seen->request.words,
		learn->settings->programs);
}

static void
take_request(struct learn_making *m, struct seen *seen)
{
	const struct learn_kind *kind = m->kind;
	struct learn_wire wire;
	struct fault fault;

	if (kind->protocol == &protocol_scp && is_sftp(seen)) {
		learn_later(m, seen);
		return;
	}
	if (!is_claimed(kind, m->learn, seen))
		return;
	learn_wire_read(&wire, kind->protocol, &seen->request.words);
	if (kind->in_band && is_well_formed(m, seen, &fault))
		learned_take(&m->rule, seen);
	else if (kind->in_band)
		learn_leave(m->learn, seen, "%s", fault.text);
	else if (kind->direction == LEARN_ANY ||
	    wire.stores == (kind->direction == LEARN_STORE))
		learn_try(m, &wire, seen);
	learn_wire_free(&wire);
}

/* Without requests of scp there is no rule that the subsystem could be part
 * of. */
static void
propose_sftp(struct learn_making *m)
{
	static const struct learn_kind sftp = {&protocol_sftp, "sftp",
	    LEARN_ANY, true, true, true};
	struct learn_making other = {.learn = m->learn, .kind = &sftp};
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
		struct learn_making m = {.learn = learn, .kind = &kinds[k]};

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
