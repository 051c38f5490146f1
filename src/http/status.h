/* status.h: reason phrases of HTTP (RFC 9110 §15) */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

/* "Not Found"; "Error" for a number that Hearth never sends. */
const char *status_phrase(int status);

#endif
