/* api.c: hearth-api, the worker behind nginx; without a FastCGI socket on descriptor 0 it answers
 * one CGI request */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcgiapp.h>

#include "base/log.h"
#include "gen/gen.h"
#include "house/house.h"
#include "http/fcgi.h"

int main(int argc, char **argv)
{
	const char *dir = getenv("HEARTH_DIR");
	struct server server;
	struct err e = { 0 };
	int option, status;

	log_program("hearth-api");
	while ((option = getopt(argc, argv, "d:h")) != -1) {
		if (option == 'd') {
			dir = optarg;
		} else {
			fprintf(option == 'h' ? stdout : stderr, "usage: hearth-api [-d DIR]\n");
			return option == 'h' ? 0 : 2;
		}
	}
	if (!dir) {
		fprintf(stderr,
			"hearth-api: name the instance's folder with -d DIR or HEARTH_DIR\n");
		return 2;
	}
	if (server_init(&server, dir, families, gen_docs_routes, &e)) {
		log_line(LOG_ERROR, "cannot start in %s: %s", dir, e.text);
		return 1;
	}
	status = FCGX_IsCGI() ? cgi_serve(&server) : fcgi_serve(&server);
	server_done(&server);
	return status;
}
