/*
 * What a program needs to start, as grants. Programs are root's choice, so
 * their headers are read as facts, but read with care all the same.
 */

#include <sys/stat.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "plan.h"
#include "start.h"
#include "trust.h"
#include "why.h"

/* The kernel follows interpreters of interpreters this far. */
#define INTERPRETERS_MAX 5
#define HEADERS_MAX 64
/* As many bytes of a file as the kernel looks at. */
#define HEAD_BYTES 256

struct need {
	const char *path;
	unsigned access;
	bool resolves; /* only where the network is there to be asked */
};

/* What is missing on a host is left out. Short, and nothing secret in it:
 * a client can fetch each of these through a program that reads files. */
static const struct need needs[] = {
    {"/etc/ld.so.cache", ACCESS_READ, false},
    {"/etc/passwd", ACCESS_READ, false},
    {"/etc/group", ACCESS_READ, false},
    {"/etc/nsswitch.conf", ACCESS_READ, false},
    {"/etc/localtime", ACCESS_READ, false},
    {"/usr/lib/locale", ACCESS_READ, false},
    {"/usr/share/locale", ACCESS_READ, false},
    {"/var/lib/sss/mc", ACCESS_READ, false},
    {"/dev/null", ACCESS_DEVICE, false},
    {"/dev/zero", ACCESS_READ, false},
    {"/dev/urandom", ACCESS_READ, false},
    {"/etc/hosts", ACCESS_READ, true},
    {"/etc/host.conf", ACCESS_READ, true},
    {"/etc/resolv.conf", ACCESS_READ, true},
    {"/etc/gai.conf", ACCESS_READ, true},
    {"/etc/services", ACCESS_READ, true},
    {"/etc/protocols", ACCESS_READ, true},
};

/* How a program comes to run, and by what. */
struct start {
	enum { START_STATIC, START_SCRIPT, START_LOADER } kind;
	char by[PATH_MAX];
};

static int
grant(struct plan *plan, const char *path, int fd, unsigned access,
    struct fault *fault)
{
	int i = plan_grant(plan, path, fd, access);

	if (i == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return i;
}

/* Looks into the very file that was granted, whatever its name means now. */
static int
read_at(const struct area *program, void *buf, size_t size, size_t *got,
    off_t offset)
{
	char proc[32];
	ssize_t n;
	int fd;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", program->fd);
	fd = open(proc, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = pread(fd, buf, size, offset);
	close(fd);
	if (n < 0)
		return -1;
	*got = (size_t)n;
	return 0;
}

/* `#!/bin/sh -e` is started by /bin/sh. */
static int
find_interpreter(struct start *start, const char *head, size_t size)
{
	size_t begin = strlen("#!"), len = 0;

	while (begin < size && (head[begin] == ' ' || head[begin] == '\t'))
		begin++;
	while (
	    begin + len < size && strchr(" \t\r\n", head[begin + len]) == NULL)
		len++;
	if (begin + len == size || len >= sizeof(start->by) ||
	    head[begin] != '/')
		return -1;
	memcpy(start->by, head + begin, len);
	start->by[len] = '\0';
	start->kind = START_SCRIPT;
	return 0;
}

/* Where the program headers are; the word sizes differ in field widths. */
struct table {
	uint64_t offset;
	size_t entry;
	size_t count;
};

static int
find_table(struct table *table, const unsigned char *head)
{
	if (head[EI_CLASS] == ELFCLASS64) {
		Elf64_Ehdr eh;

		memcpy(&eh, head, sizeof(eh));
		*table =
		    (struct table) {eh.e_phoff, sizeof(Elf64_Phdr), eh.e_phnum};
		return eh.e_phentsize == sizeof(Elf64_Phdr) ? 0 : -1;
	}
	if (head[EI_CLASS] == ELFCLASS32) {
		Elf32_Ehdr eh;

		memcpy(&eh, head, sizeof(eh));
		*table =
		    (struct table) {eh.e_phoff, sizeof(Elf32_Phdr), eh.e_phnum};
		return eh.e_phentsize == sizeof(Elf32_Phdr) ? 0 : -1;
	}
	return -1;
}

struct segment {
	uint32_t type;
	uint64_t offset;
	uint64_t size;
};

static struct segment
read_segment(const unsigned char *raw, size_t entry)
{
	if (entry == sizeof(Elf64_Phdr)) {
		Elf64_Phdr ph;

		memcpy(&ph, raw, sizeof(ph));
		return (struct segment) {ph.p_type, ph.p_offset, ph.p_filesz};
	} else {
		Elf32_Phdr ph;

		memcpy(&ph, raw, sizeof(ph));
		return (struct segment) {ph.p_type, ph.p_offset, ph.p_filesz};
	}
}

/* A dynamic program names its loader; a static one has none. */
static int
find_loader(struct start *start, const struct area *program,
    const unsigned char *head)
{
	unsigned char raw[HEADERS_MAX * sizeof(Elf64_Phdr)];
	struct segment segment;
	struct table table;
	size_t got;

	if (find_table(&table, head) == -1 || table.count > HEADERS_MAX ||
	    read_at(program, raw, table.count * table.entry, &got,
		(off_t)table.offset) == -1 ||
	    got != table.count * table.entry)
		return -1;
	start->kind = START_STATIC;
	for (size_t i = 0; i < table.count; i++) {
		segment = read_segment(raw + i * table.entry, table.entry);
		if (segment.type != PT_INTERP)
			continue;
		if (segment.size < 2 || segment.size > sizeof(start->by) ||
		    read_at(program, start->by, (size_t)segment.size, &got,
			(off_t)segment.offset) == -1 ||
		    got != segment.size || start->by[got - 1] != '\0')
			return -1;
		start->kind = START_LOADER;
		return 0;
	}
	return 0;
}

static int
find_start(struct start *start, const struct area *program, struct fault *fault)
{
	unsigned char head[HEAD_BYTES] = {0};
	size_t got;

	if (read_at(program, head, sizeof(head), &got, 0) == -1)
		return fault_set(fault, WHY_EXEC,
		    "%s: %s: it must be readable "
		    "to be run in a sandbox",
		    program->path, strerror(errno));
	if (memcmp(head, "#!", 2) == 0) {
		if (find_interpreter(start, (const char *)head, got) == 0)
			return 0;
		return fault_set(fault, WHY_EXEC,
		    "%s: its #! line names no "
		    "absolute path",
		    program->path);
	}
	if (memcmp(head, ELFMAG, SELFMAG) != 0)
		return fault_set(fault, WHY_EXEC,
		    "%s: neither a program nor "
		    "a #! script",
		    program->path);
	if (find_loader(start, program, head) == -1)
		return fault_set(fault, WHY_EXEC,
		    "%s: its program headers "
		    "cannot be read",
		    program->path);
	return 0;
}

/* Opens a program and grants it: the index of the grant. */
static int
grant_program(struct plan *plan, const char *path, struct fault *fault)
{
	struct fault found;
	struct stat st;
	char *canonical;
	int fd, i;

	fd = trust_open(path, TRUST_RULE, &canonical, &found);
	if (fd == -1)
		return fault_set(fault,
		    errno == ENOENT ? WHY_PROGRAM : WHY_EXEC, "%s", found.text);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
		close(fd);
		i = fault_set(fault, WHY_EXEC, "%s: not an executable file",
		    path);
	} else {
		i = grant(plan, canonical, fd, ACCESS_EXECUTE, fault);
	}
	free(canonical);
	return i;
}

/* The loader, and read on its folder: Debian keeps the libraries of one
 * architecture there, and no programs of note. */
static int
grant_loader(struct plan *plan, const char *path, struct fault *fault)
{
	int i = grant_program(plan, path, fault), fd, ret = -1;
	char *folder, *slash;

	if (i == -1)
		return -1;
	folder = strdup(plan->grants[i].path);
	if (folder == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	fd = trust_open(folder, TRUST_RULE, NULL, fault);
	if (fd != -1)
		ret = grant(plan, folder, fd, ACCESS_READ, fault);
	free(folder);
	return ret == -1 ? -1 : 0;
}

/* A program and all that starts it: the index of the program's grant. */
static int
grant_chain(struct plan *plan, const char *path, struct fault *fault)
{
	struct start start = {0};
	int first = -1, i;

	for (int n = 0; n < INTERPRETERS_MAX; n++) {
		i = grant_program(plan, path, fault);
		if (i == -1 ||
		    find_start(&start, &plan->grants[i], fault) == -1)
			return -1;
		if (first == -1)
			first = i;
		if (start.kind == START_STATIC)
			return first;
		if (start.kind == START_LOADER)
			return grant_loader(plan, start.by, fault) == -1 ?
			    -1 :
			    first;
		path = start.by;
	}
	return fault_set(fault, WHY_EXEC, "%s: its #! lines go on and on",
	    plan->grants[first].path);
}

int
start_program(struct plan *plan, const char *path, struct fault *fault)
{
	int i = grant_chain(plan, path, fault);

	if (i == -1)
		return -1;
	plan->program = strdup(plan->grants[i].path);
	if (plan->program == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

int
start_also(struct plan *plan, const char *path, struct fault *fault)
{
	return grant_chain(plan, path, fault) == -1 ? -1 : 0;
}

int
start_system(struct plan *plan, struct fault *fault)
{
	const unsigned asks = NETWORK_CONNECT | NETWORK_BIND | NETWORK_ANY;
	struct fault missing;
	int fd;

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (needs[i].resolves && !(plan->network & asks))
			continue;
		fd = trust_open(needs[i].path, TRUST_RULE, NULL, &missing);
		if (fd != -1 &&
		    grant(plan, needs[i].path, fd, needs[i].access, fault) ==
			-1)
			return -1;
	}
	return 0;
}
