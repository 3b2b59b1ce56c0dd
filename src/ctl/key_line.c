/* key-line: the line of authorized_keys for a policy, shown or installed. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/account.h"
#include "ctl/forced_line.h"
#include "ctl/key_install.h"
#include "ctl/keyfile.h"
#include "ctl/public_key.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "value.h"
#include "why.h"

struct asked {
	const char *account; /* --install; NULL: the line is shown */
	const char *file; /* --file; NULL: the usual one */
	const char *program; /* --program; NULL: the usual one */
	const char *name;
	const char *key; /* PUBKEY; NULL: those of the policy */
};

/* Without a line, the text says what it is about. */
static int
complain(const char *file, unsigned line, const char *text)
{
	if (line != 0)
		show(stderr, "gatekeeperctl: %s:%u: %s\n", file, line, text);
	else
		show(stderr, "gatekeeperctl: %s\n", text);
	return CTL_WRONG;
}

/* The keys for which there are to be lines, all of them good. */
static int
gather(struct public_keys *keys, const struct asked *asked,
    const struct keyfile *file)
{
	const char *weakness;
	struct fault fault;
	int ret = asked->key != NULL ?
	    public_keys_add(keys, asked->key, &fault) :
	    public_keys_of(keys, file, &fault);

	if (ret == -1)
		return complain(NULL, 0, fault.text);
	for (size_t i = 0; i < keys->n; i++) {
		if (keys->v[i].problem != NULL)
			return complain(keys->v[i].file, keys->v[i].line,
			    keys->v[i].problem);
		weakness = public_key_weakness(&keys->v[i].key);
		if (weakness != NULL)
			complain(keys->v[i].file, keys->v[i].line, weakness);
	}
	if (keys->n > 0)
		return CTL_OK;
	show(stderr,
	    "gatekeeperctl: %s has no public-key: write one, or name the .pub "
	    "file behind the key\n",
	    file->path);
	return CTL_WRONG;
}

static int
install(const struct asked *asked, const struct forced *forced,
    const struct keyfile *file, const struct public_keys *keys)
{
	struct account account;
	struct fault fault;
	int status = CTL_OK;

	if (!list_has(&file->policy.accounts, asked->account)) {
		show(stderr,
		    "gatekeeperctl: %s: account does not name %s: write "
		    "account = %s in [key]\n",
		    file->path, asked->account, asked->account);
		return CTL_WRONG;
	}
	if (account_find(&account, asked->account) == -1) {
		show(stderr,
		    "gatekeeperctl: there is no account %s in /etc/passwd\n",
		    asked->account);
		return CTL_WRONG;
	}
	if (key_install(forced, file, keys, &account, asked->file, &fault) ==
	    -1)
		status = complain(NULL, 0, fault.text);
	account_free(&account);
	return status;
}

static void
print(const struct forced *forced, const struct keyfile *file,
    const struct public_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		char *line = forced_line(forced, file, &keys->v[i].key);

		puts(line);
		free(line);
	}
}

static int
answer(const struct ctl *ctl, const struct asked *asked)
{
	struct public_keys keys = {0};
	struct keyfile file = {0};
	struct forced forced;
	struct fault fault;
	int status;

	if (forced_init(&forced, ctl, asked->program, &fault) == -1)
		return complain(NULL, 0, fault.text);
	if (keyfile_load_key(&file, ctl->dir, asked->name, asked->account,
		&fault) == -1)
		status = complain(file.fault_path, fault.line, fault.text);
	else
		status = gather(&keys, asked, &file);
	if (status == CTL_OK && asked->account != NULL)
		status = install(asked, &forced, &file, &keys);
	else if (status == CTL_OK)
		print(&forced, &file, &keys);
	public_keys_free(&keys);
	keyfile_free(&file);
	return status;
}

int
key_line_verb(const struct ctl *ctl, int argc, char *argv[])
{
	static const struct option options[] = {
	    {"file", required_argument, NULL, 'f'},
	    {"install", required_argument, NULL, 'i'},
	    {"program", required_argument, NULL, 'p'},
	    {NULL, 0, NULL, 0},
	};
	struct asked asked = {0};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'f')
			asked.file = optarg;
		else if (c == 'i')
			asked.account = optarg;
		else if (c == 'p')
			asked.program = optarg;
		else
			return CTL_USAGE;
	}
	if (argc - optind < 1 || argc - optind > 2 ||
	    (asked.file != NULL && asked.account == NULL) ||
	    !value_is_name(argv[optind]))
		return CTL_USAGE;
	asked.name = argv[optind];
	asked.key = argv[optind + 1];
	return answer(ctl, &asked);
}
