/* err.c: see err.h */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name, *text;
	int status;
} codes[ERR_CODES] = {
	[ERR_NONE] = { "none", "OK", 200 },
#define ERR(constant, id, http_status, default_text) \
	[ERR_##constant] = { .name = #id, .text = default_text, .status = http_status },
#include "base/err.def"
#undef ERR
};

enum err_code err_set(struct err *e, enum err_code code, const char *format, ...)
{
	va_list ap;

	e->code = code;
	e->retry_after_s = 0;
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	return code;
}

enum err_code err_code_set(struct err *e, enum err_code code)
{
	return err_set(e, code, "%s", err_text(code));
}

const char *err_name(enum err_code code)
{
	return codes[code].name;
}

const char *err_text(enum err_code code)
{
	return codes[code].text;
}

int err_status(enum err_code code)
{
	return codes[code].status;
}
