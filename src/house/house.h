/* house.h: what joins the families: Hearth's own routes, the list of families, the list of what the
 * collector does */
#ifndef HOUSE_HOUSE_H
#define HOUSE_HOUSE_H

#include "collect/source.h"
#include "http/route.h"

extern const struct family family_house;

/* All families, ended by NULL; an earlier one wins where two claim a path at the root. */
extern const struct family *const families[];

/* All systems that are polled, ended by NULL, and the collector's chores, ended by run NULL. */
extern const struct source *const sources[];
extern const struct chore chores[];

#endif
