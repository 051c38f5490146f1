/* access.h: the panel's access token (AUTH_ACCESS_TOKEN), which opens it without an account of one's
 * own */
#ifndef AUTH_ACCESS_H
#define AUTH_ACCESS_H

#include <stdbool.h>

#include "auth/account.h"
#include "auth/principal.h"
#include "auth/scope.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"

/* Audience of the JWTs that it is exchanged for. */
#define ACCESS_AUDIENCE "panel"

/* What such a JWT may do at most. */
#define ACCESS_SCOPES \
	(SCOPE_BIT(SCOPE_READ_PANEL) | SCOPE_BIT(SCOPE_WRITE_PANEL) | SCOPE_BIT(SCOPE_WRITE_AIHUB))

enum { ACCESS_VERSION = 17 /* with NUL */ };
/* Changes with the access token, so that JWTs of an older one are dead; false while none is set. */
bool access_version(const struct config *cfg, char out[ACCESS_VERSION]);

/* Compares in constant time and counts failures, so outside of any transaction. out: the
 * lowest-numbered active admin, for whom the token stands; its strings live in the arena.
 * ERR_UNAUTHENTICATED "Invalid access token": another one, none is set, or there is no such admin.
 * ERR_RATE with retry_after_s: too many failures from the address. */
enum err_code access_check(const struct auth *auth, const char *token, const char *address,
			   struct arena *a, struct account *out, struct err *e);

#endif
