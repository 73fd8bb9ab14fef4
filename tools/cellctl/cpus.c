// SPDX-License-Identifier: GPL-2.0-only
/* The CPUs of a cell: a bitmap, printed as a list like "0,2-5". */
#include "cellctl.h"

bool cpu_in(const struct cl_cell_info *info, unsigned int cpu)
{
	return cpu < CL_MAX_CPUS && (info->cpus[cpu / 64] >> (cpu % 64)) & 1;
}

void print_cpus(FILE *f, const struct cl_cell_info *info)
{
	const char *separator = "";

	for (unsigned int first = 0; first < CL_MAX_CPUS; first++) {
		unsigned int last = first;

		if (!cpu_in(info, first))
			continue;
		while (cpu_in(info, last + 1))
			last++;
		fprintf(f, "%s%u", separator, first);
		if (last > first)
			fprintf(f, "-%u", last);
		separator = ",";
		first = last;
	}
	if (!*separator)
		fputc('-', f);
}

void json_cpus(struct json *j, const char *key, const struct cl_cell_info *info)
{
	json_array(j, key);
	for (unsigned int cpu = 0; cpu < CL_MAX_CPUS; cpu++) {
		if (cpu_in(info, cpu))
			json_number(j, NULL, cpu);
	}
	json_end(j);
}
