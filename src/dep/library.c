/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening a shared library.  Must never leave a function missing unsaid.
 */
#include "dep/library.h"

#include <dlfcn.h>

enum wf_rc
wf_library_load(const struct wf_library *l, const struct wf_library_function *f, size_t n,
                void *to, struct wf_err *err)
{
	void *lib = dlopen(l->file, RTLD_NOW | RTLD_LOCAL), *p;
	size_t i;

	if (!lib) {
		(void)wf_err_set(err, WF_R_UNAVAILABLE, "cannot load %s: %s", l->file, dlerror());
		return wf_err_hint(err, "%s", l->install);
	}
	for (i = 0; i < n; i++) {
		p = dlsym(lib, f[i].name);
		if (!p) {
			(void)wf_err_set(err, WF_R_UNAVAILABLE, "%s has no function %s", l->file,
			                 f[i].name);
			return wf_err_hint(err, "%s", l->install);
		}
		/* POSIX: an object pointer from dlsym is the function's */
		*(void **)(void *)((char *)to + f[i].off) = p;
	}
	return WF_OK;
}
