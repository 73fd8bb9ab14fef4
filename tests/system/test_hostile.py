# SPDX-License-Identifier: GPL-2.0-only
"""Guests that misbehave: each harms itself at most. Root and another cell run
on, and the guest can be ended within a bound, whatever it does."""

import re
import time

import pytest

import blobs
import cloister as c
from blobs import MIB, READ, WRITE
from machine import SCALE

# guests/fault/modes.h
(READ_UNMAPPED, WRITE_READONLY, EXECUTE_UNMAPPED, HYPERVISOR_MEMORY,
 IGNORE_SHUTDOWN, SPIN_MASKED, DENY_SHUTDOWN, RUNNING_LOCKED, SYSTEM_OFF,
 SYSTEM_RESET, UNKNOWN_CALLS, FOREIGN_GIC, CRASH, WRECK_STAGE1, ODD_MMIO,
 WRECK_COMM, HOSTILE_PSCI, SGI_STORM, FAULT_STORM, SYSREGS, SET_WAY, SLEEP,
 CPU_OFF, CALL_STORM, CONSOLE_FLOOD, FUZZ_SYSREGS, FUZZ_CALLS, FUZZ_MMIO,
 LEFTOVERS, PSCI_RACES) = range(1, 31)
ARGUMENTS, IRQ_STORM, INTERFACE = 33, 34, 35
ABORTS, FEATURES = 37, 38

RAM = 0x71200000
READ_ONLY, NO_EXECUTE = 0x61000000, 0x62000000
# What the guest itself says of an attempt that should have failed
BREACH = re.compile(r"NO fault|NOT expected|CHANGED|no fault")


class World:
    """Root, the cell `hello` on CPU 1, and one `fault` after the other."""

    def __init__(self, machine_factory, kernel=None, **options):
        self.cloister = c.boot(machine_factory, kernel, **options)
        self.cloister.launch("/cloister/hello.cell", "hello")
        self.cloister.wait_console("hello", "count 1")
        self.used = self.cloister.used()
        self.cpus = 2   # of root, while the guest is there

    def begin(self, mode, *arguments, until=None, timeout=30, spis=(),
              **fields):
        """Start a guest in a mode; returns its console after `until`."""
        config = blobs.cell("fault", ram=RAM, args=[mode, *arguments], more=[
            blobs.region(RAM + MIB, 4096, READ_ONLY, READ),
            blobs.region(RAM + MIB + 4096, 4096, NO_EXECUTE, READ | WRITE),
        ], **fields)
        config.spis = list(spis)
        self.cloister.launch(config, "fault")
        return self.cloister.wait_console(
            "fault", until or f"fault: mode {mode} done", timeout)

    def violations(self):
        return self.cloister.info("fault")["violations"]

    def others_run(self):
        self.cloister.alive("hello")
        self.cloister.cpus_work(self.cpus)
        assert self.cloister.info("hello")["violations"] == 0

    def finish(self, shutdown=True):
        """The guest answers, if it is one that does, and goes; nothing of
        it stays."""
        self.others_run()
        if shutdown:
            self.cloister.ctl("shutdown fault")
            assert self.cloister.state("fault") == "shut-down"
        self.cloister.ctl("destroy fault")
        assert self.cloister.used() == self.used

    def close(self):
        self.cloister.end("hello")
        self.cloister.cpus_work(4)
        self.cloister.disable()
        self.cloister.rmmod()


def timed(cloister, low, high, command, *refusal):
    """A command that takes between so many seconds."""
    start = time.monotonic()
    if refusal:
        cloister.refused(command, *refusal)
    else:
        cloister.ctl(command)
    took = time.monotonic() - start
    assert low <= took <= high * SCALE, \
        f"`cellctl {command}` took {took:.1f} s, expected {low} to {high} s"


@pytest.mark.fault(19)
def test_forbidden_accesses(machine_factory, kernel):
    """Refused, reported to the guest as an abort, and counted."""
    world = World(machine_factory, kernel)
    begin = 0
    for mode, argument, count in (
            (READ_UNMAPPED, 0, 5), (WRITE_READONLY, 0, 1),
            (EXECUTE_UNMAPPED, 0, 1), (EXECUTE_UNMAPPED, NO_EXECUTE, 1),
            (HYPERVISOR_MEMORY, 0, 5),
            # Root's RAM is at no address of the cell, least of all its own
            (READ_UNMAPPED, blobs.LINUX + 64 * MIB, 5),
            # nor is that of another cell
            (READ_UNMAPPED, 0x71000000, 5)):
        console = world.begin(mode, argument)
        assert not BREACH.search(console), console
        assert console.count("as expected") == count, console
        assert world.violations() == count, console
        log = world.cloister.ctl("console --hypervisor")
        assert len(re.findall(r"cell 2, CPU 3: refused access to 0x\w+ ",
                              log[begin:])) == count, log
        begin = len(log)
        listing = world.cloister.ctl("list")
        assert re.search(rf"fault +running +{count} +3$", listing, re.M), \
            listing
        world.finish()
    world.close()


@pytest.mark.fault(19)
def test_violation_that_ends_the_cell(machine_factory):
    """Where the config says so, the first one is the last."""
    world = World(machine_factory)
    world.begin(READ_UNMAPPED, until="mode 1: ", on_violation=1)
    cloister = world.cloister
    cloister.wait_state("fault", "failed")
    info = cloister.info("fault")
    assert info["violations"] == 1
    failure = info["failure"]
    assert failure["reason"] == "violation" and failure["cpu"] == 3
    assert int(failure["address"], 16) == 0x60000000
    assert int(failure["pc"], 16) < MIB
    assert "ata abort" in failure["esr_text"], failure
    shown = cloister.ctl("show fault")
    assert "an access that nobody granted, on CPU 3" in shown, shown
    assert "cell 2 failed" in cloister.ctl("console --hypervisor")
    world.others_run()
    # It can be started again, and asked to go.
    cloister.ctl("start fault")
    cloister.wait_state("fault", "failed")
    world.finish(shutdown=False)
    world.close()


@pytest.mark.fault(19)
def test_violations_that_restart_the_cell(machine_factory):
    """As often as its config says."""
    world = World(machine_factory)
    world.begin(READ_UNMAPPED, until="mode 1: ", on_violation=1, on_failure=1,
                max_restarts=2)
    cloister = world.cloister
    for life in (1, 2):
        cloister.wait_state("fault", "failed")
        info = cloister.info("fault")
        assert (info["restarts"], info["violations"]) == (2, 3)
        assert info["failure"]["reason"] == "violation"
        assert cloister.console("fault").count("mode 1: ") == 3 * life
        if life == 1:
            cloister.ctl("start fault")
    assert "restarts:   2\n" in cloister.ctl("show fault")
    log = cloister.ctl("console --hypervisor")
    assert log.count("cell 2 failed and restarts: ") == 4
    world.finish(shutdown=False)

    # By its own word, too: it prints its registers, says so, and is off.
    world.begin(CRASH, until="guest: failed", on_failure=1, max_restarts=2)
    cloister.wait_state("fault", "failed")
    info = cloister.info("fault")
    assert (info["restarts"], info["violations"]) == (2, 0)
    assert info["failure"]["reason"] == "comm"
    assert cloister.console("fault").count("guest: failed") == 3
    world.finish(shutdown=False)
    world.close()


def test_arguments(machine_factory):
    """x0..x3 are those of the config, at each start."""
    world = World(machine_factory)
    given = "given 0x123456789abcdef0 0xffffffffffffffff 0x3"
    world.begin(ARGUMENTS, 0x123456789abcdef0, 2**64 - 1, 3, until=given)
    world.cloister.ctl("shutdown fault")
    world.cloister.ctl("start fault")
    world.cloister.wait_for(
        f"[ $(cellctl console fault | grep -c '{given}') = 2 ]",
        "the arguments again", show="cellctl console fault")
    world.finish()
    world.close()


@pytest.mark.fault(23)
def test_guests_that_do_not_go(machine_factory, kernel):
    """Every wait for them has an end, and --force ends them."""
    world = World(machine_factory, kernel)
    cloister = world.cloister
    for mode in (IGNORE_SHUTDOWN, SPIN_MASKED, SLEEP):
        world.begin(mode, until="spinning|sleeping")
        timed(cloister, 0.9, 5, "shutdown fault", "CELL_TIMEOUT",
              "ETIMEDOUT")
        assert cloister.state("fault") == "running"
        timed(cloister, 0.2, 4, "shutdown fault --timeout 300",
              "CELL_TIMEOUT", "ETIMEDOUT")
        world.others_run()
        timed(cloister, 0, 6, "shutdown fault --timeout 300 --force")
        assert cloister.state("fault") == "shut-down"
        # It is as obstinate after a restart, and destroy asks nobody.
        cloister.ctl("start fault")
        cloister.wait_for("[ $(cellctl console fault | grep -cE "
                          "'spinning|sleeping') = 2 ]", "its second life")
        timed(cloister, 0, 5, "destroy fault")
        assert cloister.used() == world.used
    # The config's own time limit: longer than that of one that has none
    world.begin(IGNORE_SHUTDOWN, until="spinning", shutdown_timeout_ms=2500)
    timed(cloister, 2.4, 8, "shutdown fault", "CELL_TIMEOUT", "ETIMEDOUT")
    assert "2500 ms" in cloister.refused("shutdown fault", "CELL_TIMEOUT")
    world.finish(shutdown=False)
    world.close()


@pytest.mark.fault(23)
def test_guests_that_refuse(machine_factory):
    world = World(machine_factory)
    cloister = world.cloister

    world.begin(DENY_SHUTDOWN, until="mode 7: ")
    for number in (1, 2, 3):
        cloister.refused("shutdown fault", "CELL_DENIED", "EPERM")
        cloister.wait_console("fault", f"request {number} denied")
    assert cloister.state("fault") == "running"
    cloister.ctl("shutdown fault --force")
    assert cloister.state("fault") == "shut-down"
    world.finish(shutdown=False)

    world.begin(DENY_SHUTDOWN, 1, until="mode 7: ")
    cloister.refused("shutdown fault", "CELL_DENIED", "EPERM")
    cloister.wait_console("fault", "mode 7 done")
    world.finish()

    world.begin(RUNNING_LOCKED, until="running-locked")
    assert cloister.state("fault") == "running-locked"
    cloister.refused("shutdown fault", "CELL_LOCKED", "EPERM")
    cloister.refused("destroy fault", "CELL_LOCKED", "EPERM")
    world.others_run()
    # What it denies concerns itself alone.
    cloister.end("hello")
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.wait_console("hello", "count 1")
    cloister.ctl("shutdown fault --force")
    world.finish(shutdown=False)

    world.begin(RUNNING_LOCKED, until="running-locked")
    cloister.ctl("destroy fault --force")
    world.begin(RUNNING_LOCKED, 300, until="fault: running$")
    assert cloister.state("fault") == "running"
    world.finish()
    world.close()


@pytest.mark.fault(24)
def test_guests_that_end_themselves(machine_factory):
    world = World(machine_factory)
    cloister = world.cloister
    for mode in (SYSTEM_OFF, CPU_OFF):
        world.begin(mode, until="SYSTEM_OFF|CPU_OFF")
        cloister.wait_state("fault", "shut-down")
        assert "returned" not in cloister.console("fault")
        cloister.ctl("start fault")
        cloister.wait_state("fault", "shut-down")
        world.finish(shutdown=False)

    for by_reset2 in (0, 1):
        console = world.begin(SYSTEM_RESET, by_reset2, until="mode 10 done")
        assert "started again after SYSTEM_RESET" in console, console
        assert "returned" not in console
        assert cloister.state("fault") == "running"
        world.finish()

    console = world.begin(CRASH, until="fault: ")
    cloister.wait_state("fault", "failed")
    assert cloister.info("fault")["failure"]["reason"] == "comm"
    world.finish(shutdown=False)
    world.close()


@pytest.mark.fault(20, 21, 22, 23, 24)
@pytest.mark.parametrize("model", ["cortex-a57", "neoverse-n1"])
def test_calls_and_registers(machine_factory, model):
    """Firmware, hypercalls, system registers, the interrupt controller."""
    world = World(machine_factory, cpu=model)
    cloister = world.cloister
    for mode in (UNKNOWN_CALLS, HOSTILE_PSCI, SYSREGS, SET_WAY, FOREIGN_GIC,
                 ODD_MMIO, ABORTS, WRECK_COMM):
        console = world.begin(mode)
        assert not BREACH.search(console), console
        if mode == ODD_MMIO:
            check_odd(console)
        if mode == ABORTS:
            check_aborts(console)
        if mode == UNKNOWN_CALLS:
            check_calls(console)
        if mode == HOSTILE_PSCI:
            check_psci(console)
        if mode == SYSREGS:
            check_sysregs(console)
        if mode == WRECK_COMM:
            # It has wiped out what it is to be asked by.
            world.others_run()
            cloister.ctl("shutdown fault --force")
            world.finish(shutdown=False)
        else:
            world.finish()
    world.close()


def check_odd(console):
    """Plain loads and stores are emulated, all else is an abort."""
    def value(name):
        got = re.search(rf"fault: {name}: (0x\w+)$", console, re.M)
        assert got, (name, console)
        return int(got[1], 16)

    assert value("unsigned byte") == 0xa0
    assert value("signed byte to w") == 0xffffffa0
    assert value("signed byte to x") == 0xffffffffffffffa0
    assert value("positive byte to x") == 0x10
    assert value("word to x") == 0x10a0
    assert value("stored byte") == 0x10b0
    assert value("stored xzr") == 0x1000
    assert value("acquire") and not value("load to xzr")
    for name in ("load with post-index", "load with pre-index", "load pair",
                 "load pair of words", "half word across", "exclusive",
                 "exclusive pair", "double word, misaligned", "store pair",
                 "store with post-index", "zero"):
        assert f"fault: {name}: data abort\n" in console, (name, console)


# From where: vector, ESR_EL1 (EC, IL, ISS)
ABORTED = {
    "load at EL1h": (4, 0x96000010), "load at EL1t": (0, 0x96000010),
    "load at EL0": (8, 0x92000010), "store at EL1h": (4, 0x96000050),
    "store at EL0": (8, 0x92000050), "pair at EL0": (8, 0x92000010),
    "write-back at EL1h": (4, 0x96000050),
    "fetch at EL1h": (4, 0x86000010), "fetch at EL0": (8, 0x82000010),
    "load of A32": (12, 0x92000010), "load of T16": (12, 0x92000010),
    "store of T16": (12, 0x92000050),
}


def check_aborts(console):
    """As the architecture has them, with the instruction and the address."""
    told = {name: (int(vector), int(esr, 16)) for name, vector, esr in
            re.findall(r"fault: (.*): vector (\d+), esr (\w+), far \+0x0, "
                       r"elr \+0x0, spsr kept$", console, re.M)}
    assert told == ABORTED, console


def check_calls(console):
    """Nothing of root's, nobody's and no firmware's is the guest's."""
    for line in re.findall(r"fault: (?:hvc|smc) #0 0x.*", console):
        function, value = re.match(
            r"fault: ... #0 (0x[0-9a-f]+): (.*)", line).groups()
        if int(function, 16) == 0x80003fff:     # architecture: none is this
            continue
        assert value.startswith("-1 "), line


def check_psci(console):
    # CPU 0, 1 and 2 are on, but not the guest's.
    foreign = re.findall(r"foreign CPU \S+ affinity info (\S+), cpu on (\S+)$",
                         console, re.M)
    assert len(foreign) == 3, console
    assert set(foreign) == {("-2", "-2")}, console      # INVALID_PARAMETERS
    assert re.search(r"psci cpu on self: -4$", console, re.M)   # ALREADY_ON
    assert re.search(r"psci cpu on nobody: -2$", console, re.M)
    for name in ("cpu freeze", "default suspend", "node hw state",
                 "system suspend"):
        assert re.search(rf"psci {name}: -1$", console, re.M)
    assert re.search(r"psci reset2, vendor type: -2$", console, re.M)


def check_sysregs(console):
    for name in ("hcr_el2", "vttbr_el2", "vbar_el2", "ich_hcr_el2",
                 "scr_el3"):
        for access in ("read", "write"):
            assert re.search(rf"fault: {access} {name}: (?!0x)", console), \
                f"{access} of {name} should be undefined:\n{console}"


def check_sgis(world):
    """Counted, where they come from; nobody else has got one. Linux would
    have stopped (SGI 4, IPI_CPU_STOP is among them)."""
    def exits(cell):
        return sum(cpu["exits"]["sgi"]
                   for cpu in world.cloister.json(f"stats {cell}"))

    sent, got = exits("fault"), exits("hello")
    world.cloister.wait_for(
        f"[ $(cat {c.SYSFS}/cpus/3/exits_sgi) -gt {sent + 1000} ]",
        "1000 more SGIs of the guest")
    assert exits("hello") == got == 0
    interrupts = world.cloister.json("stats hello")[0]["exits"]["irq"]
    assert interrupts < 1000, "SGIs of others arrive in cell hello"


@pytest.mark.fault(19, 20, 22)
def test_storms(machine_factory):
    """As fast as it can, and for as long as it is let."""
    world = World(machine_factory)
    cloister = world.cloister
    for mode in (SGI_STORM, FAULT_STORM, CALL_STORM, CONSOLE_FLOOD):
        world.begin(mode, until=f"mode {mode}: |flood")
        before = world.violations()
        if mode == SGI_STORM:
            check_sgis(world)
        world.finish()
        if mode == FAULT_STORM:
            assert before > 0

    # Its vectors abort, too: it has not one instruction left.
    world.begin(WRECK_STAGE1, until="farewell")
    world.others_run()
    code, output = cloister.run("cellctl shutdown fault --timeout 300")
    assert code == 1 and ("CELL_TIMEOUT" in output or
                          cloister.state("fault") == "failed"), output
    world.finish(shutdown=False)
    world.close()
