/* text.c: see text.h */
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* Length of the valid character at s (1-4), 0 when invalid or NUL; n bytes are there. */
static size_t utf8_char(const unsigned char *s, size_t n)
{
	if (s[0] == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return n >= 2 && (s[1] & 0xc0) == 0x80 ? 2 : 0;
	if ((s[0] & 0xf0) == 0xe0) {
		if (n < 3 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
			return 0;
		if (s[0] == 0xe0 && s[1] < 0xa0)
			return 0;
		if (s[0] == 0xed && s[1] > 0x9f)
			return 0;
		return 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		if (n < 4 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80 ||
		    (s[3] & 0xc0) != 0x80)
			return 0;
		if (s[0] == 0xf0 && s[1] < 0x90)
			return 0;
		if (s[0] == 0xf4 && s[1] > 0x8f)
			return 0;
		return 4;
	}
	return 0;
}

bool is_utf8(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	while (n) {
		size_t step = utf8_char(p, n);

		if (!step)
			return false;
		p += step;
		n -= step;
	}
	return true;
}

size_t utf8_length(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		if (((unsigned char)*s & 0xc0) != 0x80)
			n++;
	return n;
}

static bool control_at(const unsigned char *p)
{
	return p[0] < 0x20 || p[0] == 0x7f || (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f);
}

bool has_control(const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p; p++)
		if (control_at(p))
			return true;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *text_trim(struct arena *a, const char *s)
{
	size_t n;

	while (is_blank(*s))
		s++;
	n = strlen(s);
	while (n && is_blank(s[n - 1]))
		n--;
	return arena_strndup(a, s, n);
}

char *text_clean(struct arena *a, const char *s, size_t n, size_t max_bytes)
{
	char *out = arena_alloc(a, n + 1);
	size_t used = 0;

	for (size_t i = 0; i < n;) {
		const unsigned char *p = (const unsigned char *)s + i;
		size_t step = utf8_char(p, n - i);

		if (step == 0) {
			i++;
			continue;
		}
		if (!control_at(p) && !(used == 0 && *p == ' ')) {
			if (used + step > max_bytes)
				break;
			memcpy(out + used, p, step);
			used += step;
		}
		i += step;
	}
	while (used && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
	return out;
}

bool parse_int(const char *s, int64_t *out)
{
	const char *p = s;
	char *end;
	long long v;

	if (*p == '-')
		p++;
	if (*p < '0' || *p > '9')
		return false;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno || *end)
		return false;
	*out = v;
	return true;
}

bool parse_num(const char *s, double *out)
{
	const char *p = s;
	bool digits = false;
	char *end;
	double v;

	if (*p == '-' || *p == '+')
		p++;
	for (; *p; p++) {
		if (*p >= '0' && *p <= '9')
			digits = true;
		else if (*p != '.' &&
			 !(digits && (*p == 'e' || *p == 'E' || *p == '-' || *p == '+')))
			return false;
	}
	if (!digits)
		return false;
	v = strtod(s, &end);
	if (*end || !isfinite(v))
		return false;
	*out = v == 0 ? 0.0 : v; /* no minus zero */
	return true;
}

/* At least so many digits; returns what is behind them. */
static char *write_digits(int64_t v, int least, char *out)
{
	int n = 1;

	for (int64_t rest = v / 10; rest || n < least; rest /= 10)
		n++;
	for (int i = n - 1; i >= 0; i--) {
		out[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return out + n;
}

/* Most numbers have few decimals: then the nearest whole number of these, divided again, is the
 * same number, and its digits are the shortest. So it is found without printf, which is slow. */
static bool write_few_decimals(double v, char out[NUM_TEXT])
{
	static const double powers[] = { 1, 10, 100, 1000, 10000 };
	enum { DECIMALS = sizeof(powers) / sizeof(*powers) - 1 };
	const double most = 1e10; /* so that all digits are exact */
	double whole = 0;
	int decimals = -1;
	int64_t digits;
	char *p = out;

	if (!(fabs(v) < most) || (signbit(v) && !(v < 0)))
		return false;
	do {
		if (++decimals > DECIMALS)
			return false;
		whole = nearbyint(v * powers[decimals]);
	} while (whole / powers[decimals] != v);
	digits = (int64_t)fabs(whole);
	if (v < 0)
		*p++ = '-';
	p = write_digits(digits / (int64_t)powers[decimals], 1, p);
	if (decimals) {
		*p++ = '.';
		p = write_digits(digits % (int64_t)powers[decimals], decimals, p);
	}
	*p = '\0';
	return true;
}

void write_num(double v, char out[NUM_TEXT])
{
	if (write_few_decimals(v, out))
		return;
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(out, NUM_TEXT, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

char *percent_decode(struct arena *a, const char *s, size_t n, bool plus)
{
	char *out = arena_alloc(a, n + 1);
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '%') {
			int high, low;

			if (i + 2 >= n || (high = hex_digit(s[i + 1])) < 0 ||
			    (low = hex_digit(s[i + 2])) < 0)
				return NULL;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		if (!c)
			return NULL;
		out[used++] = c;
	}
	out[used] = '\0';
	return out;
}

bool text_list_has(const char *list, const char *entry)
{
	static const char separators[] = ", \t\r\n";
	size_t length = strlen(entry);

	while (*list) {
		size_t n = strcspn(list, separators);

		if (n == length && n && memcmp(list, entry, n) == 0)
			return true;
		list += n;
		list += strspn(list, separators);
	}
	return false;
}

bool secret_equal(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}
