/* detail.c: see detail.h */
#include "dialect/detail.h"

#include <stdio.h>
#include <string.h>

#include "dialect/page_schema.h"

enum { MESSAGE = 256 };

int detail_status(const struct refusal *r)
{
	return err_status(r->err->code);
}

static const char *detail(const struct refusal *r, const char *unauthenticated)
{
	switch (r->err->code) {
	case ERR_UNAUTHENTICATED:
		return strcmp(r->err->text, err_text(ERR_UNAUTHENTICATED)) == 0 ? unauthenticated
										: r->err->text;
	case ERR_NO_ROUTE:
		return "Not Found";
	case ERR_METHOD:
		return "Method Not Allowed";
	default:
		return r->err->text;
	}
}

/* type and msg of a fault, in the words of FastAPI's validator */
static const char *fault_words(const struct fault *f, char msg[MESSAGE])
{
	const struct field *field = f->f;
	long long min = field ? (long long)field->min : 0, max = field ? (long long)field->max : 0;
	size_t n;

	switch (f->kind) {
	case FAULT_MISSING:
		snprintf(msg, MESSAGE, "Field required");
		return "missing";
	case FAULT_NOT_JSON:
		snprintf(msg, MESSAGE, "JSON decode error");
		return "json_invalid";
	case FAULT_NOT_OBJECT:
	case FAULT_NOT_FORM:
		snprintf(msg, MESSAGE,
			 "Input should be a valid dictionary or object to extract fields from");
		return "model_attributes_type";
	case FAULT_NULL:
	case FAULT_STRING:
		snprintf(msg, MESSAGE, "Input should be a valid string");
		return "string_type";
	case FAULT_INT:
		snprintf(
			msg, MESSAGE,
			f->from_text
				? "Input should be a valid integer, unable to parse string as an integer"
				: "Input should be a valid integer");
		return f->from_text ? "int_parsing" : "int_type";
	case FAULT_NUM:
		snprintf(
			msg, MESSAGE,
			f->from_text
				? "Input should be a valid number, unable to parse string as a number"
				: "Input should be a valid number");
		return f->from_text ? "float_parsing" : "float_type";
	case FAULT_BOOL:
		snprintf(msg, MESSAGE,
			 "Input should be a valid boolean, unable to interpret input");
		return "bool_parsing";
	case FAULT_TIME:
		snprintf(msg, MESSAGE, "Input should be a valid datetime");
		return "datetime_parsing";
	case FAULT_SHORT:
		snprintf(msg, MESSAGE, "String should have at least %lld character%s", min,
			 min == 1 ? "" : "s");
		return "string_too_short";
	case FAULT_LONG:
		snprintf(msg, MESSAGE, "String should have at most %lld characters",
			 max ? max : (long long)MAX_TEXT);
		return "string_too_long";
	case FAULT_BELOW:
		snprintf(msg, MESSAGE, "Input should be greater than or equal to %lld", min);
		return "greater_than_equal";
	case FAULT_ABOVE:
		snprintf(msg, MESSAGE, "Input should be less than or equal to %lld", max);
		return "less_than_equal";
	case FAULT_CHOICE:
		n = (size_t)snprintf(msg, MESSAGE, "Input should be ");
		for (const char *const *c = field->one_of; *c && n < MESSAGE; c++)
			n += (size_t)snprintf(msg + n, MESSAGE - n, "%s'%s'",
					      c == field->one_of ? ""
					      : c[1]		 ? ", "
								 : " or ",
					      *c);
		return "literal_error";
	case FAULT_RULE:
		break;
	}
	snprintf(msg, MESSAGE, "%s", f->text ? f->text : "");
	return "value_error";
}

static void write_fault(struct jsonw *w, const struct fault *f)
{
	static const char *const places[] = {
		[IN_PATH] = "path", [IN_QUERY] = "query", [IN_FORM] = "body", [IN_BODY] = "body"
	};
	char msg[MESSAGE];
	const char *type = fault_words(f, msg);

	jsonw_open(w, '{');
	jsonw_key(w, "loc");
	jsonw_open(w, '[');
	jsonw_str(w, places[f->place]);
	if (f->kind == FAULT_NOT_JSON)
		jsonw_int(w, (int64_t)f->at);
	else if (f->name)
		jsonw_str(w, f->name);
	jsonw_close(w, ']');
	jsonw_key(w, "msg");
	jsonw_str(w, msg);
	jsonw_key(w, "type");
	jsonw_str(w, type);
	jsonw_close(w, '}');
}

void detail_write(struct jsonw *w, const struct refusal *r, const char *unauthenticated)
{
	jsonw_open(w, '{');
	jsonw_key(w, "detail");
	if (r->err->code == ERR_INVALID && r->faults && r->faults->first) {
		jsonw_open(w, '[');
		for (const struct fault *f = r->faults->first; f; f = f->next)
			write_fault(w, f);
		jsonw_close(w, ']');
	} else {
		jsonw_str(w, detail(r, unauthenticated));
	}
	jsonw_close(w, '}');
}

void detail_page_open(struct jsonw *w)
{
	jsonw_open(w, '{');
	jsonw_key(w, "items");
	jsonw_open(w, '[');
}

void detail_page_close(struct jsonw *w, const struct page *p)
{
	jsonw_close(w, ']');
	jsonw_key(w, "limit");
	jsonw_int(w, p->limit);
	jsonw_key(w, "offset");
	jsonw_int(w, p->offset);
	jsonw_key(w, "total");
	jsonw_int(w, p->total);
	if (p->extra_shape)
		jsonw_members(w, p->extra_shape, p->extra);
	jsonw_close(w, '}');
}

void detail_write_schemas(struct jsonw *w)
{
	jsonw_key(w, "Detail");
	jsonw_raw(
		w,
		"{\"type\":\"object\",\"required\":[\"detail\"],\"properties\":{\"detail\":{\"type\":\"string\"}}}");
	jsonw_key(w, "HTTPValidationError");
	jsonw_raw(
		w,
		"{\"type\":\"object\",\"title\":\"HTTPValidationError\",\"properties\":{\"detail\":{\"type\":\"array\","
		"\"title\":\"Detail\",\"items\":{\"$ref\":\"#/components/schemas/ValidationError\"}}}}");
	jsonw_key(w, "ValidationError");
	jsonw_raw(
		w,
		"{\"type\":\"object\",\"title\":\"ValidationError\",\"required\":[\"loc\",\"msg\",\"type\"],"
		"\"properties\":{\"loc\":{\"type\":\"array\",\"title\":\"Location\",\"items\":{\"anyOf\":[{\"type\":"
		"\"string\"},{\"type\":\"integer\"}]}},\"msg\":{\"type\":\"string\",\"title\":\"Message\"},\"type\":{"
		"\"type\":\"string\",\"title\":\"Error Type\"}}}");
}

const char *detail_schema(int status)
{
	return status == 422 ? "#/components/schemas/HTTPValidationError"
			     : "#/components/schemas/Detail";
}

void detail_write_page_schema(struct jsonw *w, const char *row_schema, const struct shape *extra)
{
	page_schema_write(w, row_schema, "total", extra);
}
