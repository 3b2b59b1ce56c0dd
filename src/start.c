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

struct need {
	const char *path;
	unsigned access;
	enum network from; /* which network value calls for it */
};

/* What is missing on a host is left out. Short, and nothing secret in it:
 * a client can fetch each of these through a program that reads files. */
static const struct need needs[] = {
	{"/etc/ld.so.cache", ACCESS_READ, NETWORK_NONE},
	{"/etc/passwd", ACCESS_READ, NETWORK_NONE},
	{"/etc/group", ACCESS_READ, NETWORK_NONE},
	{"/etc/nsswitch.conf", ACCESS_READ, NETWORK_NONE},
	{"/etc/localtime", ACCESS_READ, NETWORK_NONE},
	{"/usr/lib/locale", ACCESS_READ, NETWORK_NONE},
	{"/usr/share/locale", ACCESS_READ, NETWORK_NONE},
	{"/var/lib/sss/mc", ACCESS_READ, NETWORK_NONE},
	{"/dev/null", ACCESS_DEVICE, NETWORK_NONE},
	{"/dev/zero", ACCESS_READ, NETWORK_NONE},
	{"/dev/urandom", ACCESS_READ, NETWORK_NONE},
	{"/etc/hosts", ACCESS_READ, NETWORK_ANY},
	{"/etc/host.conf", ACCESS_READ, NETWORK_ANY},
	{"/etc/resolv.conf", ACCESS_READ, NETWORK_ANY},
	{"/etc/gai.conf", ACCESS_READ, NETWORK_ANY},
	{"/etc/services", ACCESS_READ, NETWORK_ANY},
	{"/etc/protocols", ACCESS_READ, NETWORK_ANY},
};

static int
grant(struct plan *plan, const char *path, int fd, unsigned access,
    struct fault *fault)
{
	if (plan_grant(plan, path, fd, access) == -1)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	return 0;
}

/* The last grant is the program just opened: look into that very file. */
static int
read_start(const struct plan *plan, char *buf, size_t size, size_t *got,
    off_t offset)
{
	char proc[32];
	ssize_t n;
	int fd;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d",
	    plan->grants[plan->ngrants - 1].fd);
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

/* `#!/bin/sh -e` -> /bin/sh */
static char *
script_interpreter(const char *head, size_t size)
{
	size_t begin = 2, end;

	while (begin < size && (head[begin] == ' ' || head[begin] == '\t'))
		begin++;
	for (end = begin; end < size; end++)
		if (strchr(" \t\r\n", head[end]) != NULL)
			break;
	return strndup(head + begin, end - begin);
}

/* The two word sizes differ in nothing but the width of these fields. */
struct segment {
	bool interp;
	uint64_t offset;
	uint64_t size;
};

static bool
elf_segment(const unsigned char *head, const unsigned char *raw,
    struct segment *segment)
{
	if (head[EI_CLASS] == ELFCLASS64) {
		Elf64_Phdr ph;

		memcpy(&ph, raw, sizeof(ph));
		*segment = (struct segment) {
		    ph.p_type == PT_INTERP, ph.p_offset, ph.p_filesz};
	} else {
		Elf32_Phdr ph;

		memcpy(&ph, raw, sizeof(ph));
		*segment = (struct segment) {
		    ph.p_type == PT_INTERP, ph.p_offset, ph.p_filesz};
	}
	return segment->interp;
}

struct table {
	uint64_t offset;
	size_t entry;
	size_t count;
};

static bool
elf_table(const unsigned char *head, struct table *table)
{
	if (head[EI_CLASS] == ELFCLASS64) {
		Elf64_Ehdr eh;

		memcpy(&eh, head, sizeof(eh));
		*table = (struct table) {
		    eh.e_phoff, sizeof(Elf64_Phdr), eh.e_phnum};
		return eh.e_phentsize == sizeof(Elf64_Phdr);
	}
	if (head[EI_CLASS] == ELFCLASS32) {
		Elf32_Ehdr eh;

		memcpy(&eh, head, sizeof(eh));
		*table = (struct table) {
		    eh.e_phoff, sizeof(Elf32_Phdr), eh.e_phnum};
		return eh.e_phentsize == sizeof(Elf32_Phdr);
	}
	return false;
}

/* The loader that the file names; NULL for a static program. */
static int
elf_loader(const struct plan *plan, const unsigned char *head, char **loader)
{
	unsigned char raw[HEADERS_MAX * sizeof(Elf64_Phdr)];
	char path[PATH_MAX];
	struct segment segment;
	struct table table;
	size_t got;

	*loader = NULL;
	if (!elf_table(head, &table) || table.count > HEADERS_MAX ||
	    read_start(plan, (char *)raw, table.count * table.entry, &got,
	    (off_t)table.offset) == -1 || got != table.count * table.entry)
		return -1;
	for (size_t i = 0; i < table.count; i++) {
		if (!elf_segment(head, raw + i * table.entry, &segment))
			continue;
		if (segment.size < 2 || segment.size > sizeof(path) ||
		    read_start(plan, path, (size_t)segment.size, &got,
		    (off_t)segment.offset) == -1 || got != segment.size ||
		    path[got - 1] != '\0')
			return -1;
		*loader = strdup(path);
		return *loader == NULL ? -1 : 0;
	}
	return 0;
}

/* Read on the folder that holds the loader: Debian keeps the libraries of
 * one architecture there, and no programs of note. */
static int
grant_libraries(struct plan *plan, const char *loader, struct fault *fault)
{
	const char *slash = strrchr(loader, '/');
	char *dir = strndup(loader, (size_t)(slash - loader) + (slash == loader));
	int fd, ret;

	if (dir == NULL)
		return fault_set(fault, WHY_MEMORY, "out of memory");
	fd = trust_open(dir, TRUST_RULE, NULL, fault);
	ret = fd == -1 ? -1 : grant(plan, dir, fd, ACCESS_READ, fault);
	free(dir);
	return ret;
}

static int
no_program(const char *path, struct fault *fault)
{
	struct fault found = *fault;

	return fault_set(fault, errno == ENOENT ? WHY_PROGRAM : WHY_EXEC,
	    "%s", found.text[0] != '\0' ? found.text : path);
}

/* Opens a program, grants it, and gives its canonical path. */
static int
grant_program(struct plan *plan, const char *path, char **canonical,
    struct fault *fault)
{
	struct stat st;
	int fd;

	fault->text[0] = '\0';
	fd = trust_open(path, TRUST_RULE, canonical, fault);
	if (fd == -1)
		return no_program(path, fault);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
		close(fd);
		free(*canonical);
		return fault_set(fault, WHY_EXEC,
		    "%s: not an executable file", path);
	}
	if (grant(plan, *canonical, fd, ACCESS_EXECUTE, fault) == -1) {
		free(*canonical);
		return -1;
	}
	return 0;
}

/* What the program just granted is started by: *next, or NULL. */
static int
started_by(const struct plan *plan, const char *path, char **next,
    bool *is_script, struct fault *fault)
{
	unsigned char head[256] = {0};
	size_t got;

	*next = NULL;
	*is_script = false;
	if (read_start(plan, (char *)head, sizeof(head) - 1, &got, 0) == -1)
		return fault_set(fault, WHY_EXEC, "%s: %s: it must be readable "
		    "to be run in a sandbox", path, strerror(errno));
	if (memcmp(head, "#!", 2) == 0) {
		*is_script = true;
		*next = script_interpreter((char *)head, got);
		if (*next == NULL || (*next)[0] != '/') {
			free(*next);
			return fault_set(fault, WHY_EXEC,
			    "%s: its #! line names no absolute path", path);
		}
		return 0;
	}
	if (memcmp(head, ELFMAG, SELFMAG) != 0)
		return fault_set(fault, WHY_EXEC,
		    "%s: neither a program nor a #! script", path);
	if (elf_loader(plan, head, next) == -1)
		return fault_set(fault, WHY_EXEC,
		    "%s: its program headers cannot be read", path);
	return 0;
}

/* A program and all that starts it. *first is its canonical path. */
static int
grant_chain(struct plan *plan, const char *path, char **first,
    struct fault *fault)
{
	char *canonical = NULL, *next = NULL;
	bool script = true;
	int ret = 0;

	*first = NULL;
	for (int i = 0; i < INTERPRETERS_MAX && script; i++) {
		ret = grant_program(plan, next != NULL ? next : path,
		    &canonical, fault);
		free(next);
		next = NULL;
		if (ret == 0)
			ret = started_by(plan, canonical, &next, &script,
			    fault);
		else
			canonical = NULL;
		if (*first == NULL)
			*first = canonical;
		else
			free(canonical);
		if (ret == -1)
			return -1;
	}
	if (script)
		ret = fault_set(fault, WHY_EXEC, "%s: too many #! lines", path);
	else if (next != NULL && (ret = grant_program(plan, next, &canonical,
	    fault)) == 0) {
		ret = grant_libraries(plan, canonical, fault);
		free(canonical);
	}
	free(next);
	return ret;
}

int
start_program(struct plan *plan, const char *path, struct fault *fault)
{
	return grant_chain(plan, path, &plan->program, fault);
}

int
start_also(struct plan *plan, const char *path, struct fault *fault)
{
	char *canonical;
	int ret = grant_chain(plan, path, &canonical, fault);

	free(canonical);
	return ret;
}

int
start_system(struct plan *plan, struct fault *fault)
{
	struct fault missing;
	int fd;

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (needs[i].from > plan->network)
			continue;
		fd = trust_open(needs[i].path, TRUST_RULE, NULL, &missing);
		if (fd != -1 && grant(plan, needs[i].path, fd,
		    needs[i].access, fault) == -1)
			return -1;
	}
	return 0;
}
