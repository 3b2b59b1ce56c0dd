/* The requests of a key, each different one once. The bytes are hostile, and
 * compared as they are. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/account.h"
#include "ctl/show.h"
#include "ctl/traffic.h"
#include "request.h"
#include "why.h"

#define VARIABLE "SSH_ORIGINAL_COMMAND="

static const char *
variable(const struct seen *seen)
{
	return seen->env[0] != NULL ? seen->env[0] : "";
}

/* FNV-1a: a client can make them collide, and is slowed by TRAFFIC_MAX. */
static size_t
hash(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 32);
}

/* Where it stands in the index, or would. */
static size_t
slot_of(const struct traffic *t, const char *text)
{
	size_t slot = hash(text) & (t->size - 1);

	while (t->index[slot] != 0 &&
	    strcmp(variable(t->v[t->index[slot] - 1]), text) != 0)
		slot = (slot + 1) & (t->size - 1);
	return slot;
}

static void
grow(struct traffic *t)
{
	size_t size = t->size == 0 ? 256 : 2 * t->size;

	if (2 * t->n < t->size)
		return;
	free(t->index);
	t->index = show_need(calloc(size, sizeof(*t->index)));
	t->size = size;
	t->v = show_need(reallocarray(t->v, size, sizeof(struct seen *)));
	for (size_t i = 0; i < t->n; i++)
		t->index[slot_of(t, variable(t->v[i]))] = i + 1;
}

static char *
copy(const char *text)
{
	return text != NULL ? show_need(strdup(text)) : NULL;
}

/* As explain does it: the request is the account's, whoever reads the log. */
static void
read_request(const struct traffic *t, struct seen *seen)
{
	char name[] = "gatekeeper", option[] = "-d";
	char *dir = copy(t->dir), *key = copy(t->key);
	char *argv[] = {name, option, dir, key, NULL};
	struct request *req = &seen->request;
	struct fault fault;

	if (request_read(req, 4, argv, seen->env, &fault) == -1)
		show(stderr, "gatekeeperctl: %s\n", fault.text);
	free(req->account);
	free(req->home);
	free(req->shell);
	req->account = copy(t->account->name);
	req->home = copy(t->account->home);
	req->shell = copy(t->account->shell);
	req->uid = t->account->uid;
	req->dir = t->dir;
	req->key = t->key;
	free(dir);
	free(key);
}

/* Takes the variable over. NULL: there are too many already. */
static struct seen *
insert(struct traffic *t, char *text)
{
	size_t slot = slot_of(t, text != NULL ? text : "");
	struct seen *seen;

	if (t->index[slot] != 0) {
		free(text);
		return t->v[t->index[slot] - 1];
	}
	if (t->n == TRAFFIC_MAX) {
		free(text);
		return NULL;
	}
	seen = show_need(calloc(1, sizeof(*seen)));
	seen->env[0] = text;
	read_request(t, seen);
	t->v[t->n++] = seen;
	t->index[slot] = t->n;
	return seen;
}

void
traffic_add(struct traffic *t, const char *command, bool observed)
{
	struct seen *seen;

	grow(t);
	seen = insert(t,
	    command != NULL ? show_format(VARIABLE "%s", command) : NULL);
	if (seen == NULL)
		t->left_out++;
	else if (observed)
		seen->observed++;
	else
		seen->refused++;
}

void
traffic_free(struct traffic *t)
{
	for (size_t i = 0; i < t->n; i++) {
		request_free(&t->v[i]->request);
		free(t->v[i]->env[0]);
		free(t->v[i]);
	}
	free(t->v);
	free(t->index);
	*t = (struct traffic) {0};
}
