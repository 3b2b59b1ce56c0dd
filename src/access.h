#ifndef GK_ACCESS_H
#define GK_ACCESS_H

#include <stddef.h>

/* What a rule may grant on a path: the words of gatekeeper.ini(5). */
enum {
	ACCESS_READ = 1,
	ACCESS_WRITE = 2,
	ACCESS_EXECUTE = 4,
	/* A device such as /dev/null: read and written, never created. */
	ACCESS_DEVICE = 8,
	ACCESS_APPEND = 16, /* new files, and no change to those that exist */
	ACCESS_CONNECT = 32 /* a socket of `network = unix` */
};

/* How far a program may reach out: bits, NONE being none of them. */
enum {
	NETWORK_NONE = 0,
	NETWORK_UNIX = 1, /* to sockets granted with ACCESS_CONNECT */
	NETWORK_CONNECT = 2, /* TCP, to the ports listed */
	NETWORK_BIND = 4, /* TCP, on the ports listed */
	NETWORK_ANY = 8
};

/* Ports of TCP, in host byte order. */
struct ports {
	unsigned short *v;
	size_t n;
};

/* What a rule says about set-user-ID and set-group-ID modes. */
enum set_id {
	SET_ID_UNSET = 0, /* as the protocol has it, else denied */
	SET_ID_DENY,
	SET_ID_STRIP, /* the program is told to clear them */
	SET_ID_GROUP, /* set-group-ID alone: 02000 */
	SET_ID_ALLOW
};

/* Whether the streams of a program are kept. */
enum transcript_wish {
	TRANSCRIPT_NO = 0,
	TRANSCRIPT_YES, /* as far as it goes: what was lost is on record */
	TRANSCRIPT_REQUIRED
};

/* Hard limits of a program and of all that it starts; 0 is none. */
struct limits {
	unsigned long cpu_seconds;
	unsigned long memory; /* bytes of address space */
	unsigned long file_size;
	unsigned long open_files;
	unsigned long processes; /* of the account, as the kernel counts */
};

#endif
