/* jwt.h: signed claims, RFC 7519 with HMAC-SHA-256 only */
#ifndef AUTH_JWT_H
#define AUTH_JWT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"

enum {
	JWT_MAX_BYTES = 4096, /* ours have a tenth of it */
	JWT_LEEWAY_S = 60,    /* clocks may differ by so much */
};

struct jwt_claims {
	const char *sub;   /* account id, decimal */
	const char *aud;   /* the family */
	const char *type;  /* "access" */
	int64_t iat, exp;  /* seconds since 1970 */
	const char *ver;   /* must equal what the account, or the access token, has today */
	const char *scope; /* names with blanks between, or NULL: what the account may */
};

/* The token, in the arena. */
const char *jwt_sign(const unsigned char key[SHA256_BYTES], const struct jwt_claims *claims,
		     struct arena *a);

/* A pure function of its arguments. The signature is tested before anything is decoded; only the
 * header that jwt_sign() writes is taken, so no other algorithm can be asked for.
 * ERR_UNAUTHENTICATED: malformed, too long, wrong signature, another audience or type, expired, or
 * issued in the future. The claims live in the arena. */
enum err_code jwt_verify(const unsigned char key[SHA256_BYTES], const char *token, size_t n,
			 const char *audience, int64_t now, struct arena *a, struct jwt_claims *out,
			 struct err *e);

#endif
