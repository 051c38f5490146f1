/* principal.h: who is asking; one order of credentials for all families */
#ifndef AUTH_PRINCIPAL_H
#define AUTH_PRINCIPAL_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/scope.h"
#include "base/arena.h"
#include "base/config.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/seal.h"
#include "db/db.h"

/* Kinds of credentials, as bits: a route's row names those it takes. */
enum who {
	WHO_NOBODY = 0,
	WHO_ANYONE = 1 << 0,  /* public: no credential is looked at */
	WHO_JWT = 1 << 1,     /* Bearer JWT of the family */
	WHO_KEY = 1 << 2,     /* ha_ key in X-API-Key (network) */
	WHO_SESSION = 1 << 3, /* cookie hearth_session, with CSRF token on unsafe methods */
	WHO_TOKEN = 1 << 4,   /* scoped tt_ token, Bearer or X-API-Key */
	WHO_TRUSTED = 1 << 5, /* address in AUTH_TRUSTED_NETWORKS, no credential sent */
};

/* What the request brought; NULL where it brought nothing. */
struct credentials {
	const char *authorization; /* the whole header */
	const char *api_key;	   /* X-API-Key */
	const char *session;	   /* value of the cookie */
	const char *csrf;	   /* X-CSRF-Token */
	const char *address;	   /* of the client, behind trusted proxies */
	bool forwarded; /* a forwarding header came from an address that is no trusted proxy */
};

struct principal {
	enum who who;	 /* one bit; WHO_NOBODY when not authenticated */
	int64_t user_id; /* 0 for WHO_ANYONE and WHO_TRUSTED */
	int64_t id;	 /* of the key or token; 0 otherwise */
	const char *username, *role;
	scope_set scopes;
	bool force_password_change;
	bool touch_due; /* principal_touch() has something to write */
	/* sessions only */
	char session_hash[SHA256_HEX];
	char csrf[SHA256_B64];
	int64_t session_expires_s;
	bool session_renewed; /* the cookie must be sent again */
};

/* Keys of the installation, read once from DIR/secret.key by auth_keys_load(). */
struct auth_keys {
	unsigned char installation[SEAL_KEY]; /* seals secrets, signs CSRF tokens */
	unsigned char jwt[SHA256_BYTES];      /* derived from it */
};
/* Errors as those of seal_key_load(). */
enum err_code auth_keys_load(struct auth_keys *keys, const char *dir, struct err *e);

struct auth {
	struct db *db;
	const struct config *cfg;
	const struct auth_keys *keys;
	int64_t now;		  /* seconds since 1970 */
	struct slots *slots;	  /* of password hashes; NULL: as many as ask */
	struct rate_table *rates; /* counts failed logins that the database cannot; or NULL */
};

/* Decides by the first credential present: Authorization, X-API-Key, cookie, trusted address; one
 * that is present and bad never falls back to the next. accepts: WHO_ bits; audience: of the
 * family's JWTs, or NULL. The strings of out live in the arena. ERR_UNAUTHENTICATED: *presented
 * tells whether there was a credential at all. Other errors: the database's. */
enum err_code principal_find(const struct auth *auth, const struct credentials *c, unsigned accepts,
			     const char *audience, struct arena *a, struct principal *out,
			     bool *presented, struct err *e);
/* Writes last_used (at most once a minute) and renews a session (at most once a day). Called after
 * the answer's transaction; a busy database is no error. */
void principal_touch(const struct auth *auth, struct principal *p);
/* X-CSRF-Token fits the session; constant time. */
bool principal_csrf_ok(const struct principal *p, const struct credentials *c);

#endif
