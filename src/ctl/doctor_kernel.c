/* doctor: the kernel, and what sandboxes get from it. */

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "ctl/show.h"
#include "sandbox/landlock.h"
#include "sandbox/listener.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define KERNEL "kernel"

/* Debian 12's headers do not have these. */
#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define SYNC_WAKE_UP 1ULL

enum { ABI_OLDEST = 2 };

/* What each ABI of Landlock added, and what there is in an older kernel. */
static const struct {
	int abi;
	const char *kernel;
	const char *right;
	const char *without;
} rights[] = {
    {1, "5.13", "files and directories by path", "nothing runs"},
    {2, "5.19", "renaming between directories", "nothing runs"},
    {3, "6.2", "truncating files", "the filter sees to it"},
    {4, "6.7", "TCP ports",
	"rules with network = connect or bind are refused; the filter sees to "
	"all others"},
    {5, "6.10", "ioctl of devices", "the filter sees to it"},
    {6, "6.12", "signals and abstract sockets",
	"the filter sees to it, but rules with command, and rdist, can signal "
	"processes of the account"},
    {7, "6.15", "denials in the kernel's audit log", "they are not logged"},
    {9, "7.1", "local sockets by path",
	"rules with network = unix are refused"},
};

/* What a child finds out, who may install a filter. */
enum {
	LISTENER = 1, /* there may be one */
	BUSY = 2, /* somebody has one already */
	KILLABLE = 4,
	SYNC = 8
};

static int
install(unsigned long flags)
{
	struct sock_filter allow[] = {
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {.len = 1, .filter = allow};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, &program);
}

static int
probe(void)
{
	int found = 0, fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return 0;
	fd = install(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
	if (fd != -1)
		found |= KILLABLE;
	else if (errno != EBUSY)
		fd = install(0);
	if (fd == -1)
		return errno == EBUSY ? BUSY : 0;
	found |= LISTENER;
	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP) == 0)
		found |= SYNC;
	return found;
}

static int
probe_in_child(void)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		_exit(probe());
	if (child == -1 || waitpid(child, &status, 0) != child ||
	    !WIFEXITED(status))
		return 0;
	return WEXITSTATUS(status);
}

/* --- findings ------------------------------------------------------------- */

static void
find_landlock(struct doctor *doctor, int abi)
{
	const bool optional = doctor->policies.settings.landlock_optional;
	char lsm[256] = "";
	FILE *f = fopen("/sys/kernel/security/lsm", "re");

	if (f != NULL) {
		if (fgets(lsm, sizeof(lsm), f) == NULL)
			lsm[0] = '\0';
		fclose(f);
	}
	lsm[strcspn(lsm, "\n")] = '\0';
	if (abi == 0)
		findings_add(&doctor->found, optional ? WARNING : ERROR, KERNEL,
		    0,
		    "there is no Landlock: start Linux 5.19 or later with "
		    "lsm=landlock%s%s",
		    lsm[0] != '\0' ? "," : "", lsm);
	else if (abi < ABI_OLDEST)
		findings_add(&doctor->found, optional ? WARNING : ERROR, KERNEL,
		    0,
		    "Landlock cannot rename between directories: install "
		    "Linux 5.19 or later");
}

static void
find_listener(struct doctor *doctor, int found)
{
	struct fault fault;

	if (listener_check(&fault) == -1)
		findings_add(&doctor->found, ERROR, KERNEL, 0, "%s",
		    fault.text);
	else if (found & BUSY)
		findings_add(&doctor->found, ERROR, KERNEL, 0,
		    "a seccomp listener holds this process already, and there "
		    "cannot be two (EBUSY): nothing runs; start sshd outside "
		    "of the container, or the container without seccomp "
		    "notification");
	else if (!(found & LISTENER))
		findings_add(&doctor->found, ERROR, KERNEL, 0,
		    "no seccomp listener can be had: start sshd where "
		    "seccomp(2) is permitted");
}

/* --- facts ---------------------------------------------------------------- */

static void
tell_rights(struct doctor *doctor, int abi)
{
	char *kept = NULL;
	size_t size;
	FILE *f = show_need(open_memstream(&kept, &size));

	fprintf(f, "ABI %d", abi);
	for (size_t i = 0; i < NELEM(rights); i++)
		if (rights[i].abi <= abi)
			fprintf(f, "%s%s", i == 0 ? ": " : "; ",
			    rights[i].right);
	fclose(f);
	doctor_fact(doctor, "landlock", show_need(kept));
	for (size_t i = 0; i < NELEM(rights); i++)
		if (rights[i].abi > abi)
			doctor_fact(doctor, "landlock-missing",
			    show_format("%s (Linux %s): %s", rights[i].right,
				rights[i].kernel, rights[i].without));
}

static char *
word(bool there, const char *without)
{
	return show_format("%s%s", there ? "yes" : "no", there ? "" : without);
}

void
doctor_kernel(struct doctor *doctor)
{
	const int abi = landlock_abi(), found = probe_in_child();
	const bool mdwe = prctl(PR_GET_MDWE, 0, 0, 0, 0) != -1;
	struct utsname host;

	if (uname(&host) == 0)
		doctor_fact(doctor, KERNEL,
		    show_format("%s %s %s", host.sysname, host.release,
			host.machine));
	tell_rights(doctor, abi);
	doctor_fact(doctor, "seccomp-listener",
	    word(found & LISTENER, ": programs are not held to one"));
	doctor_fact(doctor, "wait-killable",
	    word(found & KILLABLE,
		" (Linux 5.19): a program's timers can hold up its watcher"));
	doctor_fact(doctor, "sync-wake-up",
	    word(found & SYNC,
		" (Linux 6.6): denied calls of watched rules take longer"));
	doctor_fact(doctor, "mdwe",
	    word(mdwe, " (Linux 6.3): the filter sees to it"));
	find_landlock(doctor, abi);
	find_listener(doctor, found);
}
