/* wake.h: a request tells the collector that something is due now */
#ifndef COLLECT_WAKE_H
#define COLLECT_WAKE_H

#include <stdbool.h>

/* The reading end of DIR/run/collect.wake, made if it is missing; becomes readable when somebody
 * calls. -1 (errno): without it the collector looks again at its next round. */
int wake_listen(const char *dir);
/* Takes all calls that have come. */
void wake_clear(int fd);
/* Does not wait; nothing happens while no collector listens. */
void wake_send(const char *dir);

#endif
