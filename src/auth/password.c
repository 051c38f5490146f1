/* password.c: see password.h */
#include "auth/password.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <libscrypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/digest.h"
#include "base/log.h"

enum {
	SALT_BYTES = 16,
	SALT_BASE64 = 24,
	HASH_BYTES = 64,
	HASH_BASE64 = 88,
	/* "$s1$" and six hex digits: log2(N), r, p */
	PARAMETERS = 10,
	/* what a stored hash may ask for: at most 128 MiB, about 16 times today's cost */
	MAX_LOG2_N = 17,
	MIN_LOG2_N = 12,
	MAX_R = 8,
	MAX_P = 4,
};

struct cost {
	unsigned log2_n, r, p;
};

/* Of new hashes, as numbers and as text. */
static const struct cost today = { .log2_n = 14, .r = 8, .p = 1 };
static const char today_text[PARAMETERS + 1] = "$s1$0e0801";

static bool hex_pair(const char *text, unsigned *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *high = text[0] ? strchr(digits, text[0]) : NULL;
	const char *low = high && text[1] ? strchr(digits, text[1]) : NULL;

	if (!low)
		return false;
	*out = (unsigned)((high - digits) * 16 + (low - digits));
	return true;
}

static bool parse_cost(const char *text, struct cost *out)
{
	return memcmp(text, today_text, 4) == 0 && hex_pair(text + 4, &out->log2_n) &&
	       hex_pair(text + 6, &out->r) && hex_pair(text + 8, &out->p) &&
	       out->log2_n >= MIN_LOG2_N && out->log2_n <= MAX_LOG2_N && out->r >= 1 &&
	       out->r <= MAX_R && out->p >= 1 && out->p <= MAX_P;
}

/* Padded base64 of exactly n characters, which stand for bytes bytes. */
static bool parse_base64(const char *text, int n, unsigned char *out, size_t bytes)
{
	unsigned char decoded[HASH_BASE64 / 4 * 3];

	if (EVP_DecodeBlock(decoded, (const unsigned char *)text, n) != n / 4 * 3)
		return false;
	memcpy(out, decoded, bytes);
	return true;
}

static enum err_code stretch(const char *password, const unsigned char salt[SALT_BYTES],
			     const struct cost *cost, unsigned char out[HASH_BYTES], struct err *e)
{
	if (libscrypt_scrypt((const uint8_t *)password, strlen(password), salt, SALT_BYTES,
			     (uint64_t)1 << cost->log2_n, cost->r, cost->p, out, HASH_BYTES) == 0)
		return ERR_NONE;
	log_line(LOG_ERROR, "scrypt failed, out of memory?");
	return err_code_set(e, ERR_INTERNAL);
}

enum err_code password_hash(const char *password, char out[PASSWORD_HASH], struct err *e)
{
	unsigned char salt[SALT_BYTES], hash[HASH_BYTES];
	char salt_text[SALT_BASE64 + 1], hash_text[HASH_BASE64 + 1];
	enum err_code code;

	random_fill(salt, sizeof(salt));
	code = stretch(password, salt, &today, hash, e);
	if (code)
		return code;
	EVP_EncodeBlock((unsigned char *)salt_text, salt, SALT_BYTES);
	EVP_EncodeBlock((unsigned char *)hash_text, hash, HASH_BYTES);
	snprintf(out, PASSWORD_HASH, "%s$%s$%s", today_text, salt_text, hash_text);
	return ERR_NONE;
}

enum err_code password_verify(const char *password, const char *hash, struct err *e)
{
	unsigned char salt[SALT_BYTES], wanted[HASH_BYTES], got[HASH_BYTES];
	const char *salt_text = hash + PARAMETERS + 1;
	const char *hash_text = salt_text + SALT_BASE64 + 1;
	struct cost cost;
	enum err_code code;

	if (strlen(hash) != PARAMETERS + 1 + SALT_BASE64 + 1 + HASH_BASE64 ||
	    !parse_cost(hash, &cost) || salt_text[-1] != '$' || hash_text[-1] != '$' ||
	    !parse_base64(salt_text, SALT_BASE64, salt, SALT_BYTES) ||
	    !parse_base64(hash_text, HASH_BASE64, wanted, HASH_BYTES))
		return err_code_set(e, ERR_UNAUTHENTICATED);
	code = stretch(password, salt, &cost, got, e);
	if (!code && CRYPTO_memcmp(got, wanted, HASH_BYTES) != 0)
		code = err_code_set(e, ERR_UNAUTHENTICATED);
	return code;
}

enum err_code password_verify_dummy(const char *password, struct err *e)
{
	static const unsigned char salt[SALT_BYTES];
	unsigned char hash[HASH_BYTES];
	enum err_code code;

	code = stretch(password, salt, &today, hash, e);
	return code ? code : err_code_set(e, ERR_UNAUTHENTICATED);
}

bool password_needs_rehash(const char *hash)
{
	return strncmp(hash, today_text, PARAMETERS) != 0;
}

void password_random(char out[PASSWORD_FIRST])
{
	random_text(out, PASSWORD_FIRST - 1);
}
