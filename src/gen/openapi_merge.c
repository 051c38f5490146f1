/* openapi_merge.c: the documents of several families as one; see openapi_doc.h */
#include "gen/openapi_doc.h"

#include <ctype.h>
#include <string.h>

#include <json.h>

/* How schemas of one family are called in the document of all. */
struct names {
	struct arena *arena;
	const char *family;
	struct json_object *all, *own; /* schemas by name */
	bool prefixed[MAX_SCHEMAS];    /* by the order in own */
};

static const char *schema_name(const struct names *n, const char *name)
{
	struct json_object_iter it;
	int i = 0;

	json_object_object_foreachC(n->own, it)
	{
		if (strcmp(it.key, name) == 0 && i < MAX_SCHEMAS && n->prefixed[i])
			return arena_printf(n->arena, "%c%s%s",
					    toupper((unsigned char)n->family[0]), n->family + 1,
					    name);
		i++;
	}
	return name;
}

/* Gives every reference in the tree its name in the document of all. True when one changes; dry:
 * only tells. */
static bool refs_rename(const struct names *n, struct json_object *tree, bool dry)
{
	const size_t prefix = strlen(SCHEMA_REF);
	struct json_object_iter it;
	bool changed = false;

	if (json_object_is_type(tree, json_type_array))
		for (size_t i = 0; i < json_object_array_length(tree); i++)
			changed |= refs_rename(n, json_object_array_get_idx(tree, i), dry);
	if (!json_object_is_type(tree, json_type_object))
		return changed;
	json_object_object_foreachC(tree, it)
	{
		const char *target, *name;

		if (strcmp(it.key, "$ref") != 0) {
			changed |= refs_rename(n, it.val, dry);
			continue;
		}
		target = json_object_get_string(it.val);
		if (strncmp(target, SCHEMA_REF, prefix) != 0)
			continue;
		name = schema_name(n, target + prefix);
		if (strcmp(name, target + prefix) == 0)
			continue;
		changed = true;
		if (!dry)
			json_object_set_string(it.val,
					       arena_printf(n->arena, SCHEMA_REF "%s", name));
	}
	return changed;
}

/* A schema gets the family's name in front when another one has its name, or when it refers to such
 * a one. */
static void names_decide(struct names *n)
{
	struct json_object_iter it;
	bool changed;

	do {
		int i = 0;

		changed = false;
		json_object_object_foreachC(n->own, it)
		{
			struct json_object *other;

			if (i < MAX_SCHEMAS && !n->prefixed[i] &&
			    json_object_object_get_ex(n->all, it.key, &other) &&
			    (!json_object_equal(other, it.val) || refs_rename(n, it.val, true)))
				changed = n->prefixed[i] = true;
			i++;
		}
	} while (changed);
}

static void schemas_merge(const struct names *n)
{
	struct json_object_iter it;

	json_object_object_foreachC(n->own, it)
	{
		const char *name = schema_name(n, it.key);

		if (!json_object_object_get_ex(n->all, name, NULL))
			json_object_object_add(n->all, name, json_object_get(it.val));
	}
}

static bool has_operation_id(struct json_object *paths, const char *id)
{
	struct json_object_iter path, method;

	json_object_object_foreachC(paths, path)
	{
		json_object_object_foreachC(path.val, method)
		{
			struct json_object *other;

			if (json_object_object_get_ex(method.val, "operationId", &other) &&
			    strcmp(json_object_get_string(other), id) == 0)
				return true;
		}
	}
	return false;
}

static void operation_merge(struct json_object *paths, struct json_object *item, const char *method,
			    struct json_object *operation, const struct names *n)
{
	struct json_object *id;

	if (json_object_object_get_ex(item, method, NULL))
		return;
	if (json_object_object_get_ex(operation, "operationId", &id) &&
	    has_operation_id(paths, json_object_get_string(id)))
		json_object_set_string(
			id, arena_printf(n->arena, "%s_%s", n->family, json_object_get_string(id)));
	json_object_object_add(item, method, json_object_get(operation));
}

static void paths_merge(struct json_object *all, struct json_object *own, const struct names *n)
{
	struct json_object_iter path, method;

	json_object_object_foreachC(own, path)
	{
		struct json_object *item;

		if (!json_object_object_get_ex(all, path.key, &item)) {
			item = json_object_new_object();
			json_object_object_add(all, path.key, item);
		}
		json_object_object_foreachC(path.val, method)
		{
			operation_merge(all, item, method.key, method.val, n);
		}
	}
}

/* Headers and security schemes are the same in all families. */
static void components_merge(struct json_object *all, struct json_object *own)
{
	struct json_object_iter it;

	json_object_object_foreachC(own, it)
	{
		if (!json_object_object_get_ex(all, it.key, NULL))
			json_object_object_add(all, it.key, json_object_get(it.val));
	}
}

static void tags_merge(struct json_object *all, struct json_object *own)
{
	for (size_t i = 0; i < json_object_array_length(own); i++) {
		struct json_object *one = json_object_array_get_idx(own, i);
		bool there = false;

		for (size_t k = 0; k < json_object_array_length(all); k++)
			there |= json_object_equal(json_object_array_get_idx(all, k), one) != 0;
		if (!there)
			json_object_array_add(all, json_object_get(one));
	}
}

static struct json_object *member(struct json_object *tree, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(tree, key, &value);
	return value;
}

void openapi_merge(struct json_object *all, struct json_object *own, const struct family *f,
		   struct arena *a)
{
	struct json_object *parts = member(all, "components"),
			   *own_parts = member(own, "components");
	struct names n = {
		.arena = a,
		.family = f->name,
		.all = member(parts, "schemas"),
		.own = member(own_parts, "schemas"),
	};

	names_decide(&n);
	refs_rename(&n, own, false);
	schemas_merge(&n);
	components_merge(member(parts, "headers"), member(own_parts, "headers"));
	components_merge(member(parts, "securitySchemes"), member(own_parts, "securitySchemes"));
	tags_merge(member(all, "tags"), member(own, "tags"));
	paths_merge(member(all, "paths"), member(own, "paths"), &n);
	if (!f->mount) /* the family that stands at the root only names the whole */
		json_object_object_add(all, "info", json_object_get(member(own, "info")));
}

void openapi_prune(struct json_object *document, struct arena *a)
{
	struct json_object *schemas = member(member(document, "components"), "schemas");
	struct json_object_iter it;
	const char *unused;

	do { /* one at a time: what only it referred to is unused then */
		const char *text =
			json_object_to_json_string_ext(document, JSON_C_TO_STRING_NOSLASHESCAPE);

		unused = NULL;
		json_object_object_foreachC(schemas, it)
		{
			if (!unused &&
			    !strstr(text, arena_printf(a, "\"" SCHEMA_REF "%s\"", it.key)))
				unused = arena_strdup(a, it.key);
		}
		if (unused)
			json_object_object_del(schemas, unused);
	} while (unused);
}
