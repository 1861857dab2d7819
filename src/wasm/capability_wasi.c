/* SPDX-License-Identifier: Apache-2.0
 *
 * WASI preview1 (46 functions), preview0 under its own module name, vendor
 * additions in the same namespace, and the wasi-* modules beside it.  Data.
 */
#include "base/cc.h"
#include "wasm/capability.h"

#define BOTH(name, classes, says) \
	{"wasi_snapshot_preview1", name, classes, says, WF_EXTERN_FUNC, NULL}, \
	{"wasi_unstable", name, classes, says, WF_EXTERN_FUNC, NULL}
#define P1(name, classes, says) \
	{"wasi_snapshot_preview1", name, classes, says, WF_EXTERN_FUNC, NULL}
#define FS WF_CAPS(FILESYSTEM)
#define FD (WF_CAPS(STDIO) | WF_CAPS(FILESYSTEM))
#define NET WF_CAPS(NETWORK)

#define OPEN_FD "can use standard input and output and the files it has open"

static const struct wf_cap_row rows[] = {
	BOTH("args_get", WF_CAPS(ARGS), "can read its command line"),
	BOTH("args_sizes_get", WF_CAPS(ARGS), "can read its command line"),
	BOTH("environ_get", WF_CAPS(ENV), "can read environment variables"),
	BOTH("environ_sizes_get", WF_CAPS(ENV), "can read environment variables"),
	BOTH("clock_res_get", WF_CAPS(CLOCK), "can read how exact the clock is"),
	BOTH("clock_time_get", WF_CAPS(CLOCK), "can read the time"),
	BOTH("random_get", WF_CAPS(RANDOM), "can read random numbers"),
	BOTH("poll_oneoff", WF_CAPS(POLL), "can sleep and wait for events"),
	BOTH("proc_exit", WF_CAPS(PROCESS), "can end its own instance"),
	BOTH("proc_raise", WF_CAPS(PROCESS), "can signal its own instance"),
	BOTH("sched_yield", WF_CAPS(PROCESS), "can give up its turn"),

	BOTH("fd_read", FD, OPEN_FD),
	BOTH("fd_write", FD, OPEN_FD),
	BOTH("fd_close", FD, OPEN_FD),
	BOTH("fd_fdstat_get", FD, OPEN_FD),
	BOTH("fd_fdstat_set_flags", FD, OPEN_FD),
	BOTH("fd_fdstat_set_rights", FD, OPEN_FD),
	BOTH("fd_seek", FD, OPEN_FD),
	BOTH("fd_filestat_get", FD, OPEN_FD),

	BOTH("path_open", FS, "can open the files it is given"),
	BOTH("path_create_directory", FS, "can create directories where it is given one"),
	BOTH("path_filestat_get", FS, "can look at the files it is given"),
	BOTH("path_filestat_set_times", FS, "can change times of the files it is given"),
	BOTH("path_link", FS, "can link files it is given"),
	BOTH("path_readlink", FS, "can read links where it is given a directory"),
	BOTH("path_remove_directory", FS, "can remove directories it is given"),
	BOTH("path_rename", FS, "can rename the files it is given"),
	BOTH("path_symlink", FS, "can create links where it is given a directory"),
	BOTH("path_unlink_file", FS, "can remove the files it is given"),
	BOTH("fd_prestat_get", FS, "can find the directories it is given"),
	BOTH("fd_prestat_dir_name", FS, "can find the directories it is given"),
	BOTH("fd_readdir", FS, "can list the directories it is given"),
	BOTH("fd_advise", FS, "can use the files it has open"),
	BOTH("fd_allocate", FS, "can grow the files it has open"),
	BOTH("fd_datasync", FS, "can flush the files it has open"),
	BOTH("fd_sync", FS, "can flush the files it has open"),
	BOTH("fd_filestat_set_size", FS, "can resize the files it has open"),
	BOTH("fd_filestat_set_times", FS, "can change times of the files it has open"),
	BOTH("fd_pread", FS, "can read the files it has open"),
	BOTH("fd_pwrite", FS, "can write the files it has open"),
	BOTH("fd_renumber", FS, "can move open files between numbers"),
	BOTH("fd_tell", FS, "can use the files it has open"),

	P1("sock_accept", NET, "can accept connections on sockets it is given"),
	BOTH("sock_recv", NET, "can receive from sockets it is given"),
	BOTH("sock_send", NET, "can send to sockets it is given"),
	BOTH("sock_shutdown", NET, "can close sockets it is given"),

	/* WasmEdge and WAMR, in the same namespace */
	P1("sock_open", NET, "can open sockets"),
	P1("sock_bind", NET, "can listen on the network"),
	P1("sock_connect", NET, "can connect to the network"),
	P1("sock_listen", NET, "can listen on the network"),
	P1("sock_recv_from", NET, "can receive from the network"),
	P1("sock_send_to", NET, "can send to the network"),
	P1("sock_close", NET, "can close sockets"),
	P1("sock_getsockopt", NET, "can use network sockets"),
	P1("sock_setsockopt", NET, "can use network sockets"),
	P1("sock_getlocaladdr", NET, "can use network sockets"),
	P1("sock_getpeeraddr", NET, "can use network sockets"),
	P1("sock_addr_local", NET, "can use network sockets"),
	P1("sock_addr_remote", NET, "can use network sockets"),
	P1("sock_accept_v2", NET, "can accept connections"),
	P1("sock_open_v2", NET, "can open sockets"),
	P1("sock_bind_v2", NET, "can listen on the network"),
	P1("sock_connect_v2", NET, "can connect to the network"),
	P1("sock_listen_v2", NET, "can listen on the network"),
	P1("sock_recv_v2", NET, "can receive from the network"),
	P1("sock_recv_from_v2", NET, "can receive from the network"),
	P1("sock_send_v2", NET, "can send to the network"),
	P1("sock_send_to_v2", NET, "can send to the network"),
	P1("sock_getlocaladdr_v2", NET, "can use network sockets"),
	P1("sock_getpeeraddr_v2", NET, "can use network sockets"),
	P1("sock_set_*", NET, "can use network sockets"),
	P1("sock_get_*", NET, "can use network sockets"),
	P1("sock_getaddrinfo", WF_CAPS(DNS), "can resolve names"),
	P1("sock_addr_resolve", WF_CAPS(DNS), "can resolve names"),
	P1("epoll_oneoff", WF_CAPS(POLL), "can sleep and wait for events"),

	{"wasi", "thread-spawn", WF_CAPS(THREADS), "can start threads", WF_EXTERN_FUNC, NULL},
	{"wasi_ephemeral_nn", NULL, WF_CAPS(ML), "can run models on the host", WF_EXTERN_FUNC, NULL},
	{"wasi_nn", NULL, WF_CAPS(ML), "can run models on the host", WF_EXTERN_FUNC, NULL},
	{"wasi_ephemeral_crypto_common", NULL, WF_CAPS(CRYPTO), "can use the host's ciphers", WF_EXTERN_FUNC, NULL},
	{"wasi_ephemeral_crypto_asymmetric_common", NULL, WF_CAPS(CRYPTO), "can use the host's ciphers", WF_EXTERN_FUNC, NULL},
	{"wasi_ephemeral_crypto_signatures", NULL, WF_CAPS(CRYPTO), "can use the host's ciphers", WF_EXTERN_FUNC, NULL},
	{"wasi_ephemeral_crypto_symmetric", NULL, WF_CAPS(CRYPTO), "can use the host's ciphers", WF_EXTERN_FUNC, NULL},
	{"wasi_ephemeral_crypto_kx", NULL, WF_CAPS(CRYPTO), "can use the host's ciphers", WF_EXTERN_FUNC, NULL},
	{"wasi_http", NULL, WF_CAPS(HTTP_CLIENT), "can send HTTP requests", WF_EXTERN_FUNC, NULL},
	{"wasi_poll", NULL, WF_CAPS(POLL), "can sleep and wait for events", WF_EXTERN_FUNC, NULL},
};

const struct wf_cap_family wf_capability_wasi = {rows, WF_COUNT(rows)};
