// SPDX-License-Identifier: GPL-2.0-only
/* Goes through an xl config token by token (as tools/libs/util/libxlu_cfg_l.l of Xen defines them) and counts lines. */
#include "guest/config_lines.h"

#include <stdbool.h>
#include <string.h>

enum token { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_SET, TOKEN_ADD, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA, TOKEN_STOP, TOKEN_OTHER };

struct scan {
	const char *at;
	unsigned int line;
	const char *token;	/* the one read last: its text, its length and line */
	size_t len;
	unsigned int token_line;
};

/* Behind the closing quote; a backslash takes the next character with it. A string ends within its line. */
static const char *string_end(const char *at)
{
	char quote = *at++;

	for (; *at && *at != '\n' && *at != quote; at++)
		if (*at == '\\' && at[1] && at[1] != '\n')
			at++;
	return *at == quote ? at + 1 : at;
}

static const char *word_end(const char *at)
{
	return at + strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789._");
}

static enum token single(char c)
{
	switch (c) {
	case '=': return TOKEN_SET;
	case '[': return TOKEN_OPEN;
	case ']': return TOKEN_CLOSE;
	case ',': return TOKEN_COMMA;
	case ';':
	case '\n': return TOKEN_STOP;
	default: return TOKEN_OTHER;
	}
}

static enum token token_next(struct scan *s)
{
	enum token token;

	s->at += strspn(s->at, " \t");
	if (*s->at == '#')
		s->at += strcspn(s->at, "\n");
	s->token = s->at;
	s->token_line = s->line;
	if (!*s->at)
		return TOKEN_END;
	if (*s->at == '"' || *s->at == '\'') {
		s->at = string_end(s->at);
		token = TOKEN_STRING;
	} else if (word_end(s->at) != s->at) {
		s->at = word_end(s->at);
		token = TOKEN_WORD;
	} else if (s->at[0] == '+' && s->at[1] == '=') {
		s->at += 2;
		token = TOKEN_ADD;
	} else {
		s->line += *s->at == '\n';
		token = single(*s->at++);
	}
	s->len = s->at - s->token;
	return token;
}

/* The items of the list that has just been opened, up to its end; lists within it are one item each. */
static void list_scan(struct scan *s, struct lines *lines)
{
	unsigned int depth = 1;
	bool wanted = true;
	enum token token;

	while (depth && (token = token_next(s)) != TOKEN_END) {
		if (depth == 1 && wanted && (token == TOKEN_WORD || token == TOKEN_STRING || token == TOKEN_OPEN)) {
			if (lines->nr < LINES_ITEMS_MAX)
				lines->items[lines->nr] = s->token_line;
			lines->nr++;
			wanted = false;
		}
		if (depth == 1 && token == TOKEN_COMMA)
			wanted = true;
		depth += token == TOKEN_OPEN;
		depth -= token == TOKEN_CLOSE;
	}
}

/* Behind the key: what it is set to, or what is added to it. */
static void value_scan(struct scan *s, struct lines *lines)
{
	enum token token = token_next(s);

	if (token != TOKEN_SET && token != TOKEN_ADD)
		return;
	if (token == TOKEN_SET)
		lines->nr = 0;
	lines->key = s->token_line;
	token = token_next(s);
	if (token == TOKEN_OPEN)
		list_scan(s, lines);
}

void lines_find(const char *text, const char *key, struct lines *lines)
{
	struct scan s = { .at = text, .line = 1 };
	struct lines other = { 0 };
	bool begins = true;
	enum token token;

	memset(lines, 0, sizeof(*lines));
	while ((token = token_next(&s)) != TOKEN_END) {
		if (begins && token == TOKEN_WORD)
			value_scan(&s, s.len == strlen(key) && !memcmp(s.token, key, s.len) ? lines : &other);
		begins = token == TOKEN_STOP;
	}
}

void lines_keys(const char *text,
		void (*take)(const char *key, size_t len, unsigned int line, void *arg), void *arg)
{
	struct scan s = { .at = text, .line = 1 };
	struct lines ignored = { 0 };
	bool begins = true;
	enum token token;

	while ((token = token_next(&s)) != TOKEN_END) {
		if (begins && token == TOKEN_WORD) {
			take(s.token, s.len, s.token_line, arg);
			value_scan(&s, &ignored);
		}
		begins = token == TOKEN_STOP;
	}
}
