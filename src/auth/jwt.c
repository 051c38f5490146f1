/* jwt.c: see jwt.h */
#include "auth/jwt.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/crypto.h>

#include "json/jsonr.h"
#include "json/jsonw.h"

/* {"alg":"HS256","typ":"JWT"} and the dot behind it */
static const char header[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";

enum {
	HEADER = sizeof(header) - 1,
	SIGNATURE = SHA256_B64 - 1,
};

#define CLAIM_FIELDS \
	{ FIELD(struct jwt_claims, sub), .required = true, .max = 19 }, \
		{ FIELD(struct jwt_claims, aud), .required = true, .max = 64 }, \
		{ FIELD(struct jwt_claims, type), .required = true, .max = 64 }, \
		{ FIELD(struct jwt_claims, iat), .required = true, .bounded = true, .min = 0, \
		  .max = INT64_MAX }, \
		{ FIELD(struct jwt_claims, exp), .required = true, .bounded = true, .min = 0, \
		  .max = INT64_MAX }, \
	{ \
		FIELD(struct jwt_claims, ver), .required = true, .max = 64 \
	}

static const struct field claim_fields[] = { CLAIM_FIELDS, { .key = NULL } };
static const struct shape claims_shape = { "Claims", sizeof(struct jwt_claims), claim_fields };

static const struct field scoped_fields[] = {
	CLAIM_FIELDS,
	{ FIELD(struct jwt_claims, scope), .max = 512 },
	{ .key = NULL },
};
static const struct shape scoped_shape = { "ScopedClaims", sizeof(struct jwt_claims),
					   scoped_fields };

const char *jwt_sign(const unsigned char key[SHA256_BYTES], const struct jwt_claims *claims,
		     struct arena *a)
{
	unsigned char mac[SHA256_BYTES];
	struct buf json = { 0 };
	struct jsonw w;
	char *out;
	size_t n;

	jsonw_init(&w, &json, NULL);
	jsonw_shape(&w, claims->scope ? &scoped_shape : &claims_shape, claims);
	out = arena_alloc(a, HEADER + 4 * ((json.size + 2) / 3) + 1 + SIGNATURE + 1);
	memcpy(out, header, HEADER);
	write_base64url(json.data, json.size, out + HEADER);
	buf_done(&json);
	n = strlen(out);
	hmac_sha256(key, SHA256_BYTES, out, n, mac);
	out[n++] = '.';
	write_base64url(mac, sizeof(mac), out + n);
	return out;
}

/* The signature over what stands before the last dot is ours. */
static bool is_signed(const unsigned char key[SHA256_BYTES], const char *token, size_t n)
{
	unsigned char sent[SHA256_BYTES], mac[SHA256_BYTES];
	size_t covered = n - SIGNATURE - 1;

	if (token[covered] != '.' ||
	    parse_base64url(token + covered + 1, SIGNATURE, sent, sizeof(sent)) != SHA256_BYTES)
		return false;
	hmac_sha256(key, SHA256_BYTES, token, covered, mac);
	return CRYPTO_memcmp(mac, sent, sizeof(mac)) == 0;
}

static bool read_claims(const char *text, size_t n, struct arena *a, struct jwt_claims *out)
{
	char *json = arena_alloc(a, n + 1);
	long size = parse_base64url(text, n, json, n);
	struct faults faults;

	if (size <= 0)
		return false;
	faults_init(&faults, a);
	jsonr_shape(&scoped_shape, out, json, (size_t)size, &faults);
	return faults.count == 0;
}

enum err_code jwt_verify(const unsigned char key[SHA256_BYTES], const char *token, size_t n,
			 const char *audience, int64_t now, struct arena *a, struct jwt_claims *out,
			 struct err *e)
{
	struct jwt_claims claims = { 0 };

	if (n > JWT_MAX_BYTES || n < HEADER + 1 + 1 + SIGNATURE ||
	    memcmp(token, header, HEADER) != 0 || !is_signed(key, token, n) ||
	    !read_claims(token + HEADER, n - HEADER - 1 - SIGNATURE, a, &claims) ||
	    strcmp(claims.aud, audience) != 0 || strcmp(claims.type, "access") != 0 ||
	    claims.exp <= now - JWT_LEEWAY_S || claims.iat > now + JWT_LEEWAY_S)
		return err_code_set(e, ERR_UNAUTHENTICATED);
	*out = claims;
	return ERR_NONE;
}
