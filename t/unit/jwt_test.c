/* jwt_test.c: signed claims: what is taken, what is forged, what is out of its time */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/jwt.h"
#include "house.h"

/* A token of header and claims as they are, signed with our key. */
static const char *forge(const char *header, const char *claims)
{
	unsigned char mac[SHA256_BYTES];
	size_t room = strlen(header) * 2 + strlen(claims) * 2 + 64;
	char *out = arena_alloc(house.arena, room);

	write_base64url(header, strlen(header), out);
	strcat(out, ".");
	write_base64url(claims, strlen(claims), out + strlen(out));
	hmac_sha256(house.keys.jwt, sizeof(house.keys.jwt), out, strlen(out), mac);
	strcat(out, ".");
	write_base64url(mac, sizeof(mac), out + strlen(out));
	return out;
}

static enum err_code verify(const char *token, struct jwt_claims *out)
{
	struct err e = { 0 };

	return jwt_verify(house.keys.jwt, token, strlen(token), "network", NOON, house.arena, out,
			  &e);
}

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

static void jwts_are_verified(void **state)
{
	struct jwt_claims claims = {
		.sub = "7",
		.aud = "network",
		.type = "access",
		.iat = NOON,
		.exp = NOON + 1800,
		.ver = "3",
	};
	struct jwt_claims got;
	const char *token = jwt_sign(house.keys.jwt, &claims, house.arena);
	struct auth_keys other = { .jwt = { 1 } };
	struct err e = { 0 };
	char *copy;

	(void)state;
	assert_int_equal(verify(token, &got), ERR_NONE);
	assert_string_equal(got.sub, "7");
	assert_string_equal(got.ver, "3");
	assert_int_equal(got.exp, NOON + 1800);
	assert_int_equal(
		jwt_verify(other.jwt, token, strlen(token), "network", NOON, house.arena, &got, &e),
		ERR_UNAUTHENTICATED);
	assert_int_equal(jwt_verify(house.keys.jwt, token, strlen(token), "panel", NOON,
				    house.arena, &got, &e),
			 ERR_UNAUTHENTICATED);
	for (size_t n = 0; n < strlen(token); n++)
		assert_int_equal(jwt_verify(house.keys.jwt, token, n, "network", NOON, house.arena,
					    &got, &e),
				 ERR_UNAUTHENTICATED);
	for (size_t n = 0; n < strlen(token); n++) {
		copy = arena_strdup(house.arena, token);
		copy[n] = copy[n] == 'A' ? 'B' : 'A';
		assert_int_equal(verify(copy, &got), ERR_UNAUTHENTICATED);
	}
	assert_int_equal(verify(arena_printf(house.arena, "%s=", token), &got),
			 ERR_UNAUTHENTICATED);
	assert_int_equal(verify(arena_printf(house.arena, "%s.", token), &got),
			 ERR_UNAUTHENTICATED);
}

static void jwt_clocks_may_differ(void **state)
{
	static const struct {
		int64_t iat, exp;
		enum err_code code;
	} cases[] = {
		{ NOON, NOON + 1, ERR_NONE },
		{ NOON - 100, NOON - 59, ERR_NONE },
		{ NOON - 100, NOON - 60, ERR_UNAUTHENTICATED },
		{ NOON + 60, NOON + 100, ERR_NONE },
		{ NOON + 61, NOON + 100, ERR_UNAUTHENTICATED },
		{ NOON, INT64_MAX, ERR_NONE },
		{ NOON, 0, ERR_UNAUTHENTICATED },
	};
	struct jwt_claims claims = { .sub = "7", .aud = "network", .type = "access", .ver = "1" },
			  got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		claims.iat = cases[i].iat;
		claims.exp = cases[i].exp;
		assert_int_equal(verify(jwt_sign(house.keys.jwt, &claims, house.arena), &got),
				 cases[i].code);
	}
}

static void forged_jwts_are_refused(void **state)
{
#define CLAIMS(more) \
	"{\"aud\":\"network\",\"type\":\"access\",\"iat\":1770000000,\"exp\":1770001800" more "}"
	static const char good[] = CLAIMS(",\"sub\":\"7\",\"ver\":\"1\"");
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
		"{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"hs256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"crit\":[\"x\"]}",
		"{}",
		"",
	};
	static const char *const claims[] = {
		"",
		"{}",
		"[]",
		"null",
		"{\"sub\":",
		CLAIMS(",\"sub\":7,\"ver\":\"1\""),
		CLAIMS(",\"sub\":\"7\",\"ver\":1"),
		CLAIMS(",\"sub\":\"7\""),
		CLAIMS(",\"ver\":\"1\""),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"exp\":\"1770001800\""),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"exp\":1e400"),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"exp\":-1"),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"type\":\"refresh\""),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"aud\":\"panel\""),
		CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"aud\":[\"network\"]"),
	};
	struct jwt_claims got;
	const char *token = forge(HEADER, good);
	char *huge;

	(void)state;
	assert_int_equal(verify(token, &got), ERR_NONE);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(verify(forge(headers[i], good), &got), ERR_UNAUTHENTICATED);
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		assert_int_equal(verify(forge(HEADER, claims[i]), &got), ERR_UNAUTHENTICATED);
	/* alg none with its signature left out, with and without the dot */
	token = forge("{\"alg\":\"none\"}", good);
	assert_int_equal(verify(arena_strndup(house.arena, token, strlen(token) - 43), &got),
			 ERR_UNAUTHENTICATED);
	assert_int_equal(verify(arena_strndup(house.arena, token, strlen(token) - 44), &got),
			 ERR_UNAUTHENTICATED);
	huge = arena_alloc(house.arena, 8192);
	snprintf(huge, 8192, CLAIMS(",\"sub\":\"7\",\"ver\":\"1\",\"x\":\"%03000d\""), 0);
	assert_true(strlen(forge(HEADER, huge)) > JWT_MAX_BYTES);
	assert_int_equal(verify(forge(HEADER, huge), &got), ERR_UNAUTHENTICATED);
#undef CLAIMS
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(jwts_are_verified, house_furnish),
		cmocka_unit_test_setup(jwt_clocks_may_differ, house_furnish),
		cmocka_unit_test_setup(forged_jwts_are_refused, house_furnish),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, house_build, house_clear);
}
