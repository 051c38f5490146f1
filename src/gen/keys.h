/* keys.h: the table of settings as hearth.conf and as its manual page */
#ifndef GEN_KEYS_H
#define GEN_KEYS_H

#include "base/buf.h"

/* hearth.conf with every key as a comment: label, rule and default. */
void keys_template(struct buf *out);
/* hearth.conf(5) */
void keys_man(struct buf *out);

#endif
