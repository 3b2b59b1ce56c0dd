/* The plan owns what it holds; this is how it lets go of it. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"

int
plan_grant(struct plan *plan, const char *path, int fd, unsigned access)
{
	struct area *grants;
	char *copy = strdup(path);

	grants = reallocarray(
	    plan->grants, plan->ngrants + 1, sizeof(*grants));
	if (grants != NULL)
		plan->grants = grants;
	if (grants == NULL || copy == NULL) {
		free(copy);
		close(fd);
		return -1;
	}
	grants[plan->ngrants++] =
	    (struct area) {.path = copy, .fd = fd, .access = access};
	return 0;
}

void
plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->ngrants; i++) {
		close(plan->grants[i].fd);
		free(plan->grants[i].path);
	}
	free(plan->grants);
	free(plan->program);
	free(plan->chdir);
	list_free(&plan->argv);
	list_free(&plan->env);
	*plan = (struct plan) {0};
}
