/* owner.h: what root runs in an instance's folder is run as the folder's owner */
#ifndef BASE_OWNER_H
#define BASE_OWNER_H

#include <stdbool.h>

/* As root, becomes the owner of *dir for good: files made there stay the owner's, and links that the
 * owner laid lead no further than the owner may go. *dir is then its real path, as the owner may not
 * be allowed where root was; it lasts as long as the process. A folder of root's, or none yet,
 * changes nothing. False: it could not be done (errno). */
bool owner_become(const char **dir);

#endif
