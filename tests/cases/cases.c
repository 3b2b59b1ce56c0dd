/*
 * Verdict tables: reads rows of `key command answer reason` and reaches each
 * verdict as the forced command does, through the same functions. Runs
 * nothing. The policy folder and the data that the rows name are made by the
 * caller; ROOT in a row stands for that folder. A table named broken.tsv has
 * rows of `name line text file`: each file refuses, there and so.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decide.h"
#include "expand.h"
#include "policy.h"
#include "request.h"
#include "settings.h"
#include "why.h"

#define COLUMNS 6

enum column { KEY, COMMAND, ANSWER, REASON, ARGV, EXTRA };
/* Those of broken.tsv; the file of a name that starts so is settings. */
enum broken { NAME, LINE, PART, TEXT };
#define SETTINGS "settings-"

struct score {
	unsigned passed;
	unsigned failed;
};

/* What a row led to. */
struct outcome {
	const char *answer;
	char reason[80];
	char *argv; /* words joined by | */
};

static void *
checked(void *p)
{
	if (p == NULL) {
		perror("cases");
		exit(2);
	}
	return p;
}

/* \n, \t, \\ and \xHH, so that a row shows any byte but NUL. */
static void
unescape(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		if (s[0] == '\\' && s[1] == 'n') {
			*to++ = '\n';
			s++;
		} else if (s[0] == '\\' && s[1] == 't') {
			*to++ = '\t';
			s++;
		} else if (s[0] == '\\' && s[1] == '\\') {
			*to++ = '\\';
			s++;
		} else if (s[0] == '\\' && s[1] == 'x') {
			const char hex[] = {s[2], s[2] ? s[3] : '\0', '\0'};

			*to++ = (char)strtol(hex, NULL, 16);
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* Puts the folder in place of ROOT. */
static char *
expand(const char *s, const char *root)
{
	char *out = checked(calloc(1, 1)), *more;
	const char *at;

	while ((at = strstr(s, "ROOT")) != NULL) {
		if (asprintf(&more, "%s%.*s%s", out, (int)(at - s), s, root) ==
		    -1)
			exit(2);
		free(out);
		out = more;
		s = at + strlen("ROOT");
	}
	if (asprintf(&more, "%s%s", out, s) == -1)
		exit(2);
	free(out);
	return more;
}

static char *
join(const struct list *argv)
{
	char *out = checked(calloc(1, 1)), *more;

	for (size_t i = 0; i < argv->n; i++) {
		if (asprintf(&more, "%s%s%s", out, i > 0 ? "|" : "",
			argv->v[i]) == -1)
			exit(2);
		free(out);
		out = more;
	}
	return out;
}

static void
take(struct outcome *outcome, const struct verdict *verdict)
{
	if (verdict->answer == PERMIT) {
		outcome->answer = verdict->observed ? "observe" : "permit";
		snprintf(outcome->reason, sizeof(outcome->reason), "%s",
		    verdict->observed ? why_name(verdict->fault.why) :
					verdict->rule->name);
		outcome->argv = join(&verdict->plan.argv);
		return;
	}
	outcome->answer = "refuse";
	snprintf(outcome->reason, sizeof(outcome->reason), "%s",
	    why_name(verdict->fault.why));
	outcome->argv = checked(strdup("-"));
}

/* extra: `address` of the client, or empty. */
static void
reach(struct outcome *outcome, const char *dir, const char *key,
    const char *command, const char *extra)
{
	char name[] = "gatekeeper", option[] = "-d";
	char *argv[] = {name, option, NULL, NULL, NULL};
	char *env[3] = {NULL};
	struct fault fault = {0};
	struct request req = {0};
	struct settings settings = {0};
	struct policy policy = {0};
	struct verdict verdict = {0};
	size_t n = 0;

	argv[2] = checked(strdup(dir));
	argv[3] = checked(strdup(key));
	if (strcmp(command, "-") != 0 &&
	    asprintf(&env[n++], "SSH_ORIGINAL_COMMAND=%s", command) == -1)
		exit(2);
	if (*extra != '\0' &&
	    asprintf(&env[n++], "SSH_CONNECTION=%s 4022 192.0.2.1 22", extra) ==
		-1)
		exit(2);
	if (request_read(&req, 4, argv, env, &fault) == -1 ||
	    settings_load(&settings, req.dir, &fault) == -1 ||
	    policy_load(&policy, req.dir,
		&(struct names) {req.key, req.account}, &fault) == -1)
		verdict.fault = fault;
	else
		decide(&verdict, &policy, &settings, &req);
	take(outcome, &verdict);
	verdict_free(&verdict);
	policy_free(&policy);
	settings_free(&settings);
	request_free(&req);
	for (size_t i = 0; i < n; i++)
		free(env[i]);
	free(argv[2]);
	free(argv[3]);
}

static bool
same(const char *want, const char *have)
{
	return *want == '\0' || strcmp(want, have) == 0;
}

static void
judge(struct score *score, const char *const column[COLUMNS], const char *root,
    const char *place)
{
	struct outcome outcome = {0};
	char *dir, *command, *argv;

	if (asprintf(&dir, "%s/policy", root) == -1)
		exit(2);
	command = expand(column[COMMAND], root);
	unescape(command);
	argv = expand(column[ARGV], root);
	reach(&outcome, dir, column[KEY], command, column[EXTRA]);
	if (strcmp(column[ANSWER], outcome.answer) == 0 &&
	    same(column[REASON], outcome.reason) && same(argv, outcome.argv)) {
		score->passed++;
	} else {
		score->failed++;
		printf("not ok %s: %s: %s: want %s %s %s, got %s %s %s\n",
		    place, column[KEY], column[COMMAND], column[ANSWER],
		    column[REASON], argv, outcome.answer, outcome.reason,
		    outcome.argv);
	}
	free(outcome.argv);
	free(argv);
	free(command);
	free(dir);
}

static void
write_text(const char *path, const char *text)
{
	FILE *f = checked(fopen(path, "we"));

	if (fputs(text, f) == EOF || fclose(f) == EOF)
		exit(2);
}

static bool
is_settings(const char *name)
{
	return strncmp(name, SETTINGS, strlen(SETTINGS)) == 0;
}

/* Writes the file, and reads it as the forced command would. */
static void
refuse_file(struct fault *fault, const char *dir, const char *name,
    const char *text)
{
	struct settings settings = {0};
	struct policy policy = {0};
	char *path;

	if (asprintf(&path,
		is_settings(name) ? "%s/gatekeeper.ini" : "%s/keys/%s.ini", dir,
		name) == -1)
		exit(2);
	write_text(path, text);
	if (is_settings(name))
		settings_load(&settings, dir, fault);
	else
		policy_load(&policy, dir, &(struct names) {name, NULL}, fault);
	settings_free(&settings);
	policy_free(&policy);
	unlink(path);
	free(path);
}

static void
judge_broken(struct score *score, const char *const column[COLUMNS],
    const char *root, const char *place)
{
	enum why why = is_settings(column[NAME]) ? WHY_SETTINGS : WHY_POLICY;
	struct fault fault = {0};
	char *dir, *text = checked(strdup(column[TEXT]));

	if (asprintf(&dir, "%s/broken", root) == -1)
		exit(2);
	unescape(text);
	refuse_file(&fault, dir, column[NAME], text);
	if (fault.why == why && *column[PART] != '\0' &&
	    fault.line == strtoul(column[LINE], NULL, 10) &&
	    strstr(fault.text, column[PART]) != NULL) {
		score->passed++;
	} else {
		score->failed++;
		printf("not ok %s: %s: want line %s: %s; got %s, %s:%u: %s\n",
		    place, column[NAME], column[LINE], column[PART],
		    why_name(fault.why), fault.file, fault.line, fault.text);
	}
	free(text);
	free(dir);
}

static void
read_row(struct score *score, char *line, const char *root, const char *place)
{
	bool is_broken = strstr(place, "/broken.tsv:") != NULL;
	size_t most = is_broken ? TEXT + 1 : COLUMNS, n = 0;
	const char *column[COLUMNS] = {"", "", "", "", "", ""};
	char *rest = line;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '#' || line[0] == '\0')
		return;
	while (n < most && rest != NULL)
		column[n++] = strsep(&rest, "\t");
	if (n < 4 || rest != NULL) {
		printf("not ok %s: a row has 4 to %zu columns\n", place, most);
		score->failed++;
		return;
	}
	if (is_broken)
		judge_broken(score, column, root, place);
	else
		judge(score, column, root, place);
}

static void
read_table(struct score *score, const char *path, const char *root)
{
	FILE *f = checked(fopen(path, "re"));
	char *line = NULL, place[512];
	size_t size = 0;
	unsigned n = 0;

	while (getline(&line, &size, f) != -1) {
		snprintf(place, sizeof(place), "%s:%u", path, ++n);
		read_row(score, line, root, place);
	}
	free(line);
	fclose(f);
}

int
main(int argc, char *argv[])
{
	struct score score = {0};

	if (argc < 3) {
		fprintf(stderr, "usage: cases ROOT TABLE...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		read_table(&score, argv[i], argv[1]);
	printf("cases: %u passed, %u failed, 0 skipped\n", score.passed,
	    score.failed);
	return score.failed != 0 || score.passed == 0;
}
