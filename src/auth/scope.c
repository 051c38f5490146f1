/* scope.c: see scope.h */
#include "auth/scope.h"

#include <stdio.h>
#include <string.h>

static const char *const names[SCOPES] = {
	[SCOPE_NONE] = "",
	[SCOPE_ANYONE] = "",
	[SCOPE_SELF] = "",
	[SCOPE_READ_RECORDER] = "read:recorder",
	[SCOPE_WRITE_RECORDER] = "write:recorder",
	[SCOPE_READ_PANEL] = "read:panel",
	[SCOPE_WRITE_PANEL] = "write:panel",
	[SCOPE_WRITE_AIHUB] = "write:aihub",
	[SCOPE_READ_NETWORK] = "read:network",
	[SCOPE_ADMIN_ALL] = "admin:all",
};

static const struct {
	const char *name;
	scope_set scopes;
} roles[] = {
	{ "admin", SCOPE_BIT(SCOPE_READ_RECORDER) | SCOPE_BIT(SCOPE_WRITE_RECORDER) |
			   SCOPE_BIT(SCOPE_READ_PANEL) | SCOPE_BIT(SCOPE_WRITE_PANEL) |
			   SCOPE_BIT(SCOPE_WRITE_AIHUB) | SCOPE_BIT(SCOPE_READ_NETWORK) |
			   SCOPE_BIT(SCOPE_ADMIN_ALL) },
	{ "member", SCOPE_BIT(SCOPE_READ_RECORDER) | SCOPE_BIT(SCOPE_WRITE_RECORDER) |
			    SCOPE_BIT(SCOPE_READ_PANEL) | SCOPE_BIT(SCOPE_WRITE_PANEL) |
			    SCOPE_BIT(SCOPE_READ_NETWORK) },
	{ "guest", 0 },
	{ "expert", 0 },
};

const char *scope_name(enum scope scope)
{
	return (unsigned)scope < SCOPES ? names[scope] : "";
}

static enum scope find(const char *name, size_t n)
{
	for (unsigned i = SCOPE_SELF + 1; i < SCOPES; i++)
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
			return (enum scope)i;
	return SCOPE_NONE;
}

bool parse_scopes(const char *list, scope_set *out, const char **bad)
{
	static const char separators[] = ", \t\r\n";
	scope_set set = 0;

	*bad = NULL;
	for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
		size_t n = strcspn(list, separators);
		enum scope scope = find(list, n);

		if (scope)
			set |= SCOPE_BIT(scope);
		else if (!*bad)
			*bad = list;
		list += n;
	}
	*out = set;
	return !*bad;
}

void write_scopes(scope_set set, char out[SCOPE_LIST])
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = SCOPE_SELF + 1; i < SCOPES; i++)
		if (set & SCOPE_BIT(i))
			used += (size_t)snprintf(out + used, SCOPE_LIST - used, "%s%s",
						 used ? "," : "", names[i]);
}

scope_set role_scopes(const char *role)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i].name, role) == 0)
			return roles[i].scopes;
	return 0;
}

bool is_role(const char *role)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i].name, role) == 0)
			return true;
	return false;
}

bool has_scope(scope_set set, enum scope scope)
{
	switch (scope) {
	case SCOPE_NONE:
		return false;
	case SCOPE_ANYONE:
	case SCOPE_SELF:
		return true;
	default:
		return (unsigned)scope < SCOPES &&
		       (set & (SCOPE_BIT(scope) | SCOPE_BIT(SCOPE_ADMIN_ALL)));
	}
}
