/*
 * The ways around a filter: calls of other architectures, numbers that it
 * does not know, and io_uring, which makes calls in the program's name.
 */

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

#ifndef SYS_listmount
#define SYS_listmount 458
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif
#ifndef SYS_file_getattr
#define SYS_file_getattr 468
#endif

/* linux/io_uring.h of Debian 12 has them; older ones do not. */
enum { URING_OPENAT = 18, URING_SOCKET = 45, URING_UNLINKAT = 36 };
enum { SET_USER = 04755, ENTRIES = 2 };

#if defined(__x86_64__)

enum {
	I386_EXECVE = 11,
	I386_CHMOD = 15,
	I386_KILL = 37,
	I386_SOCKET = 359,
	I386_MEMFD = 356,
	X32_BIT = 0x40000000
};

static long
int80(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(0L), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result < 0 ? -1 : (int)result;
}

/* Where 32 bits reach. */
static char *
low(const void *bytes, size_t size)
{
	char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	return memcpy(memory, bytes, size);
}

static char *
low_text(const char *text)
{
	return low(text, strlen(text) + 1);
}

static enum outcome
old_exec(void)
{
	uint32_t words[3] = {0};

	words[0] = (uint32_t)(uintptr_t)low_text(world.self);
	words[1] = (uint32_t)(uintptr_t)low_text("mark");
	return judge(int80(I386_EXECVE, (long)words[0],
	    (long)low(words, sizeof(words)), 0));
}

static enum outcome
old_chmod(void)
{
	char *path = inside("plain");

	put(path, "x", 1, 0755);
	return judge(int80(I386_CHMOD, (long)low_text(path), SET_USER, 0));
}

static enum outcome
old_kill(void)
{
	return judge(int80(I386_KILL, world.victim, 10, 0));
}

static enum outcome
old_socket(void)
{
	return judge(int80(I386_SOCKET, AF_INET, SOCK_STREAM, 0));
}

static enum outcome
old_memory_file(void)
{
	return judge(int80(I386_MEMFD, (long)low_text("x"), 0, 0));
}

static enum outcome
x32_socket(void)
{
	return judge(syscall(X32_BIT | SYS_socket, AF_INET, SOCK_STREAM, 0));
}

static enum outcome
x32_chmod(void)
{
	char *path = inside("plain");

	put(path, "x", 1, 0755);
	return judge(syscall(X32_BIT | SYS_chmod, path, SET_USER));
}

/* The kernel takes the low half of the register for the number. */
static enum outcome
high_number(void)
{
	return judge(
	    syscall(SYS_socket | INT64_C(1) << 32, AF_INET, SOCK_STREAM, 0));
}

#endif

/* A call that did something, and its result: -1 for none. */
struct ring {
	int fd;
	struct io_uring_params params;
	unsigned char *submit, *complete;
	struct io_uring_sqe *entries;
};

static int
ring_map(struct ring *ring)
{
	const struct io_uring_params *p = &ring->params;
	const size_t submit =
	    p->sq_off.array + p->sq_entries * sizeof(uint32_t);
	const size_t complete =
	    p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	const int both = PROT_READ | PROT_WRITE;

	ring->submit =
	    mmap(NULL, submit, both, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->complete = mmap(NULL, complete, both, MAP_SHARED, ring->fd,
	    (off_t)IORING_OFF_CQ_RING);
	ring->entries = mmap(NULL, p->sq_entries * sizeof(*ring->entries), both,
	    MAP_SHARED, ring->fd, (off_t)IORING_OFF_SQES);
	return ring->submit == MAP_FAILED || ring->complete == MAP_FAILED ||
		ring->entries == MAP_FAILED ?
	    -1 :
	    0;
}

static int
uring(const struct io_uring_sqe *sqe)
{
	struct ring ring = {0};
	const struct io_uring_cqe *cqe;
	uint32_t *array, *tail;

	ring.fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &ring.params);
	if (ring.fd == -1 || ring_map(&ring) == -1)
		return -1;
	array = (uint32_t *)(void *)(ring.submit + ring.params.sq_off.array);
	tail = (uint32_t *)(void *)(ring.submit + ring.params.sq_off.tail);
	ring.entries[0] = *sqe;
	array[0] = 0;
	__atomic_store_n(tail, 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS,
		NULL, 0) == -1)
		return -1;
	cqe = (const void *)(ring.complete + ring.params.cq_off.cqes);
	close(ring.fd);
	return cqe->res < 0 ? -1 : cqe->res;
}

static enum outcome
uring_read(void)
{
	const struct io_uring_sqe sqe = {.opcode = URING_OPENAT,
	    .fd = AT_FDCWD,
	    .addr = (uintptr_t)outside("secret"),
	    .open_flags = O_RDONLY};

	return leak_fd(uring(&sqe));
}

/* Below the rule's directory, with a mode that the filter would see. */
static enum outcome
uring_mode(void)
{
	const struct io_uring_sqe sqe = {.opcode = URING_OPENAT,
	    .fd = AT_FDCWD,
	    .addr = (uintptr_t)inside("made"),
	    .len = SET_USER,
	    .open_flags = O_WRONLY | O_CREAT};
	const int fd = uring(&sqe);

	return fd == -1 ? HELD : (close(fd), SUCCEEDED);
}

static enum outcome
uring_remove(void)
{
	const struct io_uring_sqe sqe = {.opcode = URING_UNLINKAT,
	    .fd = AT_FDCWD,
	    .addr = (uintptr_t)outside("file")};

	return judge(uring(&sqe));
}

/* From Linux 5.19. */
static enum outcome
uring_socket(void)
{
	const struct io_uring_sqe sqe = {.opcode = URING_SOCKET,
	    .fd = AF_UNIX,
	    .off = SOCK_DGRAM};
	const int fd = uring(&sqe);

	return fd == -1 ? HELD : (close(fd), SUCCEEDED);
}

/* Newer than the tables of the filter. */

static enum outcome
new_mounts(void)
{
	const struct {
		uint32_t size, spare;
		uint64_t id, param, space;
	} request = {24, 0, UINT64_MAX, 0, 0};
	uint64_t ids[16];

	return syscall(SYS_listmount, &request, ids, 16, 0) > 0 ? SUCCEEDED :
								  HELD;
}

static enum outcome
new_attribute(void)
{
	struct {
		_Alignas(8) uint64_t value;
		uint32_t size, flags;
	} arguments = {(uintptr_t) "y", 1, 0};

	return judge(syscall(SYS_setxattrat, AT_FDCWD, outside("file"), 0,
	    "user.gk", &arguments, sizeof(arguments)));
}

static enum outcome
new_tree(void)
{
	const int fd =
	    (int)syscall(SYS_open_tree_attr, AT_FDCWD, world.out, 0, NULL, 0);

	return fd == -1 ? HELD : (close(fd), SUCCEEDED);
}

static enum outcome
new_file_attributes(void)
{
	uint64_t attributes[3] = {0};

	return judge(syscall(SYS_file_getattr, AT_FDCWD, outside("file"),
	    attributes, sizeof(attributes), 0));
}

/* The kernel's helpers for io_uring stay, as threads of this process. */
const struct attack abi_attacks[] = {
#if defined(__x86_64__)
    {"abi-int80-exec", old_exec, false},
    {"abi-int80-chmod", old_chmod, false},
    {"abi-int80-kill", old_kill, false},
    {"abi-int80-socket", old_socket, false},
    {"abi-int80-memfd", old_memory_file, false},
    {"abi-x32-socket", x32_socket, false},
    {"abi-x32-chmod", x32_chmod, false},
    {"abi-high-number", high_number, false},
#endif
    {"abi-uring-read", uring_read, true},
    {"abi-uring-mode", uring_mode, true},
    {"abi-uring-remove", uring_remove, true},
    {"abi-uring-socket", uring_socket, true},
    {"abi-new-mounts", new_mounts, false},
    {"abi-new-attribute", new_attribute, false},
    {"abi-new-tree", new_tree, false},
    {"abi-new-file-attributes", new_file_attributes, false},
    {NULL, NULL, false},
};
