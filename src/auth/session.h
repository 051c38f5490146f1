/* session.h: a browser that has logged in: a random cookie, stored as its hash */
#ifndef AUTH_SESSION_H
#define AUTH_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/principal.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/field.h"

#define SESSION_COOKIE "hearth_session" /* the same for every instance: scripts send it by name */

enum {
	SESSION_TOKEN = 44,	   /* 32 random bytes as base64url, with NUL */
	SESSION_RENEW_S = DAY_S,   /* a renewal at most so often */
	SESSIONS_PER_ACCOUNT = 20, /* beyond, the one that ends first goes */
};

struct session {
	const char *hash; /* SHA-256 of the token, hex */
	int64_t account_id;
	struct stamp created_at, renewed_at, expires_at;
};

/* Ends after auth.session_idle_days without renewal, at the latest auth.session_max_days after its
 * creation. address and user_agent are kept for the owner's eyes. */
enum err_code session_create(const struct auth *auth, int64_t account_id, const char *address,
			     const char *user_agent, char token[SESSION_TOKEN], int64_t *expires_s,
			     struct err *e);
/* The session that has not ended; ERR_NOT_FOUND. */
enum err_code session_find(const struct auth *auth, const char *token, struct arena *a,
			   struct session *out, struct err *e);
/* Moves the end forward, never back; *expires_s = the end now. ERR_NOT_FOUND: it is gone, or was
 * renewed today. */
enum err_code session_renew(const struct auth *auth, const char *hash, int64_t *expires_s,
			    struct err *e);
/* Revoking what does not exist is no error. */
enum err_code session_revoke(struct db *db, const char *hash, struct err *e);
/* All of the account except one (NULL: all). */
enum err_code session_revoke_others(struct db *db, int64_t account_id, const char *keep,
				    struct err *e);
/* Deletes what has ended, a bounded number of rows a call; *more when there may be others. */
enum err_code session_sweep(const struct auth *auth, bool *more, struct err *e);

/* The same for the session's life. */
void session_csrf(const struct auth_keys *keys, const char *token, char out[SHA256_B64]);
/* Value of Set-Cookie; max_age_s 0 and token "" take the cookie away. Secure when app.public_url is
 * https. */
const char *session_cookie(struct arena *a, const struct config *cfg, const char *token,
			   int64_t max_age_s);

#endif
