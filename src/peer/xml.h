/* xml.h: small XML documents from other systems, visited element by element; over expat,
 * https://libexpat.github.io/ */
#ifndef PEER_XML_H
#define PEER_XML_H

#include <stdbool.h>
#include <stddef.h>

enum {
	XML_MAX_BYTES = 2 * 1024 * 1024, /* of a document */
	XML_MAX_DEPTH = 32,		 /* of nested elements */
};

/* Both calls may be NULL. Names come without their namespace prefix, in UTF-8; the root has
 * depth 1. A call that returns false ends the visit. Name and text are valid during the call
 * only. */
struct xml_visitor {
	bool (*open)(void *arg, int depth, const char *name);
	/* text without the blanks around it, NUL behind n bytes; "" when there are inner
	 * elements. */
	bool (*close)(void *arg, int depth, const char *name, const char *text, size_t n);
};

/* True when the whole document was read and every call returned true. False when it is not
 * well-formed, has a document type (so there are no entities but the five and numeric ones), or is
 * larger or deeper than allowed. */
bool xml_visit(const char *xml, size_t n, const struct xml_visitor *visitor, void *arg);

#endif
