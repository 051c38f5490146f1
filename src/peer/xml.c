/* xml.c: see xml.h */
#include "peer/xml.h"

#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/buf.h"
#include "base/text.h"

struct visit {
	XML_Parser parser;
	const struct xml_visitor *visitor;
	void *arg;
	struct buf text;
	int depth;
	bool leaf; /* nothing has been closed since the last opening */
	bool refused;
};

static void refuse(struct visit *v)
{
	v->refused = true;
	XML_StopParser(v->parser, XML_FALSE);
}

static const char *local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void on_open(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct visit *v = arg;

	(void)attributes;
	/* expat still reports the end of an empty element after it was stopped */
	if (v->refused)
		return;
	v->depth++;
	v->text.size = 0;
	v->leaf = true;
	if (v->depth > XML_MAX_DEPTH ||
	    (v->visitor->open && !v->visitor->open(v->arg, v->depth, local_name(name))))
		refuse(v);
}

static void on_close(void *arg, const XML_Char *name)
{
	struct visit *v = arg;
	char *text = v->text.data;
	size_t n = v->leaf ? v->text.size : 0;

	if (v->refused)
		return;
	while (n && is_blank(*text)) {
		text++;
		n--;
	}
	while (n && is_blank(text[n - 1]))
		n--;
	if (n)
		text[n] = '\0';
	if (v->visitor->close &&
	    !v->visitor->close(v->arg, v->depth, local_name(name), n ? text : "", n))
		refuse(v);
	v->text.size = 0;
	v->leaf = false;
	v->depth--;
}

static void on_text(void *arg, const XML_Char *text, int n)
{
	struct visit *v = arg;

	buf_add(&v->text, text, (size_t)n);
}

static void on_doctype(void *arg, const XML_Char *name, const XML_Char *system,
		       const XML_Char *public, int subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)subset;
	refuse(arg);
}

bool xml_visit(const char *xml, size_t n, const struct xml_visitor *visitor, void *arg)
{
	struct visit v = { .visitor = visitor, .arg = arg };
	bool whole;

	if (n > XML_MAX_BYTES || !is_utf8(xml, n)) /* expat would take UTF-16 too */
		return false;
	/* whatever the document says of itself: UTF-8 is what the boxes and services send */
	v.parser = XML_ParserCreate("UTF-8");
	if (!v.parser)
		abort();
	XML_SetUserData(v.parser, &v);
	XML_SetElementHandler(v.parser, on_open, on_close);
	XML_SetCharacterDataHandler(v.parser, on_text);
	XML_SetStartDoctypeDeclHandler(v.parser, on_doctype);
	whole = XML_Parse(v.parser, xml, (int)n, XML_TRUE) == XML_STATUS_OK && !v.refused;
	XML_ParserFree(v.parser);
	buf_done(&v.text);
	return whole;
}
