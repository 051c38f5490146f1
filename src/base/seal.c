/* seal.c: see seal.h */
#include "base/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/digest.h"
#include "base/log.h"

enum {
	NONCE = 12,
	TAG = 16,
	FILE_SIZE = 2 * SEAL_KEY + 1,
};

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_key(const char text[FILE_SIZE], unsigned char key[SEAL_KEY])
{
	for (int i = 0; i < SEAL_KEY; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (unsigned char)(high * 16 + low);
	}
	return text[FILE_SIZE - 1] == '\n';
}

static enum err_code refused(const char *path, const char *why, struct err *e)
{
	log_line(LOG_ERROR, "%s: %s", path, why);
	return err_set(e, ERR_SCHEMA, "secret.key: %s", why);
}

enum err_code seal_key_load(const char *dir, unsigned char key[SEAL_KEY], struct err *e)
{
	char path[PATH_MAX], text[FILE_SIZE + 1];
	struct stat st;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/secret.key", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refused(
			path, errno == ENOENT ? "missing; run hearthctl init" : strerror(errno), e);
	if (fstat(fd, &st) || (st.st_mode & 077)) {
		close(fd);
		return refused(path, "others may read it; chmod 600 it", e);
	}
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n != FILE_SIZE || !parse_key(text, key))
		return refused(path, "malformed; take it from a backup", e);
	OPENSSL_cleanse(text, sizeof(text));
	return ERR_NONE;
}

static bool write_key(int fd)
{
	unsigned char key[SEAL_KEY];
	char text[FILE_SIZE + 1];
	bool written;

	random_fill(key, sizeof(key));
	for (int i = 0; i < SEAL_KEY; i++)
		snprintf(text + 2 * i, 3, "%02x", key[i]);
	text[FILE_SIZE - 1] = '\n';
	written = write(fd, text, FILE_SIZE) == FILE_SIZE && fsync(fd) == 0;
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(text, sizeof(text));
	return written;
}

static void sync_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

enum err_code seal_key_create(const char *dir, bool *created, struct err *e)
{
	char path[PATH_MAX], new_path[PATH_MAX];
	bool written;
	int fd;

	*created = false;
	snprintf(path, sizeof(path), "%s/secret.key", dir);
	if (access(path, F_OK) == 0)
		return ERR_NONE;
	/* Under another name first: who dies half-way must not leave half a key, nor may two
	 * overwrite one another. */
	snprintf(new_path, sizeof(new_path), "%s/secret.key.%ld", dir, (long)getpid());
	fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ERR_INTERNAL, "Cannot create secret.key: %s", strerror(errno));
	written = write_key(fd);
	if (close(fd) || !written || (link(new_path, path) && errno != EEXIST)) {
		int error = errno;

		unlink(new_path);
		return err_set(e, ERR_INTERNAL, "Cannot write secret.key: %s", strerror(error));
	}
	unlink(new_path);
	sync_folder(dir);
	*created = true;
	return ERR_NONE;
}

/* The installation's key signs as well; each use has a key of its own. */
static void derive(const unsigned char key[SEAL_KEY], unsigned char out[SHA256_BYTES])
{
	static const char label[] = "hearth seal 1";

	hmac_sha256(key, SEAL_KEY, label, strlen(label), out);
}

char *seal_text(const unsigned char key[SEAL_KEY], const char *name, const char *text,
		struct arena *a)
{
	size_t n = strlen(text), size = NONCE + n + TAG;
	unsigned char *raw = arena_alloc(a, size), own[SHA256_BYTES];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	char *out = arena_alloc(a, 4 * ((size + 2) / 3) + 1);
	int used;

	derive(key, own);
	random_fill(raw, NONCE);
	if (!ctx || !EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, own, raw) ||
	    !EVP_EncryptUpdate(ctx, NULL, &used, (const unsigned char *)name, (int)strlen(name)) ||
	    !EVP_EncryptUpdate(ctx, raw + NONCE, &used, (const unsigned char *)text, (int)n) ||
	    !EVP_EncryptFinal_ex(ctx, raw + NONCE + used, &used) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, raw + NONCE + n))
		abort();
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(own, sizeof(own));
	write_base64url(raw, size, out);
	return out;
}

enum err_code seal_open(const unsigned char key[SEAL_KEY], const char *name, const char *sealed,
			struct arena *a, const char **out, struct err *e)
{
	size_t text_size = strlen(sealed), room = text_size / 4 * 3 + 3;
	unsigned char *raw = arena_alloc(a, room), own[SHA256_BYTES];
	long size = parse_base64url(sealed, text_size, raw, room);
	EVP_CIPHER_CTX *ctx;
	char *text;
	int n, used, rest;
	bool fits;

	if (size < NONCE + TAG)
		return err_set(e, ERR_INVALID, "A sealed value is damaged");
	n = (int)size - NONCE - TAG;
	text = arena_alloc(a, (size_t)n + 1);
	ctx = EVP_CIPHER_CTX_new();
	if (!ctx)
		abort();
	derive(key, own);
	fits = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, own, raw) &&
	       EVP_DecryptUpdate(ctx, NULL, &used, (const unsigned char *)name,
				 (int)strlen(name)) &&
	       EVP_DecryptUpdate(ctx, (unsigned char *)text, &used, raw + NONCE, n) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, raw + NONCE + n) &&
	       EVP_DecryptFinal_ex(ctx, (unsigned char *)text + n, &rest) > 0;
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(own, sizeof(own));
	if (!fits) {
		OPENSSL_cleanse(text, (size_t)n);
		return err_set(e, ERR_INVALID, "A sealed value was sealed with another secret.key");
	}
	*out = text;
	return ERR_NONE;
}
