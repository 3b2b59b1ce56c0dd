#ifndef GK_ATTACK_H
#define GK_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * One attack: code that runs where a permitted program would, and tries one
 * thing. What it says of itself is a hint; that it succeeded is seen by the
 * warden, who looks for the effect that attacks.tsv names.
 */
enum outcome { SUCCEEDED, HELD, UNTRIED };

struct attack {
	const char *name; /* its class in front: `start-shell` */
	enum outcome (*run)(void);
	bool ends; /* leaves the process in no state for another */
};

/* Each group is a table ended by a NULL name. */
extern const struct attack start_attacks[];
extern const struct attack file_attacks[];
extern const struct attack mode_attacks[];
extern const struct attack abi_attacks[];
extern const struct attack process_attacks[];
extern const struct attack network_attacks[];
extern const struct attack memory_attacks[];
extern const struct attack environment_attacks[];
extern const struct attack watcher_attacks[];
/* What is done while the watchers are taken away. */
_Noreturn void alone(void);

/* What the warden has laid out, by the names in which it tells it. */
struct world {
	char *in; /* the rule's directory */
	char *shown; /* one that a rule may let read besides */
	char *out; /* another one of the same account */
	char *policy; /* the policy folder */
	char *records; /* the file of records */
	char *self; /* this program, */
	char *tool; /* one that rules with `execute` name, */
	char *mark; /* and one that no rule names */
	char *sockets; /* a folder with sockets of the warden's */
	char *label; /* of abstract sockets, keys and queues */
	char *device; /* the pty that is standard error */
	long listed; /* ports that the warden listens on: the rule's, */
	long other; /* another, by both families, */
	long udp; /* and one of UDP */
	long free; /* ports that nobody has: the rule's, */
	long loose; /* and another */
	long victim; /* a process that sleeps */
	long watcher; /* the forced command's, of this session */
	long address; /* where in it the secret lies */
	long victim_fd; /* what it has open on it */
	long shm; /* System V identifiers */
	long msg;
	long sem;
	long key; /* of the key in the account's keyring */
};
extern struct world world;

/* The words of a reason why nothing was tried. */
enum outcome untried(const char *reason);
/* SUCCEEDED for what is not -1, else HELD. */
enum outcome judge(long result);

/* PATH/NAME, never freed. */
char *inside(const char *name);
char *outside(const char *name);
char *join(const char *folder, const char *name);

/* Tells the warden what was found. HELD when there is nothing. */
enum outcome leak(const void *bytes, size_t size);
enum outcome leak_fd(int fd);
enum outcome leak_path(const char *path);
/* A file of this content. -1: it could not be made. */
int put(const char *path, const void *bytes, size_t size, mode_t mode);

/* Runs it in a child; HELD where no child is to be had. */
enum outcome in_child(enum outcome (*run)(void));
/* HELD where there is no thread to be had. */
enum outcome in_thread(enum outcome (*run)(void));
enum outcome await(pid_t pid);

#endif
