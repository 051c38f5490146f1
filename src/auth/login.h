/* login.h: the one place where a user name and a password are tested */
#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include "auth/account.h"
#include "auth/password.h"
#include "auth/principal.h"
#include "base/arena.h"
#include "base/err.h"

/* Hashes for 50 ms, the same for unknown, inactive and passwordless accounts, then writes what it
 * must in a short transaction of its own: call it outside of any. A success clears the failures of
 * the pair and renews an old hash. Strings of out live in the arena. ERR_UNAUTHENTICATED "Invalid
 * username or password": whatever the reason. ERR_RATE with retry_after_s: too many failures of the
 * pair or the address, or too many logins at once; nothing was tested. ERR_BUSY: the failure could not
 * be counted. */
enum err_code login_check(const struct auth *auth, const char *username, const char *password,
			  const char *address, struct arena *a, struct account *out, struct err *e);

/* password_hash() in its turn among the logins; also ERR_RATE. */
enum err_code login_hash(const struct auth *auth, const char *password, char out[PASSWORD_HASH],
			 struct err *e);

#endif
