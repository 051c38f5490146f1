/* json.c: fuzz target: a JSON body into a struct, and back into text that must be JSON again */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "json/jsonr.h"
#include "json/jsonw.h"

struct input {
	bool flag;
	int64_t limit;
	double ratio;
	const char *name, *any;
	struct stamp at;
	struct maybe_int count;
	struct maybe_num rate;
	struct maybe_stamp end;
};

static const struct field fields[] = {
	{ FIELD(struct input, flag) },
	{ FIELD(struct input, limit), .bounded = true, .min = 1, .max = 1000, .def = "100" },
	{ FIELD(struct input, ratio), .bounded = true, .min = -90, .max = 90 },
	{ FIELD(struct input, name), .min = 1, .max = 8, .trim = true, .nullable = true },
	{ FIELD(struct input, any), .json = true },
	{ FIELD(struct input, at) },
	{ FIELD(struct input, count), .nullable = true },
	{ FIELD(struct input, rate) },
	{ FIELD(struct input, end) },
	{ .key = NULL },
};
static const struct shape shape = { "Input", sizeof(struct input), fields };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct buf out = { 0 };
	struct input input = { 0 };
	struct jsonw w;
	struct faults fs;
	size_t at;

	faults_init(&fs, a);
	jsonr_shape(&shape, &input, (const char *)data, size, &fs);
	jsonw_init(&w, &out, NULL);
	jsonw_shape(&w, &shape, &input);
	if (!fs.count && !jsonr_parse(a, out.data, out.size, &at))
		abort();
	buf_done(&out);
	arena_free(a);
	return 0;
}
