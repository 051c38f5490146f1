/* slots.h: how many passwords are hashed at the same time, by all workers together */
#ifndef AUTH_SLOTS_H
#define AUTH_SLOTS_H

#include "base/err.h"

/* A hash keeps a core and a worker busy for 50 ms. There is a slot for each core, half as many as
 * there are workers, and fewer than the rest of them may wait for one: however many people log in,
 * some workers are left for everybody else. A slot is a lock on a byte of DIR/run/hash.lock, which
 * the kernel takes back from a worker that dies. */
struct slots;

enum err_code slots_open(struct slots **out, const char *dir, struct err *e);
void slots_close(struct slots *s);

/* *slot = one that is now held, to be given back. Waits for half a second at most. s NULL: there is
 * no limit. ERR_RATE with retry_after_s: all are taken. */
enum err_code slot_take(struct slots *s, int *slot, struct err *e);
void slot_release(struct slots *s, int slot);

#endif
