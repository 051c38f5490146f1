/* live.h: numbers that are newer than their rows in the database, shared by all processes through
 * DIR/run/live. What changes with each round would cost a commit each; here it costs the disk what
 * the kernel writes of a page or two every half a minute. The collector is the only writer: what it
 * put is seen by others once its transaction has committed, and all of it at once. After a restart of
 * the machine, or when the file cannot be had, there is nothing here, and the rows tell. */
#ifndef DB_LIVE_H
#define DB_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/field.h"

struct live;

/* Never fails: without its file it holds nothing and takes nothing. */
struct live *live_open(const char *dir);
void live_close(struct live *l);
/* From here on this process is the writer. */
void live_write(struct live *l);

/* A row of a table; name and part may be "". */
uint64_t live_key(const char *table, const char *name, const char *part, int64_t number);
/* The members that shape describes: numbers, flags and times. False when it takes nothing: store the
 * row. */
bool live_put(struct live *l, uint64_t key, const struct shape *shape, const void *row);
/* Brings the row up to date; false when there is nothing newer. */
bool live_get(struct live *l, uint64_t key, const struct shape *shape, void *row);
/* The row itself has been stored. */
void live_drop(struct live *l, uint64_t key);

/* What is seen from here on; forgets what was put and not published. */
void live_refresh(struct live *l);
void live_publish(struct live *l);
/* Of what refresh saw: differs when anything does. */
int64_t live_version(const struct live *l);

#endif
