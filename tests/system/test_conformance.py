# SPDX-License-Identifier: GPL-2.0-only
"""The guest `conformance` on the bare machine and in a cell: both say the same, but
for what Documentation/conformance.md lists with a reason."""

import os
import re
import subprocess

import pytest

import blobs
import cloister as c
from machine import SCALE
from payload import BUILD, ROOT

VIRTUAL, DIRECT = 0, 1
SPI = 224
# Areas, as bits of x0: what they print must fit the console's ring. On the bare machine
# SMC is PSCI's conduit where there is an EL2, and then CPUs begin there: so of that run
# no more than PSCI is compared.
PARTS = {"hvc": (0x07, 0xb8, 0x40), "smc": (0x10,)}
CHECKS = {"hvc": 400, "smc": 40}
CONDUITS = {"smc": 1, "hvc": 2}
RAM = 0x71200000
# Only in a cell there are interrupts and memory of others
ONLY_IN_A_CELL = "cell: "
LIST = ROOT / "Documentation/conformance.md"


def allowed(where):
    """{line: {(bare, cell): ...}} of the list's rows for such a run."""
    rows = {}
    for line in LIST.read_text(encoding="utf-8").splitlines():
        row = re.fullmatch(r"\| `(.+?)` \| (.+?) \| `(.+?)` \| `(.+?)` \| .+ \|",
                           line)
        if row and set(row[2].split()) <= where:
            rows.setdefault(row[1], set()).add((row[3], row[4]))
    return rows


def bare(gic, cpus, conduit, parts=None, spi=SPI, nr_spis=0):
    lines = []
    for part in parts or PARTS[conduit]:
        el2 = ["--el2"] if conduit == "smc" else []
        result = subprocess.run(
            [ROOT / "guests/run-bare", "--gic", str(gic), "--smp", str(cpus), *el2,
             BUILD / "guests/conformance.elf", str(part), str(spi), str(CONDUITS[conduit]),
             str(nr_spis)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True,
            timeout=120 * SCALE, env=os.environ)
        lines += result.stdout.splitlines()
    return lines


def in_cell(cloister, cpus, conduit, mode, parts=None, spi=SPI, nr_spis=0):
    lines = []
    for part in parts or PARTS[conduit]:
        config = blobs.cell("conformance", cpus=cpus, ram=RAM, irq_mode=mode,
                            args=[part, spi, CONDUITS[conduit], nr_spis])
        config.spis = list(range(spi, spi + (nr_spis or 8)))
        cloister.launch(config, "conformance")
        console = cloister.wait_console(
            "conformance", "^(conformance|guest: failed): ", timeout=120)
        lines += console.splitlines()
        cloister.end("conformance")
    return lines


def parse(lines):
    """[(where in the list, what, result)]: a comment heads the lines below it."""
    result, head = [], ""
    for line in lines:
        if line.startswith("# "):
            head = line[2:] + ": "
        elif not line.startswith(("conformance: ", "guest: q")):
            what, _, value = line.rpartition(": ")
            result.append((head + what if what.startswith("abort") else what, value))
    return result


def compare(reference, lines, where, least):
    """Complaints: what differs without a reason, and what is wrong in the cell."""
    rows = allowed(where)
    expected = parse(reference)
    got = []
    complaints = []
    for what, value in parse(lines):
        if what.startswith(ONLY_IN_A_CELL):
            if not value.startswith("ok"):
                complaints.append(f"{what}: {value}")
        else:
            got.append((what, value))
    names = [what for what, _ in expected], [what for what, _ in got]
    if names[0] != names[1] or len(expected) < least:
        return complaints + ["not the same checks: "
                             f"{sorted(set(names[0]) ^ set(names[1]))}"]
    for (what, on_bare), (_, value) in zip(expected, got):
        if on_bare == value:
            if value.startswith("WRONG") and (on_bare, value) not in rows.get(what, ()):
                complaints.append(f"{what}: {value} on both")
        elif (on_bare, value) not in rows.get(what, ()):
            complaints.append(f"{what}: bare {on_bare}, cell {value}")
    return complaints


def system(gic, smp):
    """Root's config for any number of CPUs."""
    name = f"qemu-virt-{'gicv2-' if gic == 2 else ''}{8 if gic == 2 else 16}"
    config = blobs.load(name)
    config.cpus = [cpu // 16 << 8 | cpu % 16 for cpu in range(smp)]
    return config


def check(machine_factory, gic, cpus, modes, conduits=("smc", "hvc"), **options):
    smp = min(cpus + 1, 8) if gic == 2 else cpus + 1
    cpus = smp - 1
    cloister = c.boot(machine_factory, smp=smp, gic=gic, enabled=False, **options)
    cloister.insmod()
    cloister.put("/tmp/system.cell", system(gic, smp).encode())
    cloister.enable("/tmp/system.cell")
    used = cloister.used()
    complaints = []
    for conduit in conduits:
        reference = bare(gic, cpus, conduit)
        for mode in modes:
            where = {f"gicv{gic}", conduit, ("virtual", "direct")[mode], "all",
                     "one" if cpus == 1 else "several"}
            lines = in_cell(cloister, range(1, smp), conduit, mode)
            found = compare(reference, lines, where, CHECKS[conduit])
            complaints += [f"{' '.join(sorted(where))}: {complaint}"
                           for complaint in found]
    assert not complaints, "\n" + "\n".join(complaints)
    assert cloister.used() == used
    cloister.cpus_work()
    cloister.disable()


@pytest.mark.parametrize("cpus", [1, 2, 8])
def test_gicv3(machine_factory, cpus):
    check(machine_factory, 3, cpus, (VIRTUAL, DIRECT))


@pytest.mark.parametrize("cpus", [1, 2, 7])
def test_gicv2(machine_factory, cpus):
    check(machine_factory, 2, cpus, (VIRTUAL, DIRECT))


@pytest.mark.long
def test_many_cpus(machine_factory):
    check(machine_factory, 3, 32, (VIRTUAL, DIRECT), ("hvc",))


@pytest.mark.parametrize("gic, end", [(2, 288), (3, 256)])
def test_all_interrupts_at_once(machine_factory, gic, end):
    """All that GICD_TYPER tells of but root's UART and clock, for one CPU."""
    cloister = c.boot(machine_factory, smp=4, gic=gic)
    storm = {"parts": (0x100,), "spi": 35, "nr_spis": end - 35}
    reference = bare(gic, 2, "hvc", **storm)
    for mode in (VIRTUAL, DIRECT):
        lines = in_cell(cloister, [1, 2], "hvc", mode, **storm)
        assert not compare(reference, lines, set(), 5), lines
    cloister.cpus_work()
    cloister.disable()
