/* dialects.h: the instances of struct dialect, one file each */
#ifndef DIALECT_DIALECTS_H
#define DIALECT_DIALECTS_H

#include "http/dialect.h"

extern const struct dialect dialect_network;  /* RFC 9457, limit/offset pages with total_count */
extern const struct dialect dialect_house;    /* the same form with Hearth's own words */
extern const struct dialect dialect_recorder; /* {"detail": ...}, limit/offset pages with total */
extern const struct dialect dialect_panel;    /* the same form in the panel family's words */

#endif
