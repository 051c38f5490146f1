/* replay.c: plays the files of a corpus through a fuzz target once each; TAP */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_BYTES = 4 * 1024 * 1024 };

static int play(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	size_t n;

	if (!f)
		return -1;
	data = malloc(INPUT_BYTES);
	if (!data)
		abort();
	n = fread(data, 1, INPUT_BYTES, f);
	fclose(f);
	/* an exact copy, so that a sanitizer sees the first byte read beyond the end */
	uint8_t *exact = malloc(n ? n : 1);

	if (!exact)
		abort();
	for (size_t i = 0; i < n; i++)
		exact[i] = data[i];
	free(data);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent **names;
	int n = argc == 2 ? scandir(argv[1], &names, NULL, alphasort) : -1, played = 0;

	if (n < 0) {
		fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
		return 2;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];

		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], names[i]->d_name);
		printf("%s %d - %s\n", play(path) == 0 ? "ok" : "not ok", ++played,
		       names[i]->d_name);
	}
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	printf("1..%d\n", played);
	return played == 0;
}
