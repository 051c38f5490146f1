/* jsonw.c: see jsonw.h */
#include "json/jsonw.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

void jsonw_init(struct jsonw *w, struct buf *buf, jsonw_stamp_fn *stamp)
{
	*w = (struct jsonw){ .buf = buf, .stamp = stamp ? stamp : write_stamp };
}

static void separate(struct jsonw *w)
{
	if (w->comma)
		buf_char(w->buf, ',');
	w->comma = true;
}

void jsonw_open(struct jsonw *w, char bracket)
{
	separate(w);
	buf_char(w->buf, bracket);
	w->comma = false;
}

void jsonw_close(struct jsonw *w, char bracket)
{
	buf_char(w->buf, bracket);
	w->comma = true;
}

void jsonw_key(struct jsonw *w, const char *key)
{
	size_t n = strlen(key);
	char *p = buf_room(w->buf, n + 4), *start = p;

	if (w->comma)
		*p++ = ',';
	*p++ = '"';
	memcpy(p, key, n);
	p += n;
	*p++ = '"';
	*p++ = ':';
	w->buf->size += (size_t)(p - start);
	w->comma = false;
}

static void quoted(struct buf *b, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = strlen(s);
	bool tested = false,
	     valid = false; /* most texts are ASCII and need no look at their UTF-8 */
	const unsigned char *p = (const unsigned char *)s;
	char *out = buf_room(b, n * 6 + 2), *start = out;

	*out++ = '"';
	for (; *p; p++) {
		if (*p >= 0x80 && !tested) {
			valid = is_utf8(s, n);
			tested = true;
		}
		if (*p >= 0x20 && *p != '"' && *p != '\\' && (*p < 0x80 || valid)) {
			*out++ = (char)*p;
		} else if (*p >= 0x80) {
			memcpy(out, "\xef\xbf\xbd", 3);
			out += 3;
		} else if (*p == '"' || *p == '\\') {
			*out++ = '\\';
			*out++ = (char)*p;
		} else if (*p == '\n' || *p == '\t' || *p == '\r') {
			*out++ = '\\';
			*out++ = *p == '\n' ? 'n' : *p == '\t' ? 't' : 'r';
		} else {
			memcpy(out, "\\u00", 4);
			out[4] = hex[*p >> 4];
			out[5] = hex[*p & 15];
			out += 6;
		}
	}
	*out++ = '"';
	b->size += (size_t)(out - start);
}

void jsonw_str(struct jsonw *w, const char *s)
{
	if (!s) {
		jsonw_null(w);
		return;
	}
	separate(w);
	quoted(w->buf, s);
}

void jsonw_int(struct jsonw *w, int64_t v)
{
	char text[24], *p = text + sizeof(text);
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		*--p = '-';
	separate(w);
	buf_add(w->buf, p, (size_t)(text + sizeof(text) - p));
}

void jsonw_num(struct jsonw *w, double v)
{
	char text[NUM_TEXT];

	if (!isfinite(v)) {
		jsonw_null(w);
		return;
	}
	write_num(v, text);
	jsonw_raw(w, text);
}

void jsonw_bool(struct jsonw *w, bool v)
{
	jsonw_raw(w, v ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
	jsonw_raw(w, "null");
}

void jsonw_stamp(struct jsonw *w, int64_t s)
{
	char text[STAMP_TEXT];

	w->stamp(s, text);
	jsonw_str(w, text);
}

void jsonw_raw(struct jsonw *w, const char *json)
{
	separate(w);
	buf_str(w->buf, json);
}

static void write_member(struct jsonw *w, const struct field *f, const void *row)
{
	const void *at = field_in(f, row);

	jsonw_key(w, f->key);
	switch (f->kind) {
	case KIND_BOOL:
		jsonw_bool(w, *(const bool *)at);
		break;
	case KIND_INT:
		jsonw_int(w, *(const int64_t *)at);
		break;
	case KIND_NUM:
		jsonw_num(w, *(const double *)at);
		break;
	case KIND_STR:
		if (f->json && *(const char *const *)at)
			jsonw_raw(w, *(const char *const *)at);
		else
			jsonw_str(w, *(const char *const *)at);
		break;
	case KIND_STAMP:
		jsonw_stamp(w, ((const struct stamp *)at)->s);
		break;
	case KIND_MAYBE_INT:
		if (((const struct maybe_int *)at)->is)
			jsonw_int(w, ((const struct maybe_int *)at)->v);
		else
			jsonw_null(w);
		break;
	case KIND_MAYBE_NUM:
		if (((const struct maybe_num *)at)->is)
			jsonw_num(w, ((const struct maybe_num *)at)->v);
		else
			jsonw_null(w);
		break;
	case KIND_MAYBE_STAMP:
		if (((const struct maybe_stamp *)at)->is)
			jsonw_stamp(w, ((const struct maybe_stamp *)at)->s);
		else
			jsonw_null(w);
		break;
	case KIND_NONE:
	case KIND_BLOB:
		jsonw_null(w);
		break;
	}
}

void jsonw_members(struct jsonw *w, const struct shape *s, const void *row)
{
	for (const struct field *f = s->fields; f->key; f++)
		if (!f->hidden)
			write_member(w, f, row);
}

void jsonw_shape(struct jsonw *w, const struct shape *s, const void *row)
{
	jsonw_open(w, '{');
	jsonw_members(w, s, row);
	jsonw_close(w, '}');
}
