/* SPDX-License-Identifier: Apache-2.0
 *
 * Every ceiling on something that comes from outside, with its reason.
 * Passing one is an error of its own (reason word "limit"), never a cut.
 */
#ifndef WF_BASE_LIMITS_H
#define WF_BASE_LIMITS_H

#define WF_KIB 1024u
#define WF_MIB (1024u * 1024u)

/* files people write */
#define WF_MAX_CONFIG_BYTES (1u * WF_MIB)    /* config and policy: hand-written YAML */
#define WF_MAX_MANIFEST_BYTES (4u * WF_MIB)  /* about 20,000 functions */
#define WF_MAX_YAML_DEPTH 32u                /* deepest legal document has 8 */
#define WF_MAX_YAML_NODES 400000u            /* memory bound for one document */
#define WF_MAX_FUNCTIONS 20000u              /* entries in all manifest files of a run */
#define WF_MAX_PACKED_REFS_BYTES (16u * WF_MIB) /* of a git repository: 200,000 tags */
#define WF_MAX_PROBLEMS 200u                 /* lint stops listing after these */
#define WF_MAX_PATTERN_BYTES 512u            /* one pattern of a policy; references have 255 */
#define WF_MAX_REGEXP_STATES 1024u           /* of one expression, repetitions written out */
#define WF_MAX_REGEXP_TEXT 4096u             /* what one is matched against; bounds its cost */
#define WF_MAX_REGEXP_DEPTH 16u              /* groups in groups */

/* JSON from registries and signature files */
#define WF_MAX_JSON_DEPTH 64u
/* of a document that anybody may have written: so many values, and one more
 * for each 32 bytes.  Descriptors have 37 bytes a value, bundles hundreds. */
#define WF_MAX_JSON_VALUES 10000u
#define WF_MIN_JSON_VALUE_BYTES 32u
#define WF_MAX_OCI_MANIFEST_BYTES (4u * WF_MIB)  /* distribution-spec minimum for registries */
#define WF_MAX_INDEX_BYTES (64u * WF_MIB)        /* index.json of a store with 20,000 functions */
#define WF_MAX_BUNDLE_BYTES (8u * WF_MIB)        /* attestations with an SBOM inside */
#define WF_MAX_SIG_PAYLOAD_BYTES (1u * WF_MIB)   /* simple signing payload */
#define WF_MAX_KEY_BYTES (64u * WF_KIB)          /* a public key or certificate file */
#define WF_MAX_CANDIDATES 64u                    /* signatures examined for one artifact */
#define WF_MAX_EVIDENCE_BYTES (32u * WF_MIB)     /* payloads of all signatures of one artifact */
#define WF_MAX_PEEKED_BYTES (16u * WF_MIB)       /* signatures read ahead before the first is judged */
#define WF_MAX_LAYOUT_SCAN 4096u                 /* blobs searched for signatures in a foreign layout */
#define WF_MAX_REFERRERS 100u                    /* entries of a referrers list */
#define WF_MAX_INDEX_MANIFESTS 256u              /* platforms of one image; the largest have 30 */
#define WF_MAX_SUBJECTS 1024u                    /* in-toto subjects, as sigstore clients */
#define WF_MAX_SUBJECT_DIGESTS 32u               /* of one subject, as sigstore clients */
#define WF_MAX_LOG_ENTRIES 32u                   /* of one bundle, as sigstore clients */
#define WF_MAX_TIMESTAMPS 32u
#define WF_MAX_CERT_BYTES (32u * WF_KIB)         /* Fulcio issues 1 to 3 KiB, an RSA chain 8 */
#define WF_MAX_CERT_EXTENSIONS 64u               /* Fulcio issues about 30 */
#define WF_MAX_SCTS 16u                          /* of one certificate; Fulcio embeds one */
#define WF_MAX_SAN_BYTES 2048u                   /* a workflow URI has about 150 */
#define WF_MAX_ROOT_BYTES (1u * WF_MIB)          /* trusted_root.json; the public one has 7 KiB */
#define WF_MAX_ROOT_ENTRIES 256u                 /* of one list of it */
#define WF_MAX_CHAIN 16u                         /* certificates of one chain; real ones have 2 or 3 */
#define WF_MAX_TIMESTAMP_BYTES (64u * WF_KIB)    /* a token with its chain has 6 KiB */
#define WF_MAX_RSA_BITS 8192u                    /* verification cost */
#define WF_MIN_RSA_BITS 2048u

/* registry traffic */
#define WF_MAX_TOKEN_BYTES (128u * WF_KIB)
#define WF_MAX_ERROR_BODY_BYTES (64u * WF_KIB)
#define WF_MAX_HEADER_BYTES (256u * WF_KIB)
#define WF_MAX_REDIRECTS 5
#define WF_MAX_TASKS 12u                         /* transfers at a time */
#define WF_MAX_ORIGIN_TRANSFERS 8u               /* of these to one server: browsers open 6 */
#define WF_GC_GRACE_SECONDS 3600                 /* pulled, but its manifest file is still being written */
#define WF_MAX_HELPER_SECONDS 30u                /* a credential helper may wait for a person */
#define WF_MAX_MIRRORS 8u                        /* of one registry: each may be waited for */
#define WF_MAX_FETCH_BATCH 256u                  /* artifacts of one transaction: what a kill can lose */
#define WF_MAX_LAYERS 500u                       /* ECR's limit */

/* modules */
#define WF_MAX_MODULE_BYTES (32u * WF_MIB)       /* what is decoded and sent to a database */
#define WF_MAX_BLOB_BYTES (1024u * WF_MIB)       /* what pull stores, a piece at a time */
#define WF_MAX_FILE_BYTES (256u * WF_MIB)        /* a file to verify: all of it in memory */

/* archives that a module is in: container images, plugins */
#define WF_MAX_UNPACKED_BYTES (512u * WF_MIB)    /* what one layer may come to */
#define WF_MAX_UNPACK_RATIO 200u                 /* past the first MiB; WASM packs 3 to 10 times */
#define WF_MAX_TAR_ENTRIES 100000u               /* of one layer; a distribution has 30,000 */
#define WF_MAX_TAR_NAME_BYTES 4096u              /* PATH_MAX */
#define WF_MAX_PAX_BYTES (64u * WF_KIB)          /* one extended header */

/* targets at a time: each is a connection, a session there and a thread here */
#define WF_PARALLEL 50u                          /* unless --parallel says otherwise; the unit's TasksMax is 64 */
#define WF_MAX_POLLED (WF_MAX_PARALLEL + 1u)     /* descriptors waited for together: theirs, and a bell */
#define WF_MAX_HELD_MODULES (8u * WF_MIB)        /* in memory when one more begins to fetch its own */
#define WF_MAX_WAVE 1000                         /* one wave a target of the largest fleets */
#define WF_MAX_PARALLEL 64u                      /* a server takes 100 sessions unless told otherwise */

/* names in a database: PostgreSQL cuts at NAMEDATALEN - 1 */
#define WF_MAX_SQL_NAME_BYTES 63u
#define WF_MAX_ARGS 100u                         /* FUNC_MAX_ARGS */

/* transactions of one change: each waits for locks up to 10 s */
#define WF_MAX_TRIES 3u

/* the call that a manifest entry's check asks for */
#define WF_FIRST_CALL_MS 5000

/* rows of a ledger asked for at once; most have 10 to 100 KB of evidence */
#define WF_LEDGER_PAGE_ROWS 200u
#define WF_MAX_LOG_ROWS 100000u                  /* what --limit may ask for */

/* this host's own memory of a target: a row of 250 bytes for each function */
#define WF_MAX_STATE_BYTES (16u * WF_MIB)

/* a saved plan: seven steps of 250 bytes for each of 20,000 functions */
#define WF_MAX_PLAN_BYTES (40u * WF_MIB)

/* log line, contract section 8 */
#define WF_MAX_LOG_LINE 1024u
#define WF_MAX_LOG_EVENTS 200u                   /* of one target in one run: journald drops bursts */

#endif
