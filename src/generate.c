/*
 * Runs when gatekeeper is built, and is not installed: from the tables that
 * sessions are decided by, it writes the filters that ship, as C, or what
 * each protocol may call, as mdoc.
 */

#include <sys/stat.h>

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choices.h"
#include "plan.h"
#include "protocol/protocol.h"
#include "sandbox/calls.h"
#include "sandbox/compile.h"
#include "sandbox/filter.h"
#include "sandbox/groups.h"
#include "sandbox/rows.h"
#include "sandbox/shipped.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* While they are being made, there are none. */
const struct shipped shipped[] = {{.code = NULL}};

/* A rule that says nothing of its sandbox, and one of its requests. */
struct kind {
	const char *name;
	const char *how; /* of its requests, which; or "" */
	const char *const *base;
	unsigned network;
	mode_t set_id;
	bool links;
	bool choice; /* the rule may say `links` */
	bool once;
};

typedef void tell(const struct kind *);

static bool
starts_others(const struct protocol *protocol)
{
	const struct protocol_need *need = protocol->needs;

	if (protocol->executes)
		return true;
	for (; need != NULL && need->path != NULL; need++)
		if ((need->access & ACCESS_EXECUTE) != 0)
			return true;
	return false;
}

/* As complete.c plans it. */
static void
tell_protocol(const struct protocol *protocol, tell *told)
{
	static const mode_t modes[] =
	    {[SET_ID_GROUP] = S_ISGID, [SET_ID_ALLOW] = S_ISUID | S_ISGID};
	struct kind kind = {
	    .name = protocol->name,
	    .how = "",
	    .base = protocol->calls,
	    .set_id = modes[protocol->set_id],
	    .links = protocol->links,
	    .choice = (protocol->choices & CHOICE_LINKS) != 0,
	    .once = !starts_others(protocol),
	};

	told(&kind);
	if (protocol->does == NULL ||
	    (protocol->fetch_calls == NULL && !kind.links && !kind.choice))
		return;
	kind.how = "to fetch";
	kind.links = kind.choice = false;
	if (protocol->fetch_calls != NULL)
		kind.base = protocol->fetch_calls;
	told(&kind);
}

static const struct kind commands[] = {
    {"command", "", calls_default, NETWORK_NONE, 0, true, false, true},
    {"command", "with execute", calls_default, NETWORK_NONE, 0, true, false,
	false},
    {"command", "with network", calls_default, NETWORK_ANY, 0, true, false,
	true},
    {"command", "with both", calls_default, NETWORK_ANY, 0, true, false, false},
};

static void
fail(const char *what, const char *why)
{
	fprintf(stderr, "generate: %s: %s\n", what, why);
	exit(1);
}

/* --- The filters ---------------------------------------------------------- */

/* Debian 12's 6.1, and 6.3 or later. What lies between, and the later ones
 * without Landlock, have their filters made when a session starts. */
static const struct {
	int abi;
	bool mdwe;
} kernels[] = {{2, false}, {3, true}};

/* libseccomp's level of user notification. */
enum { API_NOTIFY = 5 };

enum { MADE_MAX = 64 };
static struct {
	char *calls;
	size_t number; /* of that text: the first program that has it */
	unsigned traits;
} made[MADE_MAX];
static size_t nmade;

static char *
joined(const struct list *calls)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		fail("calls", strerror(errno));
	for (size_t i = 0; i < calls->n; i++)
		fprintf(f, "%s\n", calls->v[i]);
	if (fclose(f) == EOF)
		fail("calls", strerror(errno));
	return text;
}

/* Several protocols may ask for one and the same. */
static bool
add_made(const struct list *calls, unsigned traits)
{
	char *text = joined(calls);
	size_t number = nmade;

	for (size_t i = nmade; i-- > 0;) {
		if (strcmp(made[i].calls, text) != 0)
			continue;
		number = made[i].number;
		if (made[i].traits == traits) {
			free(text);
			return false;
		}
	}
	if (nmade == MADE_MAX)
		fail("filters", "too many: raise MADE_MAX");
	made[nmade].calls = text;
	made[nmade].number = number;
	made[nmade++].traits = traits;
	return true;
}

static void
write_calls(const struct list *calls, size_t number)
{
	printf("static const char calls_%zu[] =", number);
	for (size_t i = 0; i < calls->n; i++)
		printf("\n    \"%s\\n\"", calls->v[i]);
	printf(";\n");
}

static void
write_code(const struct bpf *bpf, size_t number)
{
	printf("static const struct sock_filter code_%zu[] = {\n", number);
	for (size_t i = 0; i < bpf->n; i++)
		printf("    {0x%x, %u, %u, 0x%x},\n", bpf->code[i].code,
		    bpf->code[i].jt, bpf->code[i].jf, bpf->code[i].k);
	printf("};\n");
}

static void
write_filter(const struct kind *kind, const struct plan *plan, int abi,
    bool mdwe)
{
	const unsigned traits = filter_traits(plan, abi, mdwe);
	struct fault fault = {0};
	const size_t number = nmade;
	struct bpf bpf;

	if (!add_made(&plan->calls, traits))
		return;
	if (compile_bpf(&bpf, &plan->calls, traits, &fault) == -1)
		fail(kind->name, fault.text);
	printf("\n/* %s%s%s: Landlock ABI %d%s. */\n", kind->name,
	    *kind->how != '\0' ? " " : "", kind->how, abi,
	    mdwe ? ", MDWE" : "");
	if (made[number].number == number)
		write_calls(&plan->calls, number);
	write_code(&bpf, number);
	free(bpf.code);
}

static void
write_filters(const struct kind *kind, bool links)
{
	const struct list none = {0};
	struct plan plan = {
	    .network = kind->network,
	    .set_id = kind->set_id,
	    .once = kind->once,
	    .links = links,
	};

	if (calls_resolve(&plan.calls, kind->base, &none, links,
		plan.network) == -1)
		fail(kind->name, strerror(errno));
	for (size_t i = 0; i < NELEM(kernels); i++)
		write_filter(kind, &plan, kernels[i].abi, kernels[i].mdwe);
	list_free(&plan.calls);
}

static void
write_kind(const struct kind *kind)
{
	write_filters(kind, kind->links);
	if (kind->choice)
		write_filters(kind, true);
}

static void
write_table(void)
{
	printf("\nconst struct shipped shipped[] = {\n");
	for (size_t i = 0; i < nmade; i++) {
		printf("    {calls_%zu, 0x%x, code_%zu,\n", made[i].number,
		    made[i].traits, i);
		printf("\tsizeof(code_%zu) / sizeof(code_%zu[0])},\n", i, i);
		free(made[i].calls);
	}
	printf("    {NULL, 0, NULL, 0},\n};\n");
}

static void
generate_filters(void)
{
	/* Whatever kernel this machine has: it is not the one that matters. */
	if (seccomp_api_set(API_NOTIFY) != 0)
		fail("libseccomp", "older than 2.5: build with a newer one");
	printf("/* Made by generate.c when gatekeeper was built. */\n\n"
	       "#include <linux/filter.h>\n\n"
	       "#include \"sandbox/shipped.h\"\n");
	for (const struct protocol *const *p = protocols; *p != NULL; p++)
		tell_protocol(*p, write_kind);
	for (size_t i = 0; i < NELEM(commands); i++)
		write_kind(&commands[i]);
	write_table();
}

/* --- The manual ----------------------------------------------------------- */

enum { COLUMNS = 78 };

/* A word on the line where there is room, else on a new one. */
static void
write_word(size_t *column, const char *macro, const char *word,
    const char *mark)
{
	const size_t n = strlen(word) + strlen(mark);

	if (*column == 0 || *column + 1 + n > COLUMNS) {
		if (*column != 0)
			putchar('\n');
		*column = strlen(macro);
		printf("%s", macro);
	} else {
		putchar(' ');
		*column += 1;
	}
	*column += n;
	printf("%s%s", word, mark);
}

static void
describe_kind(const struct kind *kind)
{
	size_t column = 0;

	printf(".It Cm %s%s%s\n", kind->name, *kind->how != '\0' ? " No " : "",
	    kind->how);
	write_word(&column, ".Cm ", "@start", "");
	for (const char *const *group = kind->base; *group != NULL; group++)
		write_word(&column, ".Cm ", *group, "");
	if (kind->links)
		write_word(&column, ".Cm ", "@fs-links", "");
	putchar('\n');
	if (kind->choice)
		printf(".Pq with Ic links No = Cm yes No also Cm @fs-links\n");
}

static bool
has_rows(const char *call)
{
	for (const struct row *row = rows; row->call != NULL; row++)
		if (strcmp(row->call, call) == 0)
			return true;
	return false;
}

static void
describe_group(const struct group *group)
{
	size_t column = 0;

	printf(".It Cm %s\n", group->name);
	for (size_t i = 0; group->calls[i] != NULL; i++)
		write_word(&column, "", group->calls[i],
		    has_rows(group->calls[i]) ? "*" : "");
	putchar('\n');
}

static void
generate_manual(void)
{
	printf(".Bl -tag -width Ds\n");
	for (const struct protocol *const *p = protocols; *p != NULL; p++)
		tell_protocol(*p, describe_kind);
	describe_kind(&commands[0]);
	printf(".El\n.Pp\nThe groups are:\n.Bl -tag -width Ds\n");
	for (const struct group *group = groups; group->name != NULL; group++)
		describe_group(group);
	printf(".El\n");
}

int
main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "filters") == 0)
		generate_filters();
	else if (argc == 2 && strcmp(argv[1], "manual") == 0)
		generate_manual();
	else
		fail("usage", "generate filters | manual");
	if (fflush(stdout) == EOF || ferror(stdout))
		fail("output", strerror(errno));
	return 0;
}
