# SPDX-License-Identifier: GPL-2.0-only
"""The fault catalogue: what must not harm anybody, row by row. Tests are marked
with the rows that they show, and a run with --faults tells which rows hold.

    @pytest.mark.fault(20, 21)
    def test_something(machine_factory): ...
"""

import collections
import json
import os
import pathlib
import random
import re

import payload

# The text of each fault, and what is required
ROWS = {
    1: ("system config: bad magic, version, architecture, checksum; empty; "
        "header only", "error naming the field, root unharmed"),
    2: ("system config truncated at every length", "error"),
    3: ("a root region overlaps hypervisor memory",
        "error naming both regions"),
    4: ("hypervisor memory in Linux's RAM, outside RAM, unaligned", "error"),
    5: ("Linux's own RAM missing from the root config",
        "error before take-over"),
    6: ("wrong GICD or GICR address, wrong GIC version",
        "error before commit"),
    7: ("debug console inside RAM, or two regions overlap", "error"),
    8: ("CPUs in the config that are offline, missing, too few", "error"),
    9: ("cell config: as rows 1 and 2", "error"),
    10: ("cell: counts and offsets beyond the blob", "error"),
    11: ("cell: no CPU, CPU twice, CPU not root's, all CPUs", "error"),
    12: ("cell: RAM unaligned, zero-sized, wrapping, over another region of "
         "the cell", "error"),
    13: ("cell: maps hypervisor memory, at create or as loadable", "error"),
    14: ("cell: maps RAM that Linux uses, or an address that is nobody's",
         "error"),
    15: ("two cells: same RAM, same CPU, same SPI, same PCI function, same "
         "name", "error naming both cells"),
    16: ("create twice, operations on unknown cells, load outside loadable "
         "memory, start without load, start twice", "error each"),
    17: ("destroy or disable while running; rmmod while enabled; enable "
         "twice", "defined result each"),
    18: ("kill -9 of cellctl at 50 random points of each operation",
         "no leak, state consistent"),
    19: ("guest: unmapped read, write, fetch; write to read-only; execute "
         "from no-execute",
         "external abort in the guest, or that cell failed; logged"),
    20: ("guest: every system register encoding read and written; every "
         "HVC and SMC immediate; 10^6 random hypercalls",
         "UNDEFINED, NOT_SUPPORTED, or that cell failed"),
    21: ("guest: random MMIO over GICD and GICR, all widths, also unaligned, "
         "with writeback, pair and SIMD stores",
         "as 19 or emulated; another cell's interrupts never change"),
    22: ("guest: SGIs to other cells' CPUs", "ignored, counted"),
    23: ("guest: ignores shutdown requests; spins with interrupts off; "
         "corrupts its communication region", "bounded; destroy works"),
    24: ("guest: PSCI SYSTEM_OFF, SYSTEM_RESET, CPU_OFF of its last CPU, "
         "CPU_ON races", "acts on that cell alone"),
    25: ("root: any HVC, SMC or hypercall with random arguments",
         "error returned"),
    26: ("root: reads and writes cell RAM and hypervisor memory",
         "a user mapping: SIGBUS to that process; the kernel's own mapping: "
         "an oops of that thread; other CPUs and threads live"),
    27: ("root: DMA into hypervisor or cell memory",
         "blocked and logged with SMMUv3; without one, enable says so"),
    28: ("root: kernel panic, then reboot; kexec; reboot while cells run",
         "reboots; cells keep running until then"),
    29: ("root: CPU hotplug storms during cell operations; suspend",
         "consistent"),
    30: ("100 times enable and disable; 1000 times create, load, start, "
         "destroy, also in random order",
         "no page lost, memory counters return to the start"),
    31: ("destroyed cell's RAM read by root", "zeroed"),
    32: ("cell CPU's FP, SIMD, PMU, debug registers after it changes cells",
         "wiped"),
    33: ("out of hypervisor memory at every allocation in enable and create",
         "error, rolled back"),
}


def seed():
    """For what a test does at random; the test has to tell it."""
    given = os.environ.get("CLOISTER_SEED")
    return int(given, 0) if given else random.getrandbits(63) | 1


# One test on one machine
Report = collections.namedtuple("Report", "test outcome machines")


def rows_of(item):
    """The rows that a test shows."""
    rows = [row for mark in item.iter_markers("fault") for row in mark.args]
    unknown = set(rows) - set(ROWS)
    if unknown:
        raise ValueError(f"{item.nodeid}: rows {unknown} do not exist")
    return rows


def machines_of(item):
    """[[kernel's release, CPU model, number of CPUs]] that a test booted."""
    factory = getattr(item, "machine_factory", None)
    return [] if factory is None else [
        [payload.release(machine.kernel), machine.cpu, machine.smp]
        for machine, _ in factory.machines]


class Catalogue:
    """The plugin: collects what tests say, and writes it at the end."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.reports = {row: [] for row in ROWS}

    def pytest_runtest_logreport(self, report):
        """Where pytest-xdist runs the tests, the parts come here as well."""
        properties = dict(report.user_properties)
        # The end of a test looks at its machines, too
        if report.when != "call" and not report.failed:
            return
        if hasattr(report, "wasxfail") or report.skipped:
            return
        for row in properties.get("fault rows", ()):
            self.reports[row].append(Report(
                report.nodeid.rpartition("/")[2], report.outcome,
                properties.get("machines", [])))

    def outcome(self, row):
        outcomes = {report.outcome for report in self.reports[row]}
        return "pass" if outcomes == {"passed"} else "fail"

    def pytest_sessionfinish(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        outcomes = {str(row): self.outcome(row) for row in ROWS}
        self.path.write_text(json.dumps(outcomes, indent=1) + "\n",
                             encoding="utf-8")
        self.path.with_suffix(".md").write_text(self.table(),
                                                encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter):
        failed = [row for row in ROWS if self.outcome(row) == "fail"]
        terminalreporter.write_line(
            f"fault catalogue: {len(ROWS) - len(failed)} of {len(ROWS)} rows "
            f"pass{', not ' if failed else ''}"
            f"{', '.join(map(str, failed))}: {self.path}")

    # The table

    def table(self):
        releases = {machine[0] for reports in self.reports.values()
                    for report in reports for machine in report.machines}
        lines = [
            "<!-- SPDX-License-Identifier: GPL-2.0-only -->",
            "<!-- Written by `make faults`; the texts are in "
            "tests/system/faults.py. -->",
            "# The fault catalogue", "",
            "What must not harm anybody. After each row Linux answers on all "
            "of its CPUs, its kernel has not complained, and cells that are "
            "not at fault still run. A test is named with the kernels it ran "
            "on, and with CPUs where they are not 4 Cortex-A57.", "",
            "Kernels: " + ", ".join(sorted(releases, key=_numbers)) + ".",
            "", "| # | fault | required | outcome | shown by |",
            "|---|---|---|---|---|"]
        for row, (fault, required) in ROWS.items():
            lines.append(f"| {row} | {fault} | {required} | "
                         f"{self.outcome(row)} | {self._tests(row)} |")
        return "\n".join(lines) + "\n"

    def _tests(self, row):
        tests = collections.defaultdict(set)
        for report in self.reports[row]:
            file, _, name = report.test.partition("::")
            where = tests[f"`{file}`: `{name.partition('[')[0]}`"]
            where |= {_machine(*machine) for machine in report.machines}
            if report.outcome != "passed":
                where.add("**failed**")
        return "<br>".join(
            f"{test} ({', '.join(sorted(where, key=_numbers))})"
            for test, where in sorted(tests.items()))


def _numbers(text):
    """A key that sorts 6.12 after 6.1."""
    return [int(part) for part in re.findall(r"\d+", text)], text


def _machine(release, cpu, smp):
    words = [".".join(release.split(".")[:2])]
    if smp != 4:
        words.append(f"{smp} CPUs" if smp > 1 else "1 CPU")
    if cpu != "cortex-a57":
        words.append(cpu)
    return " ".join(words)
