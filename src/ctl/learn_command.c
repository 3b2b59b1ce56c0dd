/*
 * Commands to rules: words that did not vary as they were, a typed {name}
 * for each that did, and the program by the path that a client's word for it
 * would have found. A rule that does not permit each request that it came
 * from, word for word, is not proposed.
 */

#include <stdlib.h>
#include <string.h>

#include "ctl/learn.h"
#include "ctl/learn_draft.h"
#include "ctl/learn_group.h"
#include "ctl/learn_place.h"
#include "ctl/learn_type.h"
#include "ctl/show.h"
#include "ctl/traffic.h"
#include "decide.h"
#include "list.h"
#include "request.h"
#include "why.h"

/* --- checking ------------------------------------------------------------- */

/* The path without links; the last name may be missing. New, or NULL. */
static char *
resolve(const char *path)
{
	char *real = realpath(path, NULL), *folder;

	if (real != NULL)
		return real;
	folder = learn_directory(path);
	if (folder != NULL)
		real = show_format("%s%s", folder, strrchr(path, '/'));
	free(folder);
	return real;
}

/* Whether both are one path, behind the same lead. */
static bool
same_path(const char *run, const char *sent)
{
	size_t lead = strcspn(sent, "/");
	char *real;
	bool same;

	if (sent[lead] == '\0' || strncmp(run, sent, lead) != 0)
		return false;
	real = resolve(sent + lead);
	same = real != NULL && strcmp(real, run + lead) == 0;
	free(real);
	return same;
}

/* Whether what would run are the words that were sent, but for the program
 * and for paths, which are handed on as they were resolved. */
static bool
runs_words(const struct verdict *verdict, const struct list *words)
{
	const struct list *argv = &verdict->plan.argv;

	if (argv->n != words->n)
		return false;
	for (size_t i = 1; i < words->n; i++)
		if (strcmp(argv->v[i], words->v[i]) != 0 &&
		    !same_path(argv->v[i], words->v[i]))
			return false;
	return true;
}

static bool
permits_all(const struct judge *judge, const struct learn *learn,
    const struct learned *rule, struct fault *fault)
{
	for (size_t i = 0; i < rule->nseen; i++) {
		const struct seen *seen = rule->seen[i];
		struct verdict verdict;
		bool same;

		judge_ask(judge, learn, seen, &verdict);
		same = verdict.answer == PERMIT &&
		    runs_words(&verdict, &seen->request.words.text);
		*fault = verdict.fault;
		if (verdict.answer == PERMIT && !same)
			fault_set(fault, WHY_POLICY,
			    "other words would be run than were sent");
		verdict_free(&verdict);
		if (!same)
			return false;
	}
	return true;
}

/* A shape whose rule loads and, where it would be active, permits. */
static bool
is_accepted(const struct learn_shape *shape, void *context)
{
	const struct learn *learn = context;
	struct learned rule;
	struct judge judge = {0};
	struct fault fault;
	bool accepted = learn_draft(&rule, shape);

	if (accepted) {
		char *off = rule.off;

		/* One that is commented out is to load all the same. */
		rule.off = NULL;
		accepted = judge_load(&judge, learn, &rule, 1, &fault) &&
		    (off != NULL || permits_all(&judge, learn, &rule, &fault));
		rule.off = off;
	}
	judge_free(&judge);
	learned_free(&rule);
	return accepted;
}

static void
leave_all(struct learn *learn, const struct learn_shape *shape, const char *why)
{
	for (size_t i = 0; i < shape->nrows; i++)
		learn_leave(learn, shape->rows[i].seen, "%s", why);
}

/* -1: the rule does not load. It is set aside where it permits too little. */
static int
check_rule(const struct learn *learn, struct learned *rule, struct fault *fault)
{
	struct judge judge;
	char *off = rule->off;
	int ret = -1;

	rule->off = NULL;
	if (judge_load(&judge, learn, rule, 1, fault)) {
		ret = 0;
		if (off == NULL && !permits_all(&judge, learn, rule, fault))
			off = show_need(strdup(fault->text));
	}
	rule->off = off;
	judge_free(&judge);
	return ret;
}

/* The program, and the subcommand when it is one. */
static char *
rule_name(const struct learn_shape *shape)
{
	const char *program = shape->v[0].lead;
	const char *slash = strrchr(program, '/');
	const char *word = "";

	if (slash != NULL)
		program = slash + 1;
	if (shape->n > 1 && shape->v[1].group == 0 &&
	    shape->v[1].lead[0] == '\0') {
		struct list values = {0};

		learn_shape_values(shape, 1, &values);
		if (values.n == 1 &&
		    values.v[0][strspn(values.v[0],
			"abcdefghijklmnopqrstuvwxyz-")] == '\0')
			word = shape->rows[0].cells[1];
		list_free(&values);
	}
	return show_format("%s%s%s", program, *word != '\0' ? "-" : "", word);
}

static void
propose(struct learn *learn, const struct learn_shape *shape)
{
	struct learned rule;
	struct fault fault;
	char *name = rule_name(shape);

	if (!learn_draft(&rule, shape))
		leave_all(learn, shape,
		    "no type is safe for all that varies in it: have a script "
		    "take it");
	else if (check_rule(learn, &rule, &fault) == -1)
		leave_all(learn, shape, fault.text);
	else
		learn_add(learn, &rule, name);
	learned_free(&rule);
	free(name);
}

/* --- outliers ------------------------------------------------------------- */

/* 1: it has a rule that loads; 0: one that does not; -1: no type takes it. */
static int
try_shape(const struct learn *learn, const struct learn_shape *shape,
    struct fault *fault)
{
	struct learned rule;
	int ret = -1;

	if (learn_draft(&rule, shape))
		ret = check_rule(learn, &rule, fault) == 0;
	learned_free(&rule);
	return ret;
}

/* Puts row i before those that are not kept. */
static void
keep_row(struct learn_shape *shape, size_t i, size_t *kept)
{
	struct learn_row row = shape->rows[i];

	shape->rows[i] = shape->rows[*kept];
	shape->rows[(*kept)++] = row;
}

/* Leaves what cannot even have a rule for itself, where all together cannot
 * have one: whoever sends one such word must not hide the others. How many
 * are kept; what is left stands behind them. */
static size_t
sift_unwritable(struct learn *learn, struct learn_shape *shape)
{
	struct learn_shape alone = *shape;
	struct fault fault = {0};
	size_t kept = 0;

	if (try_shape(learn, shape, &fault) != 0)
		return shape->nrows;
	alone.nrows = 1;
	for (size_t i = 0; i < shape->nrows; i++) {
		alone.rows = &shape->rows[i];
		if (try_shape(learn, &alone, &fault) == 1)
			keep_row(shape, i, &kept);
		else
			learn_leave(learn, shape->rows[i].seen,
			    "a policy cannot hold a word of it (%s): have a "
			    "script take it",
			    fault.text);
	}
	return kept;
}

static void
sift_shape(struct learn *learn, struct learn_shape *shape)
{
	size_t kept = sift_unwritable(learn, shape);

	for (size_t i = kept; i < shape->nrows; i++)
		free(shape->rows[i].cells);
	shape->nrows = kept;
}

/* Rows that no type takes are put behind the others. How many those are. */
static size_t
sift_untyped(struct learn_shape *shape)
{
	size_t kept = 0;

	for (size_t i = 0; i < shape->nrows; i++) {
		const struct learn_row *row = &shape->rows[i];
		bool typed = true;

		for (size_t j = 0; typed && j < shape->n; j++)
			typed = shape->v[j].fixed || row->cells[j] == NULL ||
			    learn_type_is_word(row->cells[j]);
		if (typed)
			keep_row(shape, i, &kept);
	}
	return kept;
}

static void
propose_part(struct learn *learn, const struct learn_shape *shape, size_t at,
    size_t n)
{
	struct learn_shape part = *shape;

	part.rows += at;
	part.nrows = n;
	if (n > 0)
		part.nrows = sift_unwritable(learn, &part);
	if (part.nrows > 0)
		propose(learn, &part);
}

/* Where no type takes all, those that one takes are not to suffer. */
static void
propose_apart(struct learn *learn, struct learn_shape *shape)
{
	struct fault fault = {0};
	size_t typed = shape->nrows;

	if (try_shape(learn, shape, &fault) == -1)
		typed = sift_untyped(shape);
	propose_part(learn, shape, 0, typed);
	propose_part(learn, shape, typed, shape->nrows - typed);
}

/* --- all of them ---------------------------------------------------------- */

/* One such word must not take its neighbours with it. */
static bool
is_writable(const struct list *words)
{
	for (size_t i = 0; i < words->n; i++) {
		char *quoted = learn_quote(words->v[i]);

		free(quoted);
		if (quoted == NULL)
			return false;
	}
	return true;
}

/* false: there is nothing to group; why not has been said. */
static bool
is_command(struct learn *learn, struct seen *seen)
{
	const struct words *words = &seen->request.words;

	if (words->text.n == 0) {
		learn_leave(learn, seen, "there is no word in it");
		return false;
	}
	for (size_t i = 0; i < words->text.n; i++)
		if (words->mark[i].special != 0) {
			learn_leave(learn, seen,
			    "a shell would expand %s in it: write a script "
			    "that does it, and permit that",
			    words->mark[i].special & WORD_GLOB ? "* ? or [ ]" :
								 "~");
			return false;
		}
	if (words->text.v[0][0] != '/' &&
	    strchr(words->text.v[0], '/') != NULL) {
		learn_leave(learn, seen,
		    "the program is named from the account's home: have the "
		    "client send its whole path");
		return false;
	}
	if (!is_writable(&words->text)) {
		learn_leave(learn, seen,
		    "a word holds a ' or a character that cannot be seen: have "
		    "a script take it");
		return false;
	}
	return true;
}

void
learn_commands(struct learn *learn, struct seen *const *v, size_t n)
{
	struct learn_shapes shapes = {0};

	for (size_t i = 0; i < n; i++)
		if (is_command(learn, v[i]) &&
		    !learn_shapes_add(&shapes, v[i], &v[i]->request.words.text))
			learn_leave(learn, v[i],
			    "there are more than %d kinds of commands: write "
			    "a script that takes one form",
			    LEARN_SHAPES_MAX);
	learn_shapes_split(&shapes);
	for (size_t i = 0; i < shapes.n; i++)
		sift_shape(learn, &shapes.v[i]);
	learn_shapes_prune(&shapes);
	learn_shapes_merge(&shapes, is_accepted, learn);
	for (size_t i = 0; i < shapes.n; i++)
		propose_apart(learn, &shapes.v[i]);
	learn_shapes_free(&shapes);
}
