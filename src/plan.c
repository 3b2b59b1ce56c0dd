/* The plan owns what it holds; this is how it lets go of it. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"

static int
find(const struct plan *plan, const char *path, unsigned access)
{
	for (size_t i = 0; i < plan->ngrants; i++)
		if (plan->grants[i].access == access &&
		    strcmp(plan->grants[i].path, path) == 0)
			return (int)i;
	return -1;
}

int
plan_grant(struct plan *plan, const char *path, int fd, unsigned access)
{
	struct area *grants;
	char *copy;
	int i = find(plan, path, access);

	if (i != -1) {
		close(fd);
		return i;
	}
	grants = reallocarray(plan->grants, plan->ngrants + 1, sizeof(*grants));
	copy = strdup(path);
	if (grants != NULL)
		plan->grants = grants;
	if (grants == NULL || copy == NULL) {
		free(copy);
		close(fd);
		return -1;
	}
	grants[plan->ngrants] =
	    (struct area) {.path = copy, .fd = fd, .access = access};
	return (int)plan->ngrants++;
}

void
plan_close(struct plan *plan)
{
	for (size_t i = 0; i < plan->ngrants; i++) {
		if (plan->grants[i].fd != -1)
			close(plan->grants[i].fd);
		plan->grants[i].fd = -1;
	}
}

void
plan_free(struct plan *plan)
{
	plan_close(plan);
	for (size_t i = 0; i < plan->ngrants; i++)
		free(plan->grants[i].path);
	free(plan->grants);
	for (size_t i = 0; i < plan->nquotas; i++)
		free(plan->quotas[i].name);
	free(plan->program);
	free(plan->chdir);
	free(plan->if_changed);
	if (plan->follow != NULL)
		plan_free(plan->follow);
	free(plan->follow);
	list_free(&plan->argv);
	list_free(&plan->calls);
	list_free(&plan->env);
	*plan = (struct plan) {0};
}
