/* err.h: an error has a code for programs and a text for people */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_code {
	ERR_NONE = 0,
#define ERR(constant, name, status, text) ERR_##constant,
#include "base/err.def"
#undef ERR
	ERR_CODES, /* how many */
};

/* Filled by the function that failed, untouched on success. Safe to show: no secret, no SQL, no
 * address of a peer's credentials. */
struct err {
	enum err_code code;
	int retry_after_s; /* > 0: when to try again, becomes Retry-After */
	char text[256];	   /* a longer one is cut */
};

/* Sets code and text (printf) and returns the code, so that a function can end with `return
 * err_set(...)`. */
enum err_code err_set(struct err *e, enum err_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Sets the code with its default text. */
enum err_code err_code_set(struct err *e, enum err_code code);

/* Name for programs, default text and HTTP status, as err.def has them. Static. */
const char *err_name(enum err_code code);
const char *err_text(enum err_code code);
int err_status(enum err_code code);

#endif
