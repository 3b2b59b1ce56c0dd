#ifndef GK_ACCESS_H
#define GK_ACCESS_H

/* What a rule may grant on a path: the words of gatekeeper.ini(5). */
enum {
	ACCESS_READ = 1,
	ACCESS_WRITE = 2,
	ACCESS_EXECUTE = 4,
	/* A device such as /dev/null: read and written, never created. */
	ACCESS_DEVICE = 8
};

enum network { NETWORK_NONE = 0, NETWORK_ANY };

/* Hard limits of a program and of all that it starts; 0 is none. */
struct limits {
	unsigned long cpu_seconds;
	unsigned long memory; /* bytes of address space */
	unsigned long file_size;
	unsigned long open_files;
	unsigned long processes; /* of the account, as the kernel counts */
};

#endif
