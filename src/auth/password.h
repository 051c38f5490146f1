/* password.h: passwords as scrypt hashes that carry their own parameters */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include <stdbool.h>

#include "base/err.h"

enum {
	PASSWORD_MAX_BYTES = 1024, /* a longer one fits no account */
	PASSWORD_MIN_CHARS = 12,   /* of a chosen one, Unicode code points */
	PASSWORD_HASH = 128,	   /* text of a hash, with NUL */
};

/* All of these but password_needs_rehash() take about 50 ms and 16 MiB: never inside a write
 * transaction. The hash is modular crypt text, "$s1$0e0801$salt$hash", as libscrypt writes it.
 * ERR_INTERNAL: no memory. */
enum err_code password_hash(const char *password, char out[PASSWORD_HASH], struct err *e);
/* ERR_NONE: it fits. ERR_UNAUTHENTICATED: it does not, or the hash is malformed or asks for
 * parameters out of bounds. ERR_INTERNAL: no memory. */
enum err_code password_verify(const char *password, const char *hash, struct err *e);
/* Takes the time of password_verify() where there is no hash to compare with. Always fails, with
 * the same codes. */
enum err_code password_verify_dummy(const char *password, struct err *e);
/* The hash was made with other parameters than password_hash() uses today. */
bool password_needs_rehash(const char *hash);

/* A random password for somebody to type once: 20 characters of [a-z0-9], 103 bits. */
enum { PASSWORD_FIRST = 21 /* with NUL */ };
void password_random(char out[PASSWORD_FIRST]);

#endif
