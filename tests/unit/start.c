/*
 * start.c: what a program is granted to start, and no more; scripts, static
 * and dynamic programs, and files that only look like one.
 */

#include <elf.h>
#include <errno.h>
#include <unistd.h>

#include "plan.h"
#include "scratch.h"
#include "start.h"
#include "why.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static const struct area *
find(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->ngrants; i++)
		if (strcmp(plan->grants[i].path, path) == 0)
			return &plan->grants[i];
	return NULL;
}

/* Each grant is an O_PATH descriptor of what its path names. */
static void
check_grants(const struct plan *plan)
{
	for (size_t i = 0; i < plan->ngrants; i++) {
		const struct area *grant = &plan->grants[i];
		struct stat a, b;

		assert_int_equal(fstat(grant->fd, &a), 0);
		assert_int_equal(stat(grant->path, &b), 0);
		assert_true(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
		assert_true(fcntl(grant->fd, F_GETFL) & O_PATH);
		assert_int_equal(fcntl(grant->fd, F_GETFD), FD_CLOEXEC);
		/* Nothing that a program starts with is written. */
		assert_true(grant->access == ACCESS_READ ||
		    grant->access == ACCESS_EXECUTE ||
		    grant->access == ACCESS_DEVICE);
	}
}

/* A dynamic program of the system: itself, its loader, and the libraries
 * beside that. */
static void
test_dynamic(void **state)
{
	struct plan plan = {0};
	struct fault fault;
	char *folder;

	(void)state;
	assert_int_equal(start_program(&plan, "/bin/cat", &fault), 0);
	assert_string_equal(plan.program, "/usr/bin/cat");
	check_grants(&plan);
	assert_int_equal(plan.ngrants, 3);
	assert_string_equal(plan.grants[0].path, "/usr/bin/cat");
	assert_int_equal(plan.grants[0].access, ACCESS_EXECUTE);
	assert_non_null(strstr(plan.grants[1].path, "/ld-linux"));
	assert_int_equal(plan.grants[1].access, ACCESS_EXECUTE);
	folder = strdup(plan.grants[1].path);
	*strrchr(folder, '/') = '\0';
	assert_string_equal(plan.grants[2].path, folder);
	assert_int_equal(plan.grants[2].access, ACCESS_READ);
	/* What can be read can be run, through the loader. */
	assert_string_not_equal(folder, "/usr/lib");
	assert_string_not_equal(folder, "/usr/lib64");
	free(folder);
	plan_free(&plan);
}

static void
test_script(void **state)
{
	static const char *const texts[] = {"#!/bin/cat\n", "#! /bin/cat -e\n",
	    "#!\t /bin/cat\t-e\n", "#!/bin/cat \nrest\n", "#!/usr/bin/cat\n"};

	(void)state;
	scratch_make();
	for (size_t i = 0; i < NELEM(texts); i++) {
		struct plan plan = {0};
		struct fault fault;

		scratch_file("ROOT/script", 0755, texts[i]);
		if (start_program(&plan, scratch_text("ROOT/script"), &fault) ==
		    -1)
			fail_msg("%s%s", texts[i], fault.text);
		assert_string_equal(plan.program, scratch_text("ROOT/script"));
		check_grants(&plan);
		assert_int_equal(plan.ngrants, 4);
		assert_ptr_equal(find(&plan, plan.program), &plan.grants[0]);
		assert_ptr_equal(find(&plan, "/usr/bin/cat"), &plan.grants[1]);
		assert_int_equal(plan.grants[0].access, ACCESS_EXECUTE);
		assert_int_equal(plan.grants[1].access, ACCESS_EXECUTE);
		plan_free(&plan);
	}
}

static void
chain(int length)
{
	for (int i = 0; i < length; i++) {
		char name[32], text[64];

		snprintf(name, sizeof(name), "ROOT/s%d", i);
		if (i + 1 < length)
			snprintf(text, sizeof(text), "#!ROOT/s%d\n", i + 1);
		else
			snprintf(text, sizeof(text), "#!/bin/cat\n");
		scratch_file(name, 0755, text);
	}
}

/* Four scripts are followed to a program, about as far as the kernel goes. */
static void
test_script_chain(void **state)
{
	struct plan plan = {0};
	struct fault fault;

	(void)state;
	scratch_make();
	chain(4);
	assert_int_equal(start_program(&plan, scratch_text("ROOT/s0"), &fault),
	    0);
	assert_string_equal(plan.program, scratch_text("ROOT/s0"));
	assert_int_equal(plan.ngrants, 7);
	plan_free(&plan);
	chain(5);
	assert_int_equal(start_program(&plan, scratch_text("ROOT/s0"), &fault),
	    -1);
	assert_int_equal(fault.why, WHY_EXEC);
	assert_non_null(strstr(fault.text, scratch_text("ROOT/s0: ")));
	assert_null(plan.program);
	plan_free(&plan);
	/* One that starts itself. */
	scratch_file("ROOT/s1", 0755, "#!ROOT/s1\n");
	assert_int_equal(start_program(&plan, scratch_text("ROOT/s1"), &fault),
	    -1);
	assert_int_equal(fault.why, WHY_EXEC);
	plan_free(&plan);
}

struct row {
	const char *path;
	enum why why;
	const char *part;
};

static void
check_refused(const struct row *row)
{
	struct plan plan = {0};
	struct fault fault = {0};

	errno = row->why == WHY_PROGRAM ? 0 : ENOENT;
	if (start_program(&plan, scratch_text(row->path), &fault) != -1)
		fail_msg("accepted: %s", row->path);
	if (fault.why != row->why ||
	    strstr(fault.text, scratch_text(row->part)) == NULL)
		fail_msg("%s: %s: %s", row->path, why_name(fault.why),
		    fault.text);
	assert_null(plan.program);
	plan_free(&plan);
	assert_int_equal(start_also(&plan, scratch_text(row->path), &fault),
	    -1);
	assert_int_equal(fault.why, row->why);
	plan_free(&plan);
}

static void
test_refused(void **state)
{
	static const struct row rows[] = {
	    {"ROOT/none", WHY_PROGRAM, "ROOT/none: No such file"},
	    {"ROOT/none/x", WHY_PROGRAM, "ROOT/none: No such file"},
	    {"ROOT/plain", WHY_EXEC, "ROOT/plain: not an executable file"},
	    {"ROOT/folder", WHY_EXEC, "ROOT/folder: not an executable file"},
	    {"/dev/null", WHY_EXEC, "/dev/null: not an executable file"},
	    {"relative", WHY_EXEC, "relative: not an absolute path"},
	    {"ROOT/plain/x", WHY_EXEC, "Not a directory"},
	    {"ROOT/open/link", WHY_EXEC, "ROOT/open/link: a symbolic link"},
	    {"ROOT/empty", WHY_EXEC, "neither a program nor"},
	    {"ROOT/text", WHY_EXEC, "neither a program nor"},
	    {"ROOT/no-interpreter", WHY_EXEC, "no absolute path"},
	    {"ROOT/only-blanks", WHY_EXEC, "no absolute path"},
	    {"ROOT/relative", WHY_EXEC, "no absolute path"},
	    {"ROOT/gone", WHY_PROGRAM, "/nonexistent: No such file"},
	    {"ROOT/not-executable", WHY_EXEC, "ROOT/plain: not an exec"},
	    {"ROOT/elf-short", WHY_EXEC, "program headers"},
	};

	(void)state;
	scratch_make();
	scratch_folder("ROOT/folder", 0755);
	scratch_folder("ROOT/open", 0777);
	scratch_link("ROOT/open/link", "/bin/cat");
	scratch_file("ROOT/plain", 0644, "#!/bin/cat\n");
	scratch_file("ROOT/empty", 0755, "");
	scratch_file("ROOT/text", 0755, "cat /etc/passwd\n");
	scratch_file("ROOT/no-interpreter", 0755, "#!\n");
	scratch_file("ROOT/only-blanks", 0755, "#! \t\n/bin/cat\n");
	scratch_file("ROOT/relative", 0755, "#!cat\n");
	scratch_file("ROOT/gone", 0755, "#!/nonexistent/sh\n");
	scratch_file("ROOT/not-executable", 0755, "#!ROOT/plain\n");
	scratch_file("ROOT/elf-short", 0755, "\177ELF\002");
	for (size_t i = 0; i < NELEM(rows); i++)
		check_refused(&rows[i]);
	if (geteuid() == 0)
		return;
	scratch_file("ROOT/text", 0111, "#!/bin/cat\n");
	check_refused(
	    &(struct row) {"ROOT/text", WHY_EXEC, "must be readable"});
}

/* Where the kernel's own view of a #! line ends: what is cut there would
 * name another program. */
static void
test_long_interpreter(void **state)
{
	char text[300] = "#!";
	const char *rest;

	(void)state;
	scratch_make();
	memset(text + 2, '/', sizeof(text) - 3);
	rest = "bin/cat";
	memcpy(text + 256 - strlen(rest), rest, strlen(rest));
	text[256] = '-';
	text[257] = '\n';
	scratch_file("ROOT/long", 0755, text);
	check_refused(&(struct row) {"ROOT/long", WHY_EXEC, "#! line"});
}

/* A program made by hand: one header, one program header, then the loader's
 * name. */
struct program {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	char loader[8192];
};

static struct program
make_program(const char *loader)
{
	struct program p = {
	    .eh = {.e_phoff = sizeof(p.eh),
		.e_phentsize = sizeof(p.ph),
		.e_phnum = 1},
	    .ph = {.p_type = PT_INTERP,
		.p_offset = offsetof(struct program, loader)},
	};

	memcpy(p.eh.e_ident, ELFMAG, SELFMAG);
	p.eh.e_ident[EI_CLASS] = ELFCLASS64;
	snprintf(p.loader, sizeof(p.loader), "%s", loader);
	p.ph.p_filesz = strlen(p.loader) + 1;
	return p;
}

static int
start_made(const struct program *p, struct plan *plan, struct fault *fault)
{
	const char *path = scratch_text("ROOT/made");
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(p, sizeof(*p), 1, f), 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0755), 0);
	*plan = (struct plan) {0};
	return start_program(plan, path, fault);
}

static void
test_made(void **state)
{
	struct program p;
	struct plan plan;
	struct fault fault;

	(void)state;
	scratch_make();
	scratch_folder("ROOT/lib", 0755);
	scratch_file("ROOT/lib/ld.so", 0755, "");
	p = make_program(scratch_text("ROOT/lib/ld.so"));
	assert_int_equal(start_made(&p, &plan, &fault), 0);
	assert_int_equal(plan.ngrants, 3);
	assert_int_equal(find(&plan, scratch_text("ROOT/lib/ld.so"))->access,
	    ACCESS_EXECUTE);
	assert_int_equal(find(&plan, scratch_text("ROOT/lib"))->access,
	    ACCESS_READ);
	plan_free(&plan);
	/* Static: nothing but itself. */
	p.ph.p_type = PT_LOAD;
	assert_int_equal(start_made(&p, &plan, &fault), 0);
	assert_int_equal(plan.ngrants, 1);
	plan_free(&plan);
	p.eh.e_phnum = 0;
	assert_int_equal(start_made(&p, &plan, &fault), 0);
	assert_int_equal(plan.ngrants, 1);
	plan_free(&plan);
}

static void
refuse_made(const struct program *p, enum why why, const char *part)
{
	struct plan plan;
	struct fault fault = {0};

	assert_int_equal(start_made(p, &plan, &fault), -1);
	if (fault.why != why || strstr(fault.text, part) == NULL)
		fail_msg("%s: %s", why_name(fault.why), fault.text);
	plan_free(&plan);
}

/* Headers that lie about sizes and places. */
static void
test_made_wrong(void **state)
{
	const struct program good = make_program("/bin/cat");
	static const uint64_t sizes[] = {0, 1, 3, PATH_MAX + 1,
	    sizeof(good.loader) + 1, UINT64_MAX, (uint64_t)1 << 63};
	static const uint64_t offsets[] = {sizeof(good), 1 << 20,
	    (uint64_t)1 << 62, (uint64_t)1 << 63, UINT64_MAX, UINT64_MAX - 63};
	struct program p;

	(void)state;
	scratch_make();
	for (size_t i = 0; i < NELEM(sizes); i++) {
		p = good;
		p.ph.p_filesz = sizes[i];
		refuse_made(&p, WHY_EXEC, "program headers");
	}
	for (size_t i = 0; i < NELEM(offsets); i++) {
		p = good;
		p.ph.p_offset = offsets[i];
		refuse_made(&p, WHY_EXEC, "program headers");
		p = good;
		p.eh.e_phoff = offsets[i];
		refuse_made(&p, WHY_EXEC, "program headers");
	}
	p = good;
	p.eh.e_phnum = 65;
	refuse_made(&p, WHY_EXEC, "program headers");
	p = good;
	p.eh.e_phnum = UINT16_MAX;
	refuse_made(&p, WHY_EXEC, "program headers");
	p = good;
	p.eh.e_phentsize--;
	refuse_made(&p, WHY_EXEC, "program headers");
	p = good;
	p.eh.e_ident[EI_CLASS] = ELFCLASS32;
	refuse_made(&p, WHY_EXEC, "program headers");
	p.eh.e_ident[EI_CLASS] = 3;
	refuse_made(&p, WHY_EXEC, "program headers");
	p = make_program("ld.so");
	refuse_made(&p, WHY_EXEC, "not an absolute path");
	p = make_program("/nonexistent/ld.so");
	refuse_made(&p, WHY_PROGRAM, "No such file");
}

/* `execute`: more programs, and the plan's own stays. */
static void
test_also(void **state)
{
	struct plan plan = {0};
	struct fault fault;

	(void)state;
	assert_int_equal(start_program(&plan, "/bin/cat", &fault), 0);
	assert_int_equal(start_also(&plan, "/bin/mv", &fault), 0);
	assert_string_equal(plan.program, "/usr/bin/cat");
	assert_non_null(find(&plan, "/usr/bin/mv"));
	assert_int_equal(find(&plan, "/usr/bin/mv")->access, ACCESS_EXECUTE);
	assert_null(find(&plan, "/usr/bin/ls"));
	check_grants(&plan);
	plan_free(&plan);
}

/* The system's files by name, with nothing of use to a thief. */
static void
test_system(void **state)
{
	static const char *const never[] = {"/", "/etc", "/etc/shadow", "/usr",
	    "/usr/bin", "/bin", "/usr/sbin", "/usr/lib", "/lib", "/proc",
	    "/dev", "/dev/tty", "/tmp", "/var", "/run", "/home", "/root"};
	struct plan quiet = {0}, any = {.network = NETWORK_ANY};
	struct fault fault;

	(void)state;
	assert_int_equal(start_system(&quiet, &fault), 0);
	assert_int_equal(start_system(&any, &fault), 0);
	for (size_t i = 0; i < NELEM(never); i++) {
		assert_null(find(&quiet, never[i]));
		assert_null(find(&any, never[i]));
	}
	assert_int_equal(find(&quiet, "/etc/passwd")->access, ACCESS_READ);
	assert_int_equal(find(&quiet, "/dev/null")->access, ACCESS_DEVICE);
	assert_null(find(&quiet, "/etc/hosts"));
	assert_null(find(&quiet, "/etc/resolv.conf"));
	if (access("/etc/hosts", F_OK) == 0)
		assert_int_equal(find(&any, "/etc/hosts")->access, ACCESS_READ);
	for (size_t i = 0; i < any.ngrants; i++)
		assert_true(any.grants[i].access == ACCESS_READ ||
		    any.grants[i].access == ACCESS_DEVICE);
	plan_free(&quiet);
	plan_free(&any);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dynamic),
	    scratch_test(test_script),
	    scratch_test(test_script_chain),
	    scratch_test(test_refused),
	    scratch_test(test_long_interpreter),
	    scratch_test(test_made),
	    scratch_test(test_made_wrong),
	    cmocka_unit_test(test_also),
	    cmocka_unit_test(test_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
