/* problem.c: problem details (RFC 9457) and their pages; see problem.h */
#include "dialect/problem.h"

#include <stdio.h>
#include <string.h>

#include "dialect/page_schema.h"
#include "http/status.h"

int problem_status(const struct refusal *r)
{
	return err_status(r->err->code);
}

void problem_fault(const struct fault *f, char *out)
{
	const char *name = f->name ? f->name : "body";
	const struct field *field = f->f;
	long long min = field ? (long long)field->min : 0, max = field ? (long long)field->max : 0;

	switch (f->kind) {
	case FAULT_MISSING:
		snprintf(out, PROBLEM_TEXT, f->name ? "%s is required" : "%s must be a JSON object",
			 name);
		break;
	case FAULT_NOT_JSON:
	case FAULT_NOT_OBJECT:
		snprintf(out, PROBLEM_TEXT, "body must be a JSON object");
		break;
	case FAULT_NOT_FORM:
		snprintf(out, PROBLEM_TEXT, "form fields expected");
		break;
	case FAULT_NULL:
	case FAULT_STRING:
		snprintf(out, PROBLEM_TEXT, "%s must be a string", name);
		break;
	case FAULT_INT:
		snprintf(out, PROBLEM_TEXT, "%s must be an integer", name);
		break;
	case FAULT_NUM:
		snprintf(out, PROBLEM_TEXT, "%s must be a number", name);
		break;
	case FAULT_BOOL:
		snprintf(out, PROBLEM_TEXT, "%s must be true or false", name);
		break;
	case FAULT_TIME:
		snprintf(out, PROBLEM_TEXT, "%s must be a time like 2026-02-13T14:00:00Z", name);
		break;
	case FAULT_SHORT:
	case FAULT_LONG:
		if (f->place == IN_FORM && f->kind == FAULT_SHORT)
			snprintf(out, PROBLEM_TEXT, "%s is required", name);
		else
			snprintf(out, PROBLEM_TEXT, "%s must be %lld to %lld characters", name, min,
				 max ? max : (long long)MAX_TEXT);
		break;
	case FAULT_BELOW:
	case FAULT_ABOVE: /* a bound of 2^31-1 is the machine's, not the caller's */
		if (max == INT32_MAX && f->kind == FAULT_BELOW)
			snprintf(out, PROBLEM_TEXT, "%s must be %lld or greater", name, min);
		else if (max == INT32_MAX)
			snprintf(out, PROBLEM_TEXT, "%s is too large", name);
		else
			snprintf(out, PROBLEM_TEXT, "%s must be between %lld and %lld", name, min,
				 max);
		break;
	case FAULT_CHOICE: {
		size_t n = (size_t)snprintf(out, PROBLEM_TEXT, "%s must be ", name);

		for (const char *const *c = field->one_of; *c && n < PROBLEM_TEXT; c++)
			n += (size_t)snprintf(out + n, PROBLEM_TEXT - n, "%s%s",
					      c == field->one_of ? "" : " or ", *c);
		break;
	}
	case FAULT_RULE:
		snprintf(out, PROBLEM_TEXT, "%s", f->text);
		break;
	}
}

/* Validation: the first fault is the detail, all of them the member `errors`. */
static void write_faults(struct jsonw *w, const struct refusal *r,
			 const struct problem_words *words)
{
	char text[PROBLEM_TEXT];

	jsonw_key(w, "errors");
	jsonw_open(w, '[');
	for (const struct fault *f = r->faults->first; f; f = f->next) {
		words->fault(f, text);
		jsonw_open(w, '{');
		jsonw_key(w, "field");
		jsonw_str(w, f->name ? f->name : "body");
		jsonw_key(w, "message");
		jsonw_str(w, text);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

void problem_write(struct jsonw *w, const struct refusal *r, const struct problem_words *words)
{
	int status = err_status(r->err->code);
	bool faults = r->err->code == ERR_INVALID && r->faults && r->faults->first;
	char text[PROBLEM_TEXT], detail[PROBLEM_TEXT + 16];

	if (faults) {
		words->fault(r->faults->first, text);
		snprintf(detail, sizeof(detail), "Invalid input: %s", text);
	}
	jsonw_open(w, '{');
	jsonw_key(w, "type");
	jsonw_str(w, "about:blank");
	jsonw_key(w, "title");
	jsonw_str(w, status_phrase(status));
	jsonw_key(w, "status");
	jsonw_int(w, status);
	jsonw_key(w, "detail");
	if (faults) {
		jsonw_str(w, detail);
	} else if (r->err->code == ERR_RATE && r->rate_limit &&
		   strcmp(r->err->text, err_text(ERR_RATE)) == 0) { /* not the login's own words */
		snprintf(detail, sizeof(detail), "Rate limit exceeded: %lld per 1 minute",
			 (long long)r->rate_limit);
		jsonw_str(w, detail);
	} else if (r->err->code == ERR_METHOD) {
		snprintf(detail, sizeof(detail), "Method %.32s is not allowed here", r->method);
		jsonw_str(w, detail);
	} else {
		jsonw_str(w, words->detail(r));
	}
	jsonw_key(w, "instance");
	jsonw_str(w, r->instance);
	if (faults)
		write_faults(w, r, words);
	if (r->err->code == ERR_RATE) {
		jsonw_key(w, "error");
		jsonw_str(w, "Rate limit exceeded");
	}
	jsonw_close(w, '}');
}

void problem_page_open(struct jsonw *w)
{
	jsonw_open(w, '{');
	jsonw_key(w, "items");
	jsonw_open(w, '[');
}

void problem_page_close(struct jsonw *w, const struct page *p)
{
	jsonw_close(w, ']');
	jsonw_key(w, "total_count");
	jsonw_int(w, p->total);
	jsonw_key(w, "limit");
	jsonw_int(w, p->limit);
	jsonw_key(w, "offset");
	jsonw_int(w, p->offset);
	if (p->extra_shape)
		jsonw_members(w, p->extra_shape, p->extra);
	jsonw_close(w, '}');
}

void problem_write_schemas(struct jsonw *w)
{
	jsonw_key(w, "Problem");
	jsonw_raw(
		w,
		"{\"type\":\"object\",\"description\":\"Problem details (RFC 9457)\",\"required\":[\"type\","
		"\"title\",\"status\",\"detail\",\"instance\"],\"properties\":{\"type\":{\"type\":\"string\","
		"\"description\":\"URI of the kind of problem\",\"example\":\"about:blank\"},\"title\":{\"type\":"
		"\"string\"},\"status\":{\"type\":\"integer\",\"description\":\"HTTP status\"},\"detail\":{"
		"\"type\":\"string\",\"description\":\"What is wrong with this request\"},\"instance\":{\"type\":"
		"\"string\",\"description\":\"Path of the request, without query\"},\"errors\":{\"type\":"
		"\"array\",\"description\":\"Every invalid value (422)\",\"items\":{\"type\":\"object\","
		"\"required\":[\"field\",\"message\"],\"properties\":{\"field\":{\"type\":\"string\"},"
		"\"message\":{\"type\":\"string\"}}}},\"error\":{\"type\":\"string\",\"description\":\"Only with "
		"429: Rate limit exceeded\"}}}");
}

const char *problem_schema(int status)
{
	(void)status;
	return "#/components/schemas/Problem";
}

void problem_write_page_schema(struct jsonw *w, const char *row_schema, const struct shape *extra)
{
	page_schema_write(w, row_schema, "total_count", extra);
}
