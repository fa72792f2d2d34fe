// SPDX-License-Identifier: GPL-2.0-only
/* Messages about backends, which begin with the config's line and the key. */
#include <stdarg.h>
#include <string.h>

#include "host/backend.h"
#include "host/lock.h"

#define TEXT_LEN	640

/* Subject and key of a message. */
static const char *key_text(const struct backend *b, const char *key, char text[TEXT_LEN])
{
	bool named = !strcmp(key, "backend") && b->spec.name[0];

	if (b->where[0])
		snprintf(text, TEXT_LEN, "%s: %s%s%s", b->where, key, named ? ": " : "",
			 named ? b->spec.name : "");
	else
		snprintf(text, TEXT_LEN, "%s%s%s", b->spec.name, named ? "" : ": ",
			 named ? "" : key);
	return text;
}

int backend_refuse(const struct backend *backend, const char *key, const char *format, ...)
{
	char text[TEXT_LEN], what[TEXT_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return refuse(key_text(backend, key, text), "%s", what);
}

void backend_warn(const struct backend *backend, const char *key, const char *format, ...)
{
	char text[TEXT_LEN], what[TEXT_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	warn(key_text(backend, key, text), "%s", what);
}

int backend_need(struct inventory *inv, const struct backend *backend,
		 const struct xenpmem_namespace *ns, unsigned int needs)
{
	char text[TEXT_LEN];
	int rc;

	key_text(backend, "backend", text);
	if (!(needs & NEED_POOL))
		return inventory_need_free(inv, text, ns, needs);
	rc = inventory_need_usable(inv, text, ns, needs);
	return rc ? rc : namespace_check_unlocked(text, ns->range.uuid);
}
