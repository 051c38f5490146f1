/* field.c: see field.h */
#include "base/field.h"

#include <string.h>

const struct field *field_find(const struct shape *s, const char *key, size_t key_size)
{
	for (const struct field *f = s->fields; f->key; f++)
		if (strlen(f->key) == key_size && memcmp(f->key, key, key_size) == 0)
			return f;
	return NULL;
}
