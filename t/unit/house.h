/* house.h: a house and its people, for the tests of src/auth */
#ifndef UNIT_HOUSE_H
#define UNIT_HOUSE_H

#include <stdint.h>

#include "auth/account.h"
#include "auth/password.h"
#include "auth/principal.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "db/db.h"

enum { NOON = 1770000000 }; /* seconds since 1970: when everything happens */

#define ADDRESS "192.168.1.20"
#define PASSWORD "correct horse battery"

/* A house with an admin (anna), a member (max), a guest (gast); all with the same password. */
struct house {
	char dir[64];
	struct db *db;
	struct config cfg;
	struct auth_keys keys;
	struct auth auth;
	struct arena *arena;
	int64_t anna, max, gast;
	char hash[PASSWORD_HASH];
};

extern struct house house;

/* Of the whole group of tests: a folder with its databases, and its end. */
int house_build(void **state);
int house_clear(void **state);
/* Before a test: the three people, and nothing else that anybody left. */
int house_furnish(void **state);

void house_sql(const char *text);
/* The first column of the first row. */
int64_t house_int(const char *text);
/* Counts rows in *ctx, an int. */
enum err_code house_count_row(void *row, void *ctx, struct err *e);

#endif
