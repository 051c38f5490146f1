/* throttle.h: failed logins are counted, and too many close the door for a while */
#ifndef AUTH_THROTTLE_H
#define AUTH_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/principal.h"
#include "base/err.h"

/* Failures allowed per address in the window, as a multiple of auth.login_max_failures, which holds
 * per pair of user name and address: 50 with the default of 10. */
enum { THROTTLE_ADDRESS_FACTOR = 5 };

/* username: normalised, or "" for what is none. *failures = those of the pair.
 * ERR_RATE "Too many failed logins. Try again later." with retry_after_s: when the oldest failure
 * leaves the window. */
enum err_code throttle_check(const struct auth *auth, const char *username, const char *address,
			     int64_t *failures, struct err *e);
/* Outside of any transaction. Where the database cannot count, the failure is counted in auth->rates
 * and the error returned. Writes the event auth.login_throttled when this one closes the door. */
/* Counts a failure now. */
enum err_code throttle_add(const struct auth *auth, const char *username, const char *address,
			   struct err *e);
/* Forgets the failures of the pair. */
enum err_code throttle_clear(const struct auth *auth, const char *username, const char *address,
			     struct err *e);
/* Deletes what has left the window, a bounded number of rows a call; *more when there may be
 * others. */
enum err_code throttle_sweep(const struct auth *auth, bool *more, struct err *e);

#endif
