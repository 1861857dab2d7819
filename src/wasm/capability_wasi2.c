/* SPDX-License-Identifier: Apache-2.0
 *
 * WASI 0.2 and 0.3: the interfaces that components import.  Release
 * candidates and drafts of a line count as that line.  Data.
 */
#include "base/cc.h"
#include "wasm/capability.h"

#define I(iface, name, classes, says, versions) \
	{iface, name, WF_CAPS(classes), says, WF_EXTERN_INSTANCE, versions}
#define TWO(iface, classes, says) I(iface, NULL, classes, says, "0.2")
#define THREE(iface, classes, says) I(iface, NULL, classes, says, "0.3")
#define BOTH(iface, classes, says) I(iface, NULL, classes, says, "0.2 0.3")

#define STREAMS "can use standard input and output"
#define SOCKETS "can use network sockets"

static const struct wf_cap_row rows[] = {
	I("wasi:cli/environment", "get-environment", ENV, "can read environment variables", "0.2 0.3"),
	I("wasi:cli/environment", "get-arguments", ARGS, "can read its command line", "0.2 0.3"),
	I("wasi:cli/environment", "initial-cwd", ENV, "can read where it was started", "0.2"),
	I("wasi:cli/environment", "get-initial-cwd", ENV, "can read where it was started", "0.3"),
	BOTH("wasi:cli/exit", PROCESS, "can end its own instance"),
	BOTH("wasi:cli/stdin", STDIO, STREAMS),
	BOTH("wasi:cli/stdout", STDIO, STREAMS),
	BOTH("wasi:cli/stderr", STDIO, STREAMS),
	BOTH("wasi:cli/terminal-input", STDIO, STREAMS),
	BOTH("wasi:cli/terminal-output", STDIO, STREAMS),
	BOTH("wasi:cli/terminal-stdin", STDIO, STREAMS),
	BOTH("wasi:cli/terminal-stdout", STDIO, STREAMS),
	BOTH("wasi:cli/terminal-stderr", STDIO, STREAMS),
	THREE("wasi:cli/types", TYPES, "can name types of the host"),

	BOTH("wasi:clocks/monotonic-clock", CLOCK, "can read the time and wait"),
	TWO("wasi:clocks/wall-clock", CLOCK, "can read the time"),
	THREE("wasi:clocks/system-clock", CLOCK, "can read the time"),
	BOTH("wasi:clocks/timezone", CLOCK, "can read the time zone"),
	THREE("wasi:clocks/types", TYPES, "can name types of the host"),

	/* preopens is where the authority comes from, types what is done with it */
	BOTH("wasi:filesystem/preopens", FILESYSTEM, "can find the directories it is given"),
	BOTH("wasi:filesystem/types", FILESYSTEM, "can use the files and directories it is given"),

	BOTH("wasi:http/types", BENIGN, "can make and read HTTP messages"),
	TWO("wasi:http/outgoing-handler", HTTP_CLIENT, "can send HTTP requests"),
	THREE("wasi:http/client", HTTP_CLIENT, "can send HTTP requests"),
	/* imported: it stands between a server and another handler */
	TWO("wasi:http/incoming-handler", HTTP_SERVER, "can pass on HTTP requests"),
	THREE("wasi:http/handler", HTTP_SERVER, "can pass on HTTP requests"),

	TWO("wasi:io/error", BENIGN, "can read error messages of streams"),
	TWO("wasi:io/poll", BENIGN, "can wait for what it may use"),
	TWO("wasi:io/streams", BENIGN, "can read and write streams it is given"),

	BOTH("wasi:random/random", RANDOM, "can read random numbers"),
	BOTH("wasi:random/insecure", RANDOM, "can read random numbers"),
	BOTH("wasi:random/insecure-seed", RANDOM, "can read random numbers"),

	TWO("wasi:sockets/network", NETWORK, SOCKETS),
	TWO("wasi:sockets/instance-network", NETWORK, "can use the host's network"),
	TWO("wasi:sockets/tcp", NETWORK, "can call out and listen over TCP"),
	TWO("wasi:sockets/tcp-create-socket", NETWORK, "can open TCP sockets"),
	TWO("wasi:sockets/udp", NETWORK, "can send and receive over UDP"),
	TWO("wasi:sockets/udp-create-socket", NETWORK, "can open UDP sockets"),
	THREE("wasi:sockets/types", NETWORK, "can open and use network sockets"),
	BOTH("wasi:sockets/ip-name-lookup", DNS, "can resolve names"),
};

const struct wf_cap_family wf_capability_wasi2 = {rows, WF_COUNT(rows)};
