/* jwt.c: fuzz target: a token from outside, and the same bytes as claims under a good signature */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/jwt.h"

enum { NOW = 1770000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *sign(const unsigned char key[SHA256_BYTES], const uint8_t *claims, size_t size,
			struct arena *a)
{
	static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
	unsigned char mac[SHA256_BYTES];
	char *out = arena_alloc(a, sizeof(header) * 2 + size * 2 + SHA256_B64 + 3);

	write_base64url(header, strlen(header), out);
	strcat(out, ".");
	write_base64url(claims, size, out + strlen(out));
	hmac_sha256(key, SHA256_BYTES, out, strlen(out), mac);
	strcat(out, ".");
	write_base64url(mac, sizeof(mac), out + strlen(out));
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char key[SHA256_BYTES] = { 'k' };
	struct arena *a = arena_new();
	struct jwt_claims claims;
	struct err e;
	const char *token;

	jwt_verify(key, (const char *)data, size, "network", NOW, a, &claims, &e);
	token = sign(key, data, size, a);
	if (!jwt_verify(key, token, strlen(token), "network", NOW, a, &claims, &e)) {
		/* what was accepted holds what it must, and survives being signed again */
		if (strcmp(claims.aud, "network") != 0 || strcmp(claims.type, "access") != 0)
			abort();
		token = jwt_sign(key, &claims, a);
		if (jwt_verify(key, token, strlen(token), "network", NOW, a, &claims, &e))
			abort();
	}
	arena_free(a);
	return 0;
}
