# SPDX-License-Identifier: GPL-2.0-only
"""A hostile guest that tries everything there is to try, and then at random:
registers, calls, accesses to the interrupt controller, CPUs on and off."""

import re

import pytest

import blobs
import cloister as c
import faults
import gdbstub
from blobs import MIB
from test_hostile import (BREACH, FUZZ_CALLS, FUZZ_MMIO, FUZZ_SYSREGS,
                          LEFTOVERS, PSCI_RACES, FEATURES, RAM, World)

# QEMU's machine virt
GICD, GICR, GICR_STRIDE, SGI_FRAME = 0x08000000, 0x080a0000, 0x20000, 0x10000
OWN_SPI, OTHER_SPI = 100, 101


def fuzz(world, mode, count, **fields):
    """Let the guest do so many at random; returns its console."""
    seed = faults.seed()
    console = world.begin(mode, seed, count, timeout=60 + count / 2000,
                          **fields)
    assert f"seed {seed:#x}" in console
    assert not BREACH.search(console), console
    return console


def every_register(world):
    console = fuzz(world, FUZZ_SYSREGS, 0)
    # What is undefined to read is undefined to write back, but for registers
    # that cannot be read; and there are some that are not.
    for op0 in (2, 3):
        read, = re.findall(rf"read, op0 {op0}: 16384 encodings, undefined "
                           r"(\d+) times", console)
        assert 8000 < int(read) < 16384, console
    assert len(re.findall("16384 encodings", console)) == 8, console
    world.finish()


def every_call(world, count):
    console = fuzz(world, FUZZ_CALLS, count)
    for what in ("HVC", "SMC"):
        refused, undefined = map(int, re.search(
            rf"every {what}: (\d+) refused, (\d+) undefined, 0 granted",
            console).groups())
        assert refused + undefined == 65536
    assert f"fault: {count} random calls, " in console
    world.finish()


def gic_settings(stub, cpus, without):
    """What is set in the interrupt controller for others than the guest."""
    settings = {}

    def read(name, address):
        settings[name] = int.from_bytes(gdb.read(address, 4), "little")

    def read_block(name, base, first, last):
        """The settings of interrupts `first` to `last`."""
        for offset, bits in ((0x80, 1), (0x100, 1), (0x400, 8), (0xc00, 2)):
            for word in range(first * bits // 32, last * bits // 32 + 1):
                read(f"{name}+{offset:#x}[{word}]", base + offset + 4 * word)

    with gdbstub.Gdb(stub) as gdb:
        lines = int.from_bytes(gdb.read(GICD + 4, 4), "little") & 31
        read("GICD_CTLR", GICD)
        read_block("GICD", GICD, 32, 32 * lines + 31)
        for spi in range(32, 32 * lines + 32):
            read(f"GICD_IROUTER{spi}", GICD + 0x6000 + 8 * spi)
        for cpu in cpus:
            frame = GICR + GICR_STRIDE * cpu
            read(f"GICR{cpu}_WAKER", frame + 0x14)
            read_block(f"GICR{cpu}", frame + SGI_FRAME, 0, 31)
    # Those of the guest's SPI are masked out.
    settings[f"GICD+0x100[{without // 32}]"] &= ~(1 << without % 32)
    settings[f"GICD+0x400[{without // 4}]"] &= ~(0xff << without % 4 * 8)
    settings[f"GICD+0xc00[{without // 16}]"] &= ~(3 << without % 16 * 2)
    del settings[f"GICD_IROUTER{without}"]
    return settings


def every_access(world, stub, count):
    """With an SPI of its own, so that not all it writes is ignored."""
    other = blobs.cell("other", cpus=[2], ram=blobs.CELLS + 64 * MIB)
    other.spis = [OTHER_SPI]
    world.cloister.launch(other, "timer")
    world.cloister.wait_console("other", "timer: 1 s")
    world.used, world.cpus = world.cloister.used(), 1
    # The guest is there already, so that its creation is no difference
    config = blobs.cell("fault", ram=RAM)
    config.spis = [OWN_SPI]
    world.cloister.create(config)
    before = gic_settings(stub, range(3), OWN_SPI)
    world.cloister.ctl("destroy fault")

    console = fuzz(world, FUZZ_MMIO, count, spis=[OWN_SPI])
    assert f"{count} random accesses" in console
    assert int(re.search(r"(\d+) aborted", console)[1]) > count // 10
    after = gic_settings(stub, range(3), OWN_SPI)
    changed = {name: (hex(before[name]), hex(after[name]))
               for name in before if before[name] != after[name]}
    assert not changed, f"{changed}\n{console}"
    assert world.violations() > 0
    world.cloister.alive("other")
    world.finish()
    world.cloister.end("other")


def try_everything(machine_factory, model, count, kernel=None):
    stub = gdbstub.socket_path()
    world = World(machine_factory, kernel, cpu=model,
                  qemu_args=gdbstub.qemu_args(stub))
    every_register(world)
    every_call(world, count)
    every_access(world, stub, count)
    world.close()


@pytest.mark.fault(20, 21)
@pytest.mark.parametrize("model", ["cortex-a57", "neoverse-n1"])
def test_everything_once(machine_factory, model):
    try_everything(machine_factory, model, 30000)


@pytest.mark.long
@pytest.mark.fault(20, 21)
def test_everything_long(machine_factory, kernel, cpu):
    try_everything(machine_factory, cpu, 1000000, kernel)


@pytest.mark.fault(24)
def test_cpus_on_and_off_at_once(machine_factory):
    """Three CPUs of a cell, and then a reset by all of them."""
    cloister = c.boot(machine_factory, smp=8)
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.wait_console("hello", "count 1")
    used = cloister.used()
    cloister.launch(blobs.cell("fault", cpus=[2, 5, 7], ram=RAM,
                               args=[PSCI_RACES]), "fault")
    console = cloister.wait_console("fault", f"mode {PSCI_RACES} done",
                                    timeout=90)
    assert not BREACH.search(console), console
    assert console.count("3 CPUs raced") == 1, console
    assert "started again after 1 SYSTEM_RESETs" in console, console
    cloister.alive("hello")
    assert cloister.state("fault") == "running"
    cloister.end("fault")
    assert cloister.used() == used
    cloister.cpus_work(7)
    cloister.end("hello")
    cloister.disable()


MAX = "max,pauth-impdef=on"


@pytest.mark.fault(32)
@pytest.mark.parametrize("model", ["cortex-a57", "neoverse-n1", MAX])
def test_registers_carry_nothing(machine_factory, model):
    """From Linux to a cell, from one cell to the next, over a restart."""
    world = World(machine_factory, cpu=model)
    cloister = world.cloister
    # Linux has used the FP registers of that CPU.
    cloister.must("taskset 8 awk 'BEGIN { print 3.5 / 1.25 }'")
    for _ in range(2):
        world.begin(LEFTOVERS, until=f"mode {LEFTOVERS} done")
        cloister.ctl("shutdown fault")
        cloister.ctl("start fault")
        cloister.wait_for("[ $(cellctl console fault | grep -c 'hold.*now') "
                          "= 2 ]", "its second life")
        console = cloister.console("fault")
        assert console.count("fault: 0 registers hold something\n") == 2, \
            console
        # That it looks at what it fills, it shows itself.
        filled = re.findall(r"(\d+) registers hold something now", console)
        assert min(map(int, filled)) > 60, console
        world.finish()
    world.close()


def fields(console):
    """{(CRm, op2): [field 0, field 1, ...]} of the ID registers."""
    return {(int(row[1]), op2): [int(value, 16) >> shift & 15
                                 for shift in range(0, 64, 4)]
            for row in re.finditer(r"fault: ID (\d): (.*)", console)
            for op2, value in enumerate(row[2].split())}


@pytest.mark.parametrize("model", ["neoverse-n1", MAX])
def test_features_that_are_told_of(machine_factory, model):
    """A cell's ID registers: each feature that they tell of is there, and no
    other. Root's are the hardware's, on CPUs that come back, too."""
    world = World(machine_factory, cpu=model)
    cloister = world.cloister
    console = world.begin(FEATURES)
    told = re.findall(r"fault: ([\w ]+): (told|not told), (works|undefined)",
                      console)
    assert len(told) >= 38, console
    wrong = [name for name, told, works in told
             if (told == "told") != (works == "works")]
    assert not wrong, f"{wrong}: {console}"
    assert "counters agree" in console, console

    ids = fields(console)
    assert len(ids) == 7 * 8
    pfr0, pfr1, dfr0 = ids[4, 0], ids[4, 1], ids[5, 0]
    assert pfr0[1:4] == [1, 0, 0], pfr0         # EL1 of 64 bits; no EL2, EL3
    assert pfr0[6] == 1                         # GICv3
    assert not any(pfr1[2:8]), pfr1             # MTE, MPAM, SME
    assert dfr0[0] >= 6 and dfr0[3] >= 1        # debug
    assert dfr0[2] >= 4
    assert ids[7, 0][2] == ids[7, 0][4] == 0    # little-endian
    assert not any(any(ids[crm, 3]) for crm in (4, 5, 6, 7))
    assert (pfr0[8] == 1) == (model == MAX)     # SVE
    assert any(ids[6, 1][n] for n in (1, 2)) == (model == MAX)  # PAuth
    world.finish()
    world.close()
    log = cloister.must("dmesg")
    assert "SANITY CHECK" not in log and "Unsupported" not in log, log
