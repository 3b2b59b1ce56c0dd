/*
 * Public keys of policies and operands: one to a line, as ssh-keygen(1)
 * writes it, and nothing before it. What is not the one spelling of a key is
 * refused, so that two spellings are two keys everywhere.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/account.h"
#include "ctl/keyfile.h"
#include "ctl/public_key.h"
#include "ctl/show.h"
#include "escape.h"
#include "reader.h"
#include "trust.h"
#include "why.h"

#define BLANKS " \t"
#define OPERAND_MAX ((off_t)64 * 1024)
#define RSA_REFUSED 1024 /* sshd's RequiredRSASize, unless it is set */
#define RSA_WEAK 2048

static bool
is_canonical(const struct authorized *key)
{
	char *encoded = show_need(escape_base64(key->blob, key->size));
	bool same = strcmp(encoded, key->encoded) == 0;

	free(encoded);
	return same;
}

/* What is wrong with a line that has only a key on it; NULL: nothing. */
static char *
find_problem(const struct authorized *key)
{
	unsigned bits = authorized_rsa_bits(key);

	if (key->noptions > 0)
		return show_format("options do not stand before a public key "
				   "here: begin with its type");
	if (key->problem != NULL)
		return show_need(strdup(key->problem));
	if (strstr(key->type, "-cert-v01@") != NULL)
		return show_format("a certificate, and not a public key: "
				   "paste the .pub file without -cert");
	if (!is_canonical(key))
		return show_format("the key behind %s is not written as "
				   "ssh-keygen writes it: paste the .pub file",
		    key->type);
	if (strcmp(key->type, "ssh-dss") == 0)
		return show_format("sshd takes no DSA keys any more: make an "
				   "ed25519 key, ssh-keygen -t ed25519");
	if (bits > 0 && bits < RSA_REFUSED)
		return show_format("sshd takes no RSA key of %u bits: make an "
				   "ed25519 key, ssh-keygen -t ed25519",
		    bits);
	return NULL;
}

const char *
public_key_weakness(const struct authorized *key)
{
	unsigned bits = authorized_rsa_bits(key);

	if (bits > 0 && bits < RSA_WEAK)
		return "an RSA key of less than 2048 bits is weak: make an "
		       "ed25519 key, ssh-keygen -t ed25519";
	return NULL;
}

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') ||
		    *text == 0x7f)
			return true;
	return false;
}

/* false: a comment, or an empty line. */
static bool
add(struct public_keys *keys, const char *text, const char *file, unsigned line)
{
	struct authorized key;
	struct public_key *new;

	if (!authorized_read(&key, text)) {
		authorized_free(&key);
		return false;
	}
	keys->v =
	    show_need(reallocarray(keys->v, keys->n + 1, sizeof(*keys->v)));
	new = &keys->v[keys->n++];
	*new = (struct public_key) {
	    .key = key,
	    .file = show_need(strdup(file)),
	    .line = line,
	    .problem = find_problem(&key),
	};
	if (new->problem == NULL && has_control(text))
		new->problem = show_format("there is a control byte in it");
	return true;
}

/* The lines of a file, each of which ends in place. */
static void
add_lines(struct public_keys *keys, char *text, const char *file)
{
	char *next;
	unsigned line = 0;

	for (; text != NULL && *text != '\0'; text = next) {
		next = strchr(text, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (text[0] != '\0' && text[strlen(text) - 1] == '\r')
			text[strlen(text) - 1] = '\0';
		add(keys, text, file, ++line);
	}
}

static int
add_file(struct public_keys *keys, const struct keyfile *file,
    struct fault *fault)
{
	char *path = keyfile_beside(file, file->policy.public_key_file);
	size_t before = keys->n;
	struct trust_text text = {0};
	int ret = trust_read(path, READER_FILE_MAX, &text, fault);

	if (ret == 0 && strlen(text.text) == text.size)
		add_lines(keys, text.text, path);
	if (ret == 0 && keys->n == before)
		ret = fault_set(fault, WHY_POLICY,
		    "%s: there is no public key in it", path);
	free(text.text);
	free(path);
	return ret;
}

int
public_keys_of(struct public_keys *keys, const struct keyfile *file,
    struct fault *fault)
{
	const struct source *source = &file->source;

	for (size_t i = 0; i < source->n; i++)
		if (source_is_in(&source->v[i], NULL) &&
		    strcmp(source->v[i].name, "public-key") == 0)
			add(keys, source->v[i].value, file->path,
			    source->v[i].line);
	if (file->policy.public_key_file == NULL)
		return 0;
	return add_file(keys, file, fault);
}

/* --- operands ------------------------------------------------------------- */

static int
read_operand(struct public_keys *keys, const char *path, struct fault *fault)
{
	FILE *f = account_fopen(path, OPERAND_MAX);
	char *line = NULL;
	size_t size = 0;
	unsigned number = 0;

	if (f == NULL)
		return fault_set(fault, WHY_USAGE,
		    "%s: %s: give a public key, or the .pub file of one", path,
		    errno == EINVAL ? "not a file" : strerror(errno));
	while (getline(&line, &size, f) != -1) {
		line[strcspn(line, "\r\n")] = '\0';
		add(keys, line, path, ++number);
	}
	free(line);
	fclose(f);
	return 0;
}

/* `ssh-ed25519 AAAA...`: no file is called so. */
static bool
is_text(const char *operand)
{
	return strstr(operand, " AAAA") != NULL ||
	    strstr(operand, "\tAAAA") != NULL;
}

int
public_keys_add(struct public_keys *keys, const char *operand,
    struct fault *fault)
{
	size_t before = keys->n;
	const struct public_key *key;

	if (is_text(operand))
		add(keys, operand, "the key", 0);
	else if (read_operand(keys, operand, fault) == -1)
		return -1;
	if (keys->n == before)
		return fault_set(fault, WHY_USAGE,
		    "%s: there is no public key in it", operand);
	key = &keys->v[before];
	if (key->key.type == NULL && !is_text(operand))
		return fault_set(fault, WHY_USAGE,
		    "%s:%u: not a public key: give the .pub file, which "
		    "begins with its type, such as ssh-ed25519",
		    operand, key->line);
	if (keys->n > before + 1)
		return fault_set(fault, WHY_USAGE,
		    "%s: more than one line: give a file with one public key",
		    operand);
	return 0;
}

void
public_keys_free(struct public_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		authorized_free(&keys->v[i].key);
		free(keys->v[i].file);
		free(keys->v[i].problem);
	}
	free(keys->v);
	*keys = (struct public_keys) {0};
}
