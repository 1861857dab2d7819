/* SPDX-License-Identifier: Apache-2.0
 *
 * Structural ceilings of the module decoder: the published limits of the
 * parser that most engines embed, so that what it takes is not refused here, where
 * memory does not say otherwise.
 * Passing one is reason "limit".  The size of the whole file is
 * WF_MAX_MODULE_BYTES (base/limits.h).
 */
#ifndef WF_WASM_LIMITS_H
#define WF_WASM_LIMITS_H

#define WF_WASM_MAX_TYPES 1000000u     /* also: entries of one rec group */
#define WF_WASM_MAX_FUNCS 1000000u     /* imported and defined */
/* Lower than the published 1,000,000: each becomes several JSON values, and a
 * module of 4 MB must not cost gigabytes. */
#define WF_WASM_MAX_IMPORTS 100000u
#define WF_WASM_MAX_EXPORTS 100000u
#define WF_WASM_MAX_GLOBALS 1000000u
#define WF_WASM_MAX_TAGS 1000000u
#define WF_WASM_MAX_TABLES 100000u
#define WF_WASM_MAX_MEMORIES 100u
#define WF_WASM_MAX_SEGMENTS 100000u   /* element or data */
#define WF_WASM_MAX_NAME_BYTES 100000u
#define WF_WASM_MAX_BODY_BYTES 7654321u /* one function; bounds the block stack */
#define WF_WASM_MAX_LOCALS 50000u      /* in one function */
#define WF_WASM_MAX_PARAMS 1000u       /* and results, each */
#define WF_WASM_MAX_FIELDS 10000u      /* of a struct type */
#define WF_WASM_MAX_CUSTOMS 100000u    /* custom sections; bounds memory only */
#define WF_WASM_MAX_PRODUCERS 200u     /* rows of `producers` that are reported */
#define WF_WASM_MAX_TYPE_TEXT 32768u   /* one signature as text: 1000 + 1000 short names */
#define WF_WASM_MAX_TYPES_TEXT 16777216u /* of all imports, or all exports, of a module */

/* Components. */
#define WF_WASM_MAX_NESTED 1000u       /* modules and components inside one file */
#define WF_WASM_MAX_DEPTH 100u         /* components and types inside one another */
#define WF_WASM_MAX_DECLS 1000000u     /* of one component or instance type */
#define WF_WASM_MAX_MODULE_DECLS 100000u /* of one core module type */
#define WF_WASM_MAX_ARGS 100000u       /* of one instantiation */
#define WF_WASM_MAX_CASES 10000u       /* fields, cases, members of one type */
#define WF_WASM_MAX_FLAG_NAMES 32u      /* what the format itself allows */
#define WF_WASM_MAX_CANON_OPTIONS 10u
#define WF_WASM_MAX_START_ARGS 1000u
#define WF_WASM_MAX_INDEX_SPACE 1000000u /* entries of one index space */
/* What is kept to say the types of a component, 16 bytes each; past it they
 * are not said, and never compared as equal. */
#define WF_WASM_MAX_SURFACE 2000000u
#define WF_WASM_MAX_TYPE_DEPTH 64u     /* types inside one another, in a text */
#define WF_WASM_MAX_TYPE_STEPS 4096u   /* names looked at for one text */
#define WF_WASM_MAX_IFACE_FUNCS 100000u /* all interfaces: they become JSON values */

#define WF_WASM_PAGE_BYTES 65536u

#endif
