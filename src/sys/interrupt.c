/* SPDX-License-Identifier: Apache-2.0
 *
 * The signal flag.  Handlers set one variable and do nothing else.
 */
#include "sys/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include "sys/clock.h"

static volatile sig_atomic_t pending;

static void
on_signal(int sig)
{
	pending = sig;
}

void
wf_interrupt_init(void)
{
	struct sigaction sa = {0};

	sa.sa_handler = on_signal;
	sa.sa_flags = (int)SA_RESETHAND; /* the second one kills */
	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sa.sa_flags = 0;
	(void)sigaction(SIGPIPE, &sa, NULL);
}

int
wf_interrupt_pending(void)
{
	return pending;
}

enum wf_rc
wf_interrupt_check(struct wf_err *err)
{
	if (pending)
		return wf_err_set(err, WF_R_TRY_AGAIN, "interrupted");
	if (wf_clock_left_ms(1) == 0)
		return wf_err_set(err, WF_R_TIMEOUT,
		                  "the time given with --timeout is used up");
	return WF_OK;
}

void
wf_interrupt_reraise(void)
{
	int sig = pending;

	if (!sig)
		return;
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
	_exit(128 + sig);
}
