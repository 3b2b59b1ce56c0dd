/* From where and when a key or a rule may be used. */

#include <stdlib.h>

#include "conditions.h"
#include "list.h"
#include "value.h"
#include "why.h"
#include "words.h"

static int
add_net(struct conditions *c, const char *block, struct fault *fault)
{
	struct net *from = reallocarray(c->from, c->nfrom + 1, sizeof(*from));

	if (from == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	c->from = from;
	if (value_net(block, &from[c->nfrom], fault) == -1)
		return -1;
	c->nfrom++;
	return 0;
}

int
conditions_set_from(struct conditions *c, const char *value,
    struct fault *fault)
{
	struct list blocks = {0};
	int ret = words_list(&blocks, value, fault);

	for (size_t i = 0; ret == 0 && i < blocks.n; i++)
		ret = add_net(c, blocks.v[i], fault);
	list_free(&blocks);
	return ret;
}

static bool
is_from(const struct conditions *c, const char *address)
{
	if (c->nfrom == 0)
		return true;
	for (size_t i = 0; address != NULL && i < c->nfrom; i++)
		if (net_holds(&c->from[i], address))
			return true;
	return false;
}

int
conditions_check(const struct conditions *c, const char *address, time_t now,
    struct fault *fault)
{
	if (c->disabled)
		return fault_set(fault, WHY_DISABLED, "enabled = no");
	if (!is_from(c, address))
		return fault_set(fault, WHY_FROM, "from names other addresses");
	if (!hours_hold(&c->hours, now))
		return fault_set(fault, WHY_HOURS, "hours names other times");
	return 0;
}

void
conditions_free(struct conditions *c)
{
	free(c->from);
	hours_free(&c->hours);
	*c = (struct conditions) {0};
}
