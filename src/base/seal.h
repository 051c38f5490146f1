/* seal.h: the installation's key, and texts that only this installation can read again */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum { SEAL_KEY = 32 /* bytes */ };

/* Reads DIR/secret.key: 64 hex digits and a newline.
 * ERR_SCHEMA: missing (run hearthctl init), malformed, or readable for others. */
enum err_code seal_key_load(const char *dir, unsigned char key[SEAL_KEY], struct err *e);
/* Creates the file with a random key, mode 0600, on the disk before this returns; one that exists
 * is left as it is. */
enum err_code seal_key_create(const char *dir, bool *created, struct err *e);

/* AES-256-GCM under a key derived from the installation's, random nonce, name as associated data;
 * text in the arena. */
char *seal_text(const unsigned char key[SEAL_KEY], const char *name, const char *text,
		struct arena *a);
/* ERR_INVALID: sealed under another key or name, or damaged. */
enum err_code seal_open(const unsigned char key[SEAL_KEY], const char *name, const char *sealed,
			struct arena *a, const char **out, struct err *e);

#endif
