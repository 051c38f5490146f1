/* recorder.h: sessions, small personal series and settings: a family of the API */
#ifndef RECORDER_RECORDER_H
#define RECORDER_RECORDER_H

#include "http/route.h"

extern const struct family family_recorder;

/* status.c */
extern const struct shape status_shape;
route_fn recorder_status;

/* session.c */
extern const struct shape session_reply_shape, session_login_shape, session_password_shape;
route_fn session_show, session_login, session_logout, session_password;

#endif
