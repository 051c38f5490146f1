/* status.c: is the recorder there, for everybody who asks */
#include "http/req.h"
#include "recorder/recorder.h"

struct status {
	const char *status;
};

static const char *const statuses[] = { "ok", "error", NULL };

static const struct field status_fields[] = {
	{ FIELD(struct status, status), .one_of = statuses,
	  .doc = "error: the database cannot be read (503)" },
	{ .key = NULL },
};
const struct shape status_shape = { "StatusResponse", sizeof(struct status), status_fields };

enum err_code recorder_status(struct req *rq, struct res *rs, struct err *e)
{
	bool readable = rq->db && db_check_schema(rq->db, e) == ERR_NONE;

	res_object(rq, rs, &(struct status){ readable ? "ok" : "error" });
	if (readable)
		return ERR_NONE;
	rs->own_error = true;
	return err_code_set(e, ERR_UNAVAILABLE);
}
