/* Accounts, and what files look like to them. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/show.h"
#include "ctl/verb.h"

enum { GROUPS_MAX = 65536 };

static int
find(struct account *account, const char *name, uid_t uid)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *pw;

	*account = (struct account) {0};
	if (f == NULL)
		return -1;
	while ((pw = fgetpwent(f)) != NULL)
		if (name != NULL ? strcmp(pw->pw_name, name) == 0 :
				   pw->pw_uid == uid)
			break;
	fclose(f);
	if (pw == NULL)
		return -1;
	*account = (struct account) {
	    .name = show_need(strdup(pw->pw_name)),
	    .home = show_need(strdup(pw->pw_dir)),
	    .shell = show_need(strdup(pw->pw_shell)),
	    .uid = pw->pw_uid,
	    .gid = pw->pw_gid,
	};
	return 0;
}

int
account_find(struct account *account, const char *name)
{
	return find(account, name, 0);
}

int
account_find_uid(struct account *account, uid_t uid)
{
	return find(account, NULL, uid);
}

void
account_free(struct account *account)
{
	free(account->name);
	free(account->home);
	free(account->shell);
	*account = (struct account) {0};
}

char *
account_name(uid_t uid)
{
	struct account account;
	char *name;

	if (account_find_uid(&account, uid) == -1)
		return show_format("user %lu", (unsigned long)uid);
	name = show_need(strdup(account.name));
	account_free(&account);
	return name;
}

bool
account_has_group(const struct account *account, gid_t gid)
{
	int n = GROUPS_MAX;
	gid_t *groups = show_need(calloc(GROUPS_MAX, sizeof(*groups)));
	bool found = gid == account->gid;

	if (getgrouplist(account->name, account->gid, groups, &n) == -1)
		n = 0;
	for (int i = 0; i < n && !found; i++)
		found = groups[i] == gid;
	free(groups);
	return found;
}

int
account_enter(const struct account *account)
{
	if (geteuid() != 0 || account->uid == 0)
		return 0;
	if (initgroups(account->name, account->gid) == 0 &&
	    setegid(account->gid) == 0 && seteuid(account->uid) == 0)
		return 0;
	account_leave();
	return -1;
}

int
account_become(const struct account *account)
{
	if (geteuid() != 0 || account->uid == 0)
		return 0;
	if (initgroups(account->name, account->gid) == -1 ||
	    setresgid(account->gid, account->gid, account->gid) == -1)
		return -1;
	return setresuid(account->uid, account->uid, account->uid);
}

FILE *
account_fopen(const char *path, off_t max)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	FILE *f;

	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= max &&
	    (f = fdopen(fd, "r")) != NULL)
		return f;
	close(fd);
	errno = EINVAL;
	return NULL;
}

/* Back to root, where this process began as root. The account's groups stay:
 * to root they mean nothing. */
void
account_leave(void)
{
	if (getuid() != 0)
		return;
	if (seteuid(0) == 0 && setegid(getgid()) == 0)
		return;
	perror("gatekeeperctl: becoming root again");
	exit(CTL_TROUBLE);
}
