/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of the certificate extensions that rules may ask for, as Fulcio's
 * own list writes them.  The issuer is no extension here: it has a field of
 * its own in every identity.
 */
#include <string.h>

#include "policy/policy.h"

static const char *const names[] = {
	[2] = "githubWorkflowTrigger",
	[3] = "githubWorkflowSHA",
	[4] = "githubWorkflowName",
	[5] = "githubWorkflowRepository",
	[6] = "githubWorkflowRef",
	[9] = "buildSignerURI",
	[10] = "buildSignerDigest",
	[11] = "runnerEnvironment",
	[12] = "sourceRepositoryURI",
	[13] = "sourceRepositoryDigest",
	[14] = "sourceRepositoryRef",
	[15] = "sourceRepositoryIdentifier",
	[16] = "sourceRepositoryOwnerURI",
	[17] = "sourceRepositoryOwnerIdentifier",
	[18] = "buildConfigURI",
	[19] = "buildConfigDigest",
	[20] = "buildTrigger",
	[21] = "runInvocationURI",
	[22] = "sourceRepositoryVisibilityAtSigning",
	[23] = "deploymentEnvironment",
	[24] = "tokenSubject",
};

bool
wf_policy_extension(const char *name, unsigned *number)
{
	unsigned i;

	for (i = 0; i < WF_COUNT(names); i++) {
		if (!names[i] || strcmp(names[i], name) != 0)
			continue;
		if (number)
			*number = i;
		return true;
	}
	return false;
}

const char *
wf_policy_extension_name(unsigned number)
{
	return number < WF_COUNT(names) ? names[number] : NULL;
}
