/* query.c: fuzz target: query strings and forms into a struct */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "http/params.h"

struct input {
	bool flag;
	int64_t limit;
	double ratio;
	const char *name;
	struct stamp at;
	struct maybe_int count;
	struct maybe_num rate;
	struct maybe_stamp end;
};

static const struct field fields[] = {
	{ FIELD(struct input, flag) },
	{ FIELD(struct input, limit), .bounded = true, .min = 1, .max = 1000, .def = "100" },
	{ FIELD(struct input, ratio), .bounded = true, .min = -90, .max = 90 },
	{ FIELD(struct input, name), .min = 1, .max = 8, .trim = true, .required = true },
	{ FIELD(struct input, at) },
	{ FIELD(struct input, count) },
	{ FIELD(struct input, rate) },
	{ FIELD(struct input, end) },
	{ .key = NULL },
};
static const struct shape shape = { "Input", sizeof(struct input), fields };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct route route = { .path = "/x/{name}", .args = &shape };
	struct arena *a = arena_new();
	struct match match = { .values = { "n" } };
	struct input form = { 0 }, args = { 0 };
	struct faults fs;

	faults_init(&fs, a);
	params_form(&shape, (const char *)data, size, &form, &fs);
	params_args(&route, &match, arena_strndup(a, (const char *)data, size), true, &args, &fs);
	arena_free(a);
	return 0;
}
