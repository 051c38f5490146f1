/* families.h: the families of the API */
#ifndef HOUSE_FAMILIES_H
#define HOUSE_FAMILIES_H

#include "http/route.h"

/* All families, ended by NULL; an earlier one wins where two claim a path at the root. */
extern const struct family *const families[];

#endif
