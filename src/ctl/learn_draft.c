/* One shape of commands, as a rule: words that did not vary as they were, a
 * typed {name} for each that did, and the program by the path that a client's
 * word for it would have found. */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/dangerous.h"
#include "ctl/learn.h"
#include "ctl/learn_draft.h"
#include "ctl/learn_group.h"
#include "ctl/learn_place.h"
#include "ctl/learn_type.h"
#include "ctl/show.h"
#include "list.h"

/* Where the forced command looks, and a shell that sshd starts. */
static const char *const folders[] = {"/usr/local/bin", "/usr/bin", "/bin"};

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* A rule in the making. */
struct draft_rule {
	const struct learn_shape *shape;
	struct learned rule;
	bool runs; /* has a `run` of its own */
	char *command; /* words so far */
	char *run;
};

/* --- programs ------------------------------------------------------------- */

static bool
is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    access(path, X_OK) == 0;
}

/* The program that a word without / means; new. NULL: there is none. */
static char *
find_program(const char *word)
{
	for (size_t i = 0; i < NELEM(folders); i++) {
		char *path = show_format("%s/%s", folders[i], word);

		if (is_program(path))
			return path;
		free(path);
	}
	return NULL;
}

/* awk may be mawk by a link: both names count. */
static const struct dangerous *
find_danger(const char *path)
{
	const struct dangerous *danger = dangerous_find(path);
	char *real = danger == NULL ? realpath(path, NULL) : NULL;

	if (real != NULL)
		danger = dangerous_find(real);
	free(real);
	return danger;
}

static void
judge_program(struct draft_rule *d, const char *word)
{
	char *path =
	    *word == '/' ? show_need(strdup(word)) : find_program(word);
	const struct dangerous *danger = find_danger(path ? path : word);

	if (danger != NULL)
		d->rule.off = show_format("%s can be made to do more (%s) by "
					  "its words: %s",
		    danger->name, danger->can, danger->how);
	else if (path == NULL)
		d->rule.off = show_format("there is no %s in /usr/local/bin, "
					  "/usr/bin and /bin: put the "
					  "program's path into run",
		    word);
	else if (!is_program(path))
		d->rule.off = show_format("%s is no program here", path);
	if (path == NULL)
		path = show_format("/usr/local/bin/%s", word);
	d->runs = *word != '/';
	if (d->runs)
		d->run = show_need(learn_quote(path));
	free(path);
}

/* --- names of captures ---------------------------------------------------- */

/* `zone` of --zone=, of --zone before it, of zone=; new. NULL: no name. */
static char *
name_of_lead(const char *lead)
{
	static const char bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789_-";

	lead += strspn(lead, "-0123456789_");
	if (*lead == '\0' || strspn(lead, bytes) == 0)
		return NULL;
	return show_format("%.*s",
	    (int)(strspn(lead, bytes) < 24 ? strspn(lead, bytes) : 24), lead);
}

static char *
make_name(const struct draft_rule *d, size_t column, const char *otherwise)
{
	const struct learn_column *c = &d->shape->v[column];
	char *base = name_of_lead(c->lead), *name;

	if (base == NULL && column > 1 && c[-1].fixed && c->lead[0] == '\0' &&
	    strncmp(c[-1].lead, "--", 2) == 0)
		base = name_of_lead(c[-1].lead);
	if (base == NULL)
		base = show_need(strdup(otherwise));
	name = show_need(strdup(base));
	for (unsigned i = 2; list_has(&d->rule.args, name); i++) {
		free(name);
		name = show_format("%s%u", base, i);
	}
	free(base);
	return name;
}

/* --- words ---------------------------------------------------------------- */

static void
append(char **text, const char *before, const char *word, const char *after)
{
	char *more = show_format("%s%s%s%s%s", *text != NULL ? *text : "",
	    *text != NULL ? " " : "", before, word, after);

	free(*text);
	*text = more;
}

static bool
opens(const struct learn_shape *shape, size_t i)
{
	unsigned group = shape->v[i].group;

	return group != 0 && (i == 0 || shape->v[i - 1].group != group);
}

static bool
closes(const struct learn_shape *shape, size_t i)
{
	unsigned group = shape->v[i].group;

	return group != 0 &&
	    (i + 1 == shape->n || shape->v[i + 1].group != group);
}

static void
add_word(struct draft_rule *d, size_t i, const char *word)
{
	const char *before = opens(d->shape, i) ? "[" : "";
	const char *after = closes(d->shape, i) ? "]" : "";

	append(&d->command, before, word, after);
	/* The program stands there already. */
	if (d->runs && i > 0)
		append(&d->run, before, word, after);
}

/* In `run`, a [ ] drops out with its {name}: where an option is all there is,
 * it becomes one of one. */
static bool
needs_name(const struct draft_rule *d, size_t i)
{
	return d->runs && opens(d->shape, i);
}

static void
add_capture(struct draft_rule *d, size_t i, const char *lead, char *type,
    const char *otherwise)
{
	char *name = make_name(d, i, otherwise);
	char *word = show_format("%s{%s}", lead, name);

	show_add(&d->rule.args, name);
	show_add(&d->rule.types, type);
	add_word(d, i, word);
	free(word);
}

static bool
add_literal(struct draft_rule *d, size_t i, const char *value)
{
	char *word = show_format("%s%s", d->shape->v[i].lead, value);
	char *quoted = learn_quote(word);

	free(word);
	if (quoted == NULL)
		return false;
	if (needs_name(d, i))
		add_capture(d, i, "", show_format("one-of %s", quoted),
		    "option");
	else
		add_word(d, i, quoted);
	free(quoted);
	return true;
}

static bool
add_typed(struct draft_rule *d, size_t i, const struct list *values)
{
	const char *lead = d->shape->v[i].lead;
	struct learned_type type;
	char *front;

	if (!learn_is_plain(lead) ||
	    !learn_type(&type, values, learn_shape_times(d->shape, i)))
		return false;
	if (type.directory != NULL && !learn_is_system(type.directory))
		learn_add_directory(&d->rule.read, type.directory);
	if (type.directory != NULL && learn_is_system(type.directory) &&
	    d->rule.off == NULL)
		d->rule.off = show_format("it names files of the system, in %s",
		    type.directory);
	front = show_format("%s%s", lead, type.lead);
	add_capture(d, i, front, show_need(strdup(type.text)), type.name);
	free(front);
	learn_type_free(&type);
	return true;
}

/* What is named in full, and is there, is for the program to read. */
static void
add_named(struct draft_rule *d, const char *path)
{
	char *real = *path == '/' ? realpath(path, NULL) : NULL;
	char *word = real != NULL ? learn_quote(real) : NULL;

	if (word != NULL && !learn_is_system(real))
		learn_add_directory(&d->rule.read, real);
	else if (real != NULL)
		learned_note(&d->rule,
		    "It names %s: add that to read, if the program is to open "
		    "it.",
		    real);
	free(word);
	free(real);
}

static bool
add_column(struct draft_rule *d, size_t i)
{
	struct list values = {0};
	bool added;

	learn_shape_values(d->shape, i, &values);
	added = values.n == 1 ? add_literal(d, i, values.v[0]) :
				add_typed(d, i, &values);
	if (i > 0 &&
	    (values.n == 1 ||
		(added &&
		    strncmp(d->rule.types.v[d->rule.types.n - 1], "one-of ",
			7) == 0)))
		for (size_t j = 0; j < values.n; j++)
			add_named(d, values.v[j]);
	list_free(&values);
	return added;
}

bool
learn_draft(struct learned *rule, const struct learn_shape *shape)
{
	struct draft_rule d = {.shape = shape};
	bool drafted = true;

	judge_program(&d, shape->v[0].lead);
	for (size_t i = 0; drafted && i < shape->n; i++)
		drafted = add_column(&d, i);
	for (size_t i = 0; drafted && i < shape->nrows; i++)
		learned_take(&d.rule, shape->rows[i].seen);
	d.rule.command = d.command;
	d.rule.run = d.run;
	*rule = d.rule;
	return drafted;
}
