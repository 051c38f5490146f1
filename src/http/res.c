/* res.c: what handlers say to the reply; see req.h */
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "http/req.h"

static const struct field count_fields[] = {
	{ FIELD(struct count, n) },
	{ .key = NULL },
};
const struct shape count_shape = { "Count", sizeof(struct count), count_fields };

void res_header(struct res *rs, const char *name, const char *value)
{
	if (rs->n_headers == MAX_HEADERS || has_control(value)) {
		log_line(LOG_ERROR, "reply header %s dropped", name);
		return;
	}
	rs->headers[rs->n_headers].name = name;
	rs->headers[rs->n_headers++].value = value;
}

void res_object(struct req *rq, struct res *rs, const void *row)
{
	jsonw_shape(&rs->json, rq->route->shape, row);
}

static int64_t argument(const struct shape *s, const void *in, const char *key)
{
	const struct field *f = field_find(s, key, strlen(key));

	return f ? *(const int64_t *)field_in(f, in) : 0;
}

struct page_rows {
	struct res *rs;
	const struct shape *shape;
};

static enum err_code row_write(void *row, void *ctx, struct err *e)
{
	struct page_rows *p = ctx;

	(void)e;
	jsonw_shape(&p->rs->json, p->shape, row);
	return ERR_NONE;
}

enum err_code res_page(struct req *rq, struct res *rs, struct query *rows, struct query *count,
		       const void *in, const void *extra, struct err *e)
{
	struct page_rows p = { rs, rq->route->shape };
	struct count total;
	struct page page = { .extra_shape = rq->route->extra, .extra = extra };
	enum err_code code = db_get(rq->db, count, in, &total, rq->arena, e);

	if (code)
		return code;
	rs->dialect->page_open(&rs->json);
	code = db_each(rq->db, rows, in, row_write, &p, e);
	page.limit = argument(rows->in, in, "limit");
	page.offset = argument(rows->in, in, "offset");
	page.total = total.n;
	rs->dialect->page_close(&rs->json, &page);
	return code;
}
