/* routes.h: what the family's table names: handlers and the shapes of what they take and give */
#ifndef PANEL_ROUTES_H
#define PANEL_ROUTES_H

#include "base/config.h"
#include "base/field.h"
#include "http/route.h"
#include "panel/store.h"

struct req;
struct res;

#define PANEL_TITLE "Home Panel API"
#define PANEL_VERSION "1.0.0"

/* {server_id} and what follows it; each handler takes the beginning it needs. */
struct server_args {
	const char *server_id;
};
struct guest_args {
	const char *server_id;
	int64_t vmid;
	const char *vm_type; /* or NULL */
	const char *action;
};

/* What a route's server_id and vmid stand for. */
struct found {
	const struct proxmox_slot *slot;
	const char *server_id;
	struct server server; /* without numbers when it was never polled */
	bool online;
	struct guest guest;
};

/* ERR_NOT_FOUND "Server '<id>' not found", with suffix behind it. */
enum err_code find_server(struct req *rq, const char *server_id, const char *suffix,
			  struct found *out, struct err *e);
/* ERR_NOT_FOUND: the same, or "VM <vmid> not found on server '<id>'". */
enum err_code find_guest(struct req *rq, const struct guest_args *args, struct found *out,
			 struct err *e);

/* What the history of a server (vmid NULL) or a guest is called; NULL: there is no such thing. */
enum err_code subject_of(struct req *rq, const char *server_id, const int64_t *vmid,
			 const char **subject, struct err *e);
/* All servers as an object of server_list_shape. When has_last, the last values of those that are
 * offline stand in it; else null. */
enum err_code servers_write(struct req *rq, struct res *rs, bool has_last, struct err *e);

extern const struct shape panel_name_shape, panel_health_shape, panel_login_body, panel_login_shape;
extern const struct shape server_args_shape, server_shape, server_list_shape;
extern const struct shape guest_list_args, guest_args_shape, guest_shape, guest_list_shape;
extern const struct shape action_args_shape, action_shape;
extern const struct shape server_metrics_args, server_metrics_shape;
extern const struct shape guest_metrics_args, guest_metrics_shape;

route_fn panel_name, panel_health, panel_login;
route_fn servers_list, server_get_one;
route_fn guests_list, guest_get_one;
route_fn guest_action;
route_fn server_metrics, guest_metrics;

#endif
