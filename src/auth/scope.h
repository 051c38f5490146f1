/* scope.h: what a principal may do, by name; which role has which */
#ifndef AUTH_SCOPE_H
#define AUTH_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

enum scope {
	SCOPE_NONE = 0, /* nobody: what a route without a scope gets */
	SCOPE_ANYONE,	/* public */
	SCOPE_SELF,	/* any active account, about itself */
	SCOPE_READ_RECORDER,
	SCOPE_WRITE_RECORDER,
	SCOPE_READ_PANEL,
	SCOPE_WRITE_PANEL,
	SCOPE_WRITE_AIHUB,
	SCOPE_READ_NETWORK,
	SCOPE_ADMIN_ALL, /* every scope */
	SCOPES,
};

typedef uint64_t scope_set;
#define SCOPE_BIT(scope) ((scope_set)1 << (scope))

/* "read:network"; "" for those without a name (none, anyone, self). */
const char *scope_name(enum scope scope);
/* "read:network,write:panel" -> set of the known names; false and *bad = the first unknown one
 * (points into the list), NULL when there is none. Blanks separate too. */
bool parse_scopes(const char *list, scope_set *out, const char **bad);
enum { SCOPE_LIST = 512 }; /* room for all names, with NUL */
/* Comma separated names of a set. */
void write_scopes(scope_set set, char out[SCOPE_LIST]);
/* admin, member, guest, expert; 0 for another word. */
scope_set role_scopes(const char *role);
/* It is one of those. */
bool is_role(const char *role);
/* The set has the scope or admin:all. SCOPE_SELF is had by everybody, SCOPE_NONE by nobody. */
bool has_scope(scope_set set, enum scope scope);

#endif
