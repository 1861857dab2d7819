/* SPDX-License-Identifier: Apache-2.0
 *
 * What libpq alone needs for so many sessions at a time: opens them all, asks
 * each for one row, and ends.  Its peak resident set is the floor that
 * `tests/bench/run targets` compares with.
 *
 *   floor CONNINFO PREFIX N     databases PREFIX1 ... PREFIXN
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_SESSIONS = 200 };

int
main(int argc, char **argv)
{
	static PGconn *open[MAX_SESSIONS];
	char conninfo[1000];
	int i, n = argc == 4 ? atoi(argv[3]) : 0;

	if (n < 1 || n > MAX_SESSIONS) {
		(void)fprintf(stderr, "usage: floor CONNINFO PREFIX N\n");
		return 64;
	}
	for (i = 0; i < n; i++) {
		PGresult *res;

		(void)snprintf(conninfo, sizeof(conninfo), "%s dbname=%s%d", argv[1], argv[2], i + 1);
		open[i] = PQconnectdb(conninfo);
		res = PQexec(open[i], "SELECT 1");
		if (PQresultStatus(res) != PGRES_TUPLES_OK) {
			(void)fprintf(stderr, "%s", PQerrorMessage(open[i]));
			return 69;
		}
		PQclear(res);
	}
	for (i = 0; i < n; i++)
		PQfinish(open[i]);
	return 0;
}
