/* routes.h: what the family's table names: handlers and the shapes of what they take and give */
#ifndef HOUSE_ROUTES_H
#define HOUSE_ROUTES_H

#include "base/field.h"
#include "http/route.h"

extern const struct shape house_health_shape, house_status_shape, house_series_args,
	house_series_shape, house_csv_args;
extern const struct shape house_devices_args, house_device_args, house_device_body,
	house_device_shape;
extern const struct shape house_login_body, house_audit_args, house_audit_shape;
extern const struct shape house_slots_shape, house_server_chart_args, house_server_chart,
	house_guest_chart_args, house_guest_chart, house_action_args, house_action_shape;
extern const struct shape house_events_args, house_event_shape;

route_fn house_login, house_audit;
route_fn house_slots, house_servers, house_action, house_server_history, house_guest_history;
route_fn house_health, house_status, house_series, house_csv, house_devices, house_device_label,
	house_events;

#endif
