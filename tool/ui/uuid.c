// SPDX-License-Identifier: GPL-2.0-only
/* UUIDs as people read them. */
#include <uuid/uuid.h>

#include "ui/ui.h"

const char *uuid_text(const uint8_t uuid[16], struct uuid_buf *buf)
{
	uuid_unparse_lower(uuid, buf->text);
	return buf->text;
}
