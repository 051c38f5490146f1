/* demo.h: a week of a home that does not exist, to look around in */
#ifndef NETWORK_DEMO_H
#define NETWORK_DEMO_H

#include <stdint.h>

#include "base/err.h"
#include "db/db.h"

/* Stores the polls of the week before now, one a minute, in short transactions; always the same
 * home. Nothing happens where the router has been polled before. */
enum err_code network_demo(struct db *db, int64_t now, struct err *e);

#endif
