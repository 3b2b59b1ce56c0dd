/*
 * warden BASE ATTACKS CELLS POLICIES KIND: has every attack tried in every
 * cell, and compares what came of it with the table. A cell is one rule and
 * one request for it. In the first, `none`, the same forced command runs the
 * same program without a sandbox: there each attack must succeed, or it is
 * skipped and says why. Attacks at the watchers have a control of their own,
 * the same with `watch = yes`.
 */

#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"
#include "scene.h"
#include "session.h"

enum { FIELDS = 4, LINE_BYTES = 1024, ROWS_MAX = 2000 };
/* The status of a loader that cannot load what it is to run. */
enum { NOT_LOADED = 127 };

/* A line of a table, in its fields. */
struct line {
	char *field[FIELDS];
};

struct table {
	struct line line[ROWS_MAX];
	size_t n;
};

enum { ATTACK, EFFECT, PERMITTED, WHY }; /* of attacks.tsv */
enum { CELL, REQUEST, TAGS }; /* of cells.tsv */

static struct table attacks, cells;
static const char *kind; /* root or user */
static unsigned passed, failed, skipped;
/* By attack: whether its control has succeeded. */
static bool works[ROWS_MAX];

static void
load(struct table *table, const char *name)
{
	char line[LINE_BYTES], *rest;
	FILE *f = fopen(name, "r");

	if (f == NULL)
		err(1, "%s", name);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (table->n == ROWS_MAX)
			errx(1, "%s: too long", name);
		line[strcspn(line, "\n")] = '\0';
		rest = strdup(line);
		for (int i = 0; i < FIELDS; i++) {
			char *field = strsep(&rest, "\t");

			table->line[table->n].field[i] =
			    field == NULL ? strdup("") : field;
		}
		table->n++;
	}
	fclose(f);
}

static enum effect
effect_of(const struct line *attack)
{
	for (int i = 0; i < EFFECTS; i++)
		if (strcmp(effect_names[i], attack->field[EFFECT]) == 0)
			return (enum effect)i;
	errx(1, "%s: there is no effect %s", attack->field[ATTACK],
	    attack->field[EFFECT]);
}

/* Whether this is one of the words. */
static bool
has_word(const char *words, const char *word, size_t size)
{
	while (*words != '\0') {
		const size_t n = strcspn(words, " ");

		if (n == size && strncmp(words, word, n) == 0)
			return true;
		words += n + strspn(words + n, " ");
	}
	return false;
}

/* `landlock<6:signal` is said of kernels whose Landlock is older, and
 * `root:…` of one kind of account. */
static const char *
applies(const char *word, size_t *size)
{
	static const char older[] = "landlock<";
	const char *colon = memchr(word, ':', *size);

	if (colon == NULL)
		return word;
	*size -= (size_t)(colon + 1 - word);
	if (strncmp(word, older, strlen(older)) == 0)
		return scene_landlock() < atoi(word + strlen(older)) ?
		    colon + 1 :
		    NULL;
	return strncmp(word, kind, (size_t)(colon - word)) == 0 ? colon + 1 :
								  NULL;
}

/* A word names a cell or one of its tags; `a+b` wants both. */
static bool
fits(const char *word, size_t size, const struct line *cell)
{
	while (size > 0) {
		const char *plus = memchr(word, '+', size);
		const size_t n = plus == NULL ? size : (size_t)(plus - word);

		if (!(n == 1 && *word == '*') &&
		    !has_word(cell->field[CELL], word, n) &&
		    !has_word(cell->field[TAGS], word, n))
			return false;
		word += plus == NULL ? n : n + 1;
		size -= plus == NULL ? n : n + 1;
	}
	return true;
}

static bool
permitted(const struct line *attack, const struct line *cell)
{
	const char *words = attack->field[PERMITTED];

	while (*words != '\0') {
		const size_t n = strcspn(words, " ");
		size_t size = n;
		const char *word = applies(words, &size);

		if (word != NULL && fits(word, size, cell))
			return true;
		words += n + strspn(words + n, " ");
	}
	return false;
}

/* What a program inherits is held even where nothing else is: the control
 * is then the program alone. */
static bool
is_inherited(const struct line *attack)
{
	return strncmp(attack->field[ATTACK], "environment-",
		   strlen("environment-")) == 0;
}

/* What is done to the watchers needs some. */
static bool
is_at_watchers(const struct line *attack)
{
	return strncmp(attack->field[ATTACK], "watcher-", strlen("watcher-")) ==
	    0;
}

static bool
has_tag(const struct line *cell, const char *tag)
{
	return has_word(cell->field[TAGS], tag, strlen(tag));
}

static bool
is_control(const struct line *attack, const struct line *cell)
{
	const char *control = is_inherited(attack) ? "bare" :
	    is_at_watchers(attack)                 ? "none-watched" :
						     "none";

	return strcmp(cell->field[CELL], control) == 0;
}

static bool
is_wanted(const struct line *attack, const struct line *cell)
{
	if (strcmp(cell->field[CELL], "bare") == 0)
		return is_inherited(attack);
	if (strcmp(cell->field[CELL], "none-watched") == 0)
		return is_at_watchers(attack);
	return !is_at_watchers(attack) || has_tag(cell, "watched");
}

static void
complain(const struct line *attack, const struct line *cell, const char *what,
    const struct reply *reply)
{
	failed++;
	printf("not ok escape/%s/%s/%s # %s", kind, cell->field[CELL],
	    attack->field[ATTACK], what);
	if (reply->signal != 0)
		printf(", ended by signal %d", reply->signal);
	printf("%s%s\n", reply->reason[0] == '\0' ? "" : ": ", reply->reason);
}

/* The control has to succeed. */
static void
judge_control(size_t i, const struct reply *reply, bool shown)
{
	const struct line *attack = &attacks.line[i];

	works[i] = shown;
	if (shown) {
		passed++;
		return;
	}
	skipped++;
	printf("skip escape/%s/%s # ", kind, attack->field[ATTACK]);
	if (reply->done && reply->outcome == UNTRIED)
		printf("%s\n", reply->reason);
	else
		printf("it does not work without a sandbox either: %s\n",
		    reply->signal != 0              ? "a signal ends it" :
			reply->reason[0] != '\0'    ? reply->reason :
			reply->outcome == SUCCEEDED ? "nothing is seen of it" :
						      "nothing comes of it");
}

static void
judge_cell(size_t i, const struct line *cell, const struct reply *reply,
    bool shown)
{
	const struct line *attack = &attacks.line[i];
	const bool expected = permitted(attack, cell);

	/* What is denied ends it, and all that it would have done. */
	if (!shown && reply->signal == SIGKILL && has_tag(cell, "kill")) {
		passed += works[i];
		return;
	}
	if (!reply->done && !reply->mark && reply->signal != SIGSYS &&
	    reply->status != NOT_LOADED)
		complain(attack, cell, "no answer", reply);
	else if (shown && !expected)
		complain(attack, cell, "AN ESCAPE", reply);
	else if (!shown && expected && works[i])
		complain(attack, cell, "held, and the table permits it", reply);
	else if (works[i])
		passed++;
}

/* What older kernels cannot hold, in the words of the record: the first ABI of
 * Landlock that can. On it and later ones a refusal is a failure. */
static const struct {
	const char *needed;
	int abi;
} newer[] = {
    {"Linux 6.7 or later", 4},
    {"Linux 7.1 or later", 9},
};

static const char *
needed(const char *record)
{
	const int abi = scene_landlock();

	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
		if (abi < newer[i].abi &&
		    strstr(record, newer[i].needed) != NULL)
			return newer[i].needed;
	return NULL;
}

/* One cell less. What this kernel cannot have is no failure. */
static bool
is_refused(const struct line *cell, const struct reply *reply)
{
	const char *record, *kernel;

	if (!reply->refused)
		return false;
	record = scene_last_record();
	if ((kernel = needed(record)) != NULL) {
		skipped++;
		printf("skip escape/%s/%s # %s is needed\n", kind,
		    cell->field[CELL], kernel);
	} else {
		failed++;
		printf("not ok escape/%s/%s # %s\n# %s\n", kind,
		    cell->field[CELL], reply->reason, record);
	}
	return true;
}

static void
tell(FILE *matrix, const struct line *attack, const struct line *cell,
    const struct reply *reply, bool shown)
{
	const char *what = "held";

	if (shown)
		what = permitted(attack, cell) ? "permitted" : "ESCAPED";
	else if (reply->done && reply->outcome == UNTRIED)
		what = "untried";
	if (is_control(attack, cell))
		what = shown ? "works" : "does not work";
	fprintf(matrix, "%s\t%s\t%s\n", cell->field[CELL],
	    attack->field[ATTACK], what);
}

/* All attacks in one cell. */
static void
visit(const struct line *cell, FILE *matrix)
{
	struct session session = {.key = cell->field[CELL],
	    .request = cell->field[REQUEST]};
	struct reply reply;

	for (size_t i = 0; i < attacks.n; i++) {
		const struct line *attack = &attacks.line[i];
		const enum effect effect = effect_of(attack);
		bool shown;

		if (!is_wanted(attack, cell))
			continue;
		scene_tidy();
		session_ask(&session, attack->field[ATTACK], &reply);
		if (effect != EFFECT_WATCHER && is_refused(cell, &reply))
			return;
		shown = scene_shows(effect, &reply);
		if (is_control(attack, cell))
			judge_control(i, &reply, shown);
		else
			judge_cell(i, cell, &reply, shown);
		tell(matrix, attack, cell, &reply, shown);
		if (shown && effect != EFFECT_OWN && effect != EFFECT_WATCHER)
			scene_restore(effect);
		/* What was done to the terminal goes with the session. */
		if (shown && effect == EFFECT_TERMINAL)
			session_end(&session);
	}
	session_end(&session);
	free(session.told);
}

/* Without its watchers it is soon gone, and meanwhile nothing is permitted
 * that was not: rules with `execute` permit this program itself. */
static void
check_alone(const struct line *cell)
{
	const char *self =
	    scene_path(has_tag(cell, "execute") ? "mark" : "attack");
	struct session session = {.key = cell->field[CELL],
	    .request = cell->field[REQUEST]};

	if (!has_tag(cell, "watched") || has_tag(cell, "kill"))
		return;
	for (int watcher = 0; watcher < 2; watcher++) {
		const char *wrong = session_alone(&session, watcher == 1, self);

		passed += wrong == NULL;
		failed += wrong != NULL;
		if (wrong != NULL)
			printf("not ok escape/%s/%s/without-%s # %s\n", kind,
			    cell->field[CELL], watcher ? "watcher" : "keeper",
			    wrong);
		session_end(&session);
	}
}

/* An attack that changed what it was not expected to change. */
static void
check_outside(const struct line *cell)
{
	const struct reply none = {0};

	if (!scene_shows(EFFECT_CHANGE, &none))
		return;
	failed++;
	printf("not ok escape/%s/%s # something outside has changed\n", kind,
	    cell->field[CELL]);
	scene_restore(EFFECT_CHANGE);
}

int
main(int argc, char *argv[])
{
	FILE *matrix;

	if (argc != 7)
		errx(1,
		    "usage: warden BASE ATTACKS CELLS POLICIES KIND MATRIX");
	signal(SIGPIPE, SIG_IGN);
	/* A keeper without its watcher is ours to wait for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	load(&attacks, argv[2]);
	load(&cells, argv[3]);
	kind = argv[5];
	if ((matrix = fopen(argv[6], "w")) == NULL)
		err(1, "%s", argv[6]);
	scene_make(argv[1], argv[4]);
	printf("# %s: Landlock ABI %d\n", kind, scene_landlock());
	for (size_t i = 0; i < cells.n; i++) {
		visit(&cells.line[i], matrix);
		check_alone(&cells.line[i]);
		check_outside(&cells.line[i]);
	}
	scene_remove();
	fclose(matrix);
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed == 0 ? 0 : 1;
}
