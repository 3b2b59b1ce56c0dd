#ifndef GK_CTL_SHA256_H
#define GK_CTL_SHA256_H

#include <stddef.h>

enum { SHA256_BYTES = 32 };

/* FIPS 180-4. For fingerprints, by which people and records tell keys apart;
 * nothing is permitted or refused by it. */
void sha256(unsigned char digest[SHA256_BYTES], const void *, size_t);

#endif
