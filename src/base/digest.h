/* digest.h: random bytes, hashes and their texts, over OpenSSL */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum {
	SHA256_BYTES = 32,
	SHA256_HEX = 65, /* with NUL */
	SHA256_B64 = 44, /* base64url without padding, with NUL */
};

/* From the system's generator; ends the process when there is none. */
void random_fill(void *out, size_t n);
/* n characters of [a-z0-9], uniformly, and a NUL. */
void random_text(char *out, size_t n);

void sha256(const void *data, size_t n, unsigned char out[SHA256_BYTES]);
void sha256_hex(const char *text, char out[SHA256_HEX]);
void hmac_sha256(const void *key, size_t key_size, const void *data, size_t n,
		 unsigned char out[SHA256_BYTES]);

/* base64url without padding; out has room for 4 * ((n + 2) / 3) + 1. */
void write_base64url(const void *data, size_t n, char *out);
/* Strict: no padding, no other characters, no stray bits. Returns the number of bytes, -1 when
 * malformed or too long. */
long parse_base64url(const char *text, size_t n, void *out, size_t out_size);

#endif
