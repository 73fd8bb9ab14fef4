// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin for QEMU that counts the instructions of each CPU at EL2.
 *
 *	-plugin plugin.so,from=ADDRESS,to=ADDRESS,entry=ADDRESS,out=FILE
 *
 * [from, to) is where the hypervisor's text is, and nothing else that this machine
 * executes. A CPU that executes MARK, which is a NOP to it, or comes to `entry`, where a
 * cell begins, gets a line in the file: its number, and what each CPU has executed at
 * EL2 since the machine was switched on.
 *
 * A PMU of QEMU's cannot do this where several CPUs have something to do: they take
 * turns, and one whose turn ends at EL2 counts what the others do meanwhile.
 *
 * Debian has no package with QEMU's header; this is what is used of it, version 1.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mark.h"

#define MAX_CPUS 64
#define NO_REGS 0

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void block_translated(uint64_t id, struct qemu_plugin_tb *tb);
typedef void executed(unsigned int cpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, block_translated *callback);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, executed *callback,
					    int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t n);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

int qemu_plugin_version = 1;

static uint64_t from, to, entry, counts[MAX_CPUS];
static FILE *out;

static void at_el2(unsigned int cpu, void *data)
{
	counts[cpu % MAX_CPUS]++;
}

static void at_mark(unsigned int cpu, void *data)
{
	fprintf(out, "%u", cpu);
	for (unsigned int i = 0; i < MAX_CPUS; i++)
		fprintf(out, " %lu", counts[i]);
	fputc('\n', out);
	fflush(out);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);
		uint32_t code;

		memcpy(&code, qemu_plugin_insn_data(insn), sizeof(code));
		if (address >= from && address < to)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_el2, NO_REGS, NULL);
		else if (code == MARK || address == entry)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, at_mark, NO_REGS, NULL);
	}
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "from=", 5))
			from = strtoull(argv[i] + 5, NULL, 0);
		else if (!strncmp(argv[i], "to=", 3))
			to = strtoull(argv[i] + 3, NULL, 0);
		else if (!strncmp(argv[i], "entry=", 6))
			entry = strtoull(argv[i] + 6, NULL, 0);
		else if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
	}
	if (!out || from >= to)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
