/*
 * Memory that is written and then executed. What counts is that code which
 * was written there has run, and returned its number.
 */

#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

enum { PAGE = 4096, NUMBER = 42 };

#define WRITES (PROT_READ | PROT_WRITE)
#define EXECUTES (PROT_READ | PROT_EXEC)
#define ALONE (MAP_PRIVATE | MAP_ANONYMOUS)

/* return 42; */
#if defined(__x86_64__)
static const unsigned char code[] = {0xb8, NUMBER, 0, 0, 0, 0xc3};
#elif defined(__aarch64__)
static const unsigned char code[] = {0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f,
    0xd6};
#else
static const unsigned char code[] = {0};
#endif

static enum outcome
execute(void *memory)
{
	int (*function)(void);

	if (memory == MAP_FAILED || memcmp(memory, code, sizeof(code)) != 0)
		return HELD;
	__builtin___clear_cache(memory, (char *)memory + sizeof(code));
	memcpy(&function, &memory, sizeof(function));
	return function() == NUMBER ? SUCCEEDED : HELD;
}

static void *
map(int protection, int flags, int fd)
{
	return mmap(NULL, PAGE, protection, flags, fd, 0);
}

static void *
fill(void *memory)
{
	if (memory != MAP_FAILED)
		memcpy(memory, code, sizeof(code));
	return memory;
}

static enum outcome
turn(void *memory, int protection)
{
	if (memory == MAP_FAILED || mprotect(memory, PAGE, protection) == -1)
		return HELD;
	return execute(memory);
}

static enum outcome
both(void)
{
	return execute(fill(map(WRITES | PROT_EXEC, ALONE, -1)));
}

static enum outcome
both_shared(void)
{
	return execute(
	    fill(map(WRITES | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1)));
}

static enum outcome
turned(void)
{
	return turn(fill(map(WRITES, ALONE, -1)), EXECUTES);
}

static enum outcome
turned_to_both(void)
{
	return turn(fill(map(WRITES, ALONE, -1)), WRITES | PROT_EXEC);
}

static enum outcome
turned_by_key(void)
{
	void *memory = fill(map(WRITES, ALONE, -1));

	if (syscall(SYS_pkey_mprotect, memory, PAGE, EXECUTES, -1) == -1)
		return HELD;
	return execute(memory);
}

/* Executable first, written to in between. */
static enum outcome
turned_twice(void)
{
	void *memory = map(EXECUTES, ALONE, -1);

	if (memory == MAP_FAILED || mprotect(memory, PAGE, WRITES) == -1)
		return HELD;
	return turn(fill(memory), EXECUTES);
}

/* The C library asks for a stack like this one for old programs. */
static enum outcome
turned_stack(void)
{
	_Alignas(PAGE) unsigned char page[PAGE];

	return turn(fill(page), WRITES | PROT_EXEC);
}

static enum outcome
turned_data(void)
{
	static _Alignas(PAGE) unsigned char page[PAGE];

	return turn(fill(page), WRITES | PROT_EXEC);
}

static enum outcome
moved(void)
{
	void *memory = fill(map(WRITES, ALONE, -1));

	if (memory == MAP_FAILED)
		return HELD;
	memory = mremap(memory, PAGE, PAGE + PAGE, MREMAP_MAYMOVE);
	return turn(memory, EXECUTES);
}

static enum outcome
private_copy(void)
{
	const int fd = open(world.self, O_RDONLY | O_CLOEXEC);
	void *memory = map(WRITES, MAP_PRIVATE, fd);

	close(fd);
	return turn(fill(memory), EXECUTES);
}

static enum outcome
zero_device(void)
{
	const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	void *memory = map(WRITES | PROT_EXEC, MAP_PRIVATE, fd);

	close(fd);
	return execute(fill(memory));
}

/* One page in two places. */
static enum outcome
twice(int fd)
{
	void *to, *from;

	if (fd == -1 || ftruncate(fd, PAGE) == -1)
		return HELD;
	to = map(WRITES, MAP_SHARED, fd);
	from = map(EXECUTES, MAP_SHARED, fd);
	close(fd);
	fill(to);
	return execute(from);
}

static enum outcome
twice_memory_file(void)
{
	return twice((int)syscall(SYS_memfd_create, "code", 0));
}

static enum outcome
twice_file(void)
{
	return twice(open(inside("code"), O_RDWR | O_CREAT | O_TRUNC, 0600));
}

static enum outcome
twice_unnamed(void)
{
	return twice(open(world.in, O_RDWR | O_TMPFILE, 0600));
}

static enum outcome
twice_shared_memory(void)
{
	char *path = join("/dev/shm", world.label);
	const int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);

	if (fd != -1)
		unlink(path);
	return twice(fd);
}

/* Descriptors that only read, on what was written before. */
static enum outcome
written_file(void)
{
	void *memory;
	int fd;

	if (put(inside("code-2"), code, sizeof(code), 0700) == -1)
		return HELD;
	fd = open(inside("code-2"), O_RDONLY | O_CLOEXEC);
	memory = map(EXECUTES, MAP_PRIVATE, fd);
	close(fd);
	return execute(memory);
}

/* What may not be written in memory is written as a file. */
static enum outcome
own_memory_file(void)
{
	const int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	void *memory = map(EXECUTES, ALONE, -1);

	if (fd == -1 || memory == MAP_FAILED ||
	    pwrite(fd, code, sizeof(code), (off_t)(uintptr_t)memory) == -1)
		return HELD;
	close(fd);
	return execute(memory);
}

static enum outcome
segment_both(void)
{
	const int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
	void *memory = id == -1 ? MAP_FAILED : shmat(id, NULL, SHM_EXEC);

	if (id != -1)
		shmctl(id, IPC_RMID, NULL);
	return execute(fill(memory));
}

static enum outcome
segment_twice(void)
{
	const int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
	void *to, *from;

	if (id == -1)
		return HELD;
	to = shmat(id, NULL, 0);
	from = shmat(id, NULL, SHM_EXEC | SHM_RDONLY);
	shmctl(id, IPC_RMID, NULL);
	fill(to);
	return execute(from);
}

/* Whatever is readable is then executable. */
static enum outcome
by_personality(void)
{
	if (personality(READ_IMPLIES_EXEC) == -1)
		return HELD;
	return execute(fill(map(WRITES, ALONE, -1)));
}

static enum outcome
after_clearing(void)
{
	prctl(PR_SET_MDWE, 0, 0, 0, 0);
	return both();
}

/* The kernel fills an executable page that nobody may write. */
static enum outcome
by_page_fault(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	struct uffdio_copy copy = {.len = PAGE};
	void *memory = map(EXECUTES, ALONE, -1);
	void *page = fill(map(WRITES, ALONE, -1));
	const int fd =
	    (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	range.range.start = copy.dst = (uintptr_t)memory;
	range.range.len = PAGE;
	copy.src = (uintptr_t)page;
	if (fd == -1 || ioctl(fd, UFFDIO_API, &api) == -1 ||
	    ioctl(fd, UFFDIO_REGISTER, &range) == -1 ||
	    ioctl(fd, UFFDIO_COPY, &copy) == -1)
		return HELD;
	close(fd);
	return execute(memory);
}

static void
write_words(pid_t pid, unsigned char *memory)
{
	long word[2] = {0};

	memcpy(word, code, sizeof(code));
	ptrace(PTRACE_POKETEXT, pid, memory, word[0]);
	ptrace(PTRACE_POKETEXT, pid, memory + sizeof(long), word[1]);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

/* A debugger writes where the program itself may not. */
static enum outcome
by_debugger(void)
{
	void *memory = map(EXECUTES, ALONE, -1);
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			_exit(HELD);
		raise(SIGSTOP);
		_exit((int)execute(memory));
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1 || !WIFSTOPPED(status))
		return HELD;
	write_words(pid, memory);
	return await(pid);
}

const struct attack memory_attacks[] = {
    {"memory-both", both, false},
    {"memory-both-shared", both_shared, false},
    {"memory-turned", turned, false},
    {"memory-turned-to-both", turned_to_both, false},
    {"memory-turned-by-key", turned_by_key, false},
    {"memory-turned-twice", turned_twice, false},
    {"memory-stack", turned_stack, true},
    {"memory-data", turned_data, true},
    {"memory-moved", moved, false},
    {"memory-private-copy", private_copy, false},
    {"memory-zero-device", zero_device, false},
    {"memory-twice-memfd", twice_memory_file, false},
    {"memory-twice-file", twice_file, false},
    {"memory-twice-unnamed", twice_unnamed, false},
    {"memory-twice-shm", twice_shared_memory, false},
    {"memory-written-file", written_file, false},
    {"memory-own-file", own_memory_file, false},
    {"memory-segment", segment_both, false},
    {"memory-segment-twice", segment_twice, false},
    {"memory-personality", by_personality, true},
    {"memory-after-clearing", after_clearing, false},
    {"memory-page-fault", by_page_fault, false},
    {"memory-debugger", by_debugger, false},
    {NULL, NULL, false},
};
