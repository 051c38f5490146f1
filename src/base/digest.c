/* digest.c: see digest.h */
#include "base/digest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

void random_fill(void *out, size_t n)
{
	if (RAND_bytes(out, (int)n) != 1)
		abort();
}

void random_text(char *out, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const unsigned limit = 256 - 256 % 36; /* bytes above would favour the first letters */

	for (size_t i = 0; i < n;) {
		unsigned char byte;

		random_fill(&byte, 1);
		if (byte < limit)
			out[i++] = letters[byte % 36];
	}
	out[n] = '\0';
}

void sha256(const void *data, size_t n, unsigned char out[SHA256_BYTES])
{
	static EVP_MD *md; /* fetched once: looking it up by name costs more than a short hash */

	if (!md)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (EVP_Digest(data, n, out, NULL, md, NULL) != 1)
		abort();
}

void sha256_hex(const char *text, char out[SHA256_HEX])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char hash[SHA256_BYTES];

	sha256(text, strlen(text), hash);
	for (size_t i = 0; i < sizeof(hash); i++) {
		out[2 * i] = hex[hash[i] >> 4];
		out[2 * i + 1] = hex[hash[i] & 15];
	}
	out[2 * sizeof(hash)] = '\0';
}

void hmac_sha256(const void *key, size_t key_size, const void *data, size_t n,
		 unsigned char out[SHA256_BYTES])
{
	if (!HMAC(EVP_sha256(), key, (int)key_size, data, n, out, NULL))
		abort();
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void write_base64url(const void *data, size_t n, char *out)
{
	const unsigned char *p = data;
	uint32_t bits = 0;
	int have = 0;

	while (n--) {
		bits = bits << 8 | *p++;
		have += 8;
		while (have >= 6) {
			have -= 6;
			*out++ = alphabet[bits >> have & 63];
		}
	}
	if (have)
		*out++ = alphabet[bits << (6 - have) & 63];
	*out = '\0';
}

long parse_base64url(const char *text, size_t n, void *out, size_t out_size)
{
	unsigned char *p = out;
	uint32_t bits = 0;
	size_t used = 0;
	int have = 0;

	for (size_t i = 0; i < n; i++) {
		const char *at = text[i] ? strchr(alphabet, text[i]) : NULL;

		if (!at)
			return -1;
		bits = bits << 6 | (uint32_t)(at - alphabet);
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (used == out_size)
				return -1;
			p[used++] = (unsigned char)(bits >> have);
		}
	}
	if (have >= 6 || (bits & ((1u << have) - 1)))
		return -1;
	return (long)used;
}
