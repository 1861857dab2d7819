/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of SQL types as PostgreSQL reads them in an argument list, without
 * asking a server: which two words mean one type.
 */
#ifndef WF_MANIFEST_TYPE_NAME_H
#define WF_MANIFEST_TYPE_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* "int" and "INTEGER", "varchar(10)" and "character varying", "int [3]" and
 * "int4[]".  Where it cannot tell, two names are the same only if they are
 * written alike: a type of somebody's own may have any name. */
bool wf_type_name_same(const char *, const char *);
/* The same for whole lists. */
bool wf_type_name_lists(const char *const *, size_t n, const char *const *, size_t m);

#endif
