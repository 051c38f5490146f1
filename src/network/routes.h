/* routes.h: what the family's table names: handlers and the shapes of what they take and give */
#ifndef NETWORK_ROUTES_H
#define NETWORK_ROUTES_H

#include "base/field.h"
#include "http/route.h"

/* limit 1-1000, offset */
struct page_args {
	int64_t limit, offset;
};
/* the same behind hours 1-168 */
struct history_args {
	int64_t hours, limit, offset;
};
extern const struct shape network_page_args, history_args_shape;

/* How old an answer is: further members of the device page. */
struct freshness {
	bool is_stale;
	struct stamp fetched_at;
};
extern const struct shape freshness_shape;

extern const struct shape device_shape, bandwidth_shape, wan_shape, bandwidth_point_shape,
	device_point_shape;
extern const struct shape health_shape;
extern const struct shape login_body, login_shape, key_args_shape, key_body, key_shape,
	key_list_shape;

/* ERR_UNAVAILABLE where nothing usable is stored. */
route_fn devices_list, bandwidth_get, wan_get;
/* An empty page where nothing is stored. */
route_fn bandwidth_history, device_history;
route_fn health_get;
route_fn login_form;
route_fn key_create, key_list, key_revoke;

#endif
