# SPDX-License-Identifier: GPL-2.0-only
"""Direct mode: interrupts reach the guest without the hypervisor."""

import re

import pytest

import blobs
import cloister as c
import test_hostile as hostile
from test_hostile import World

DIRECT = 1

# Its CPU interface as the guest's library sets it, and nothing of its private
# interrupts enabled, pending or active. SGIs are always enabled with QEMU.
AT_REST = re.compile(
    r"CTLR 0x1 PMR 0xf[08f] BPR 0x\d+ ABPR 0x\d+ RPR 0xff HPPIR 0x3ff "
    r"(N?S?APR 0x0 ){8}enabled 0x(0|ffff) pending 0x0 active 0x0 edges 0x0$")


def direct(name, **changes):
    """A config of the tree, in direct mode."""
    config = blobs.load(name)
    config.cell["irq_mode"] = DIRECT
    for key, value in changes.items():
        setattr(config, key, value)
    return config


def exits(cloister, cell):
    """Sum over the cell's CPUs, by reason."""
    result = {}
    for cpu in cloister.json(f"stats {cell}"):
        for name, count in cpu["exits"].items():
            result[name] = result.get(name, 0) + count
    return result


def check_direct(cloister):
    before = cloister.used()
    cloister.launch("/cloister/timer-direct.cell", "timer", "timer")
    cloister.wait_console("timer", "timer: 1 s: ")
    config = direct("smp", cpus=[1, 2])
    config.cell["args"] = [200, 0, 0, 0]    # round trips
    cloister.launch(config, "smp")
    smp = cloister.wait_console("smp", "smp: 2 CPUs, .* ok", timeout=60)
    assert "smp: CPU 1 started, MPIDR 0x2" in smp
    assert re.search(r"200 round trips of 2 CPUs", smp)
    for cell in ("timer", "smp"):
        counts = exits(cloister, cell)
        assert counts["irq"] == 0 and counts["maintenance"] == 0, counts
    assert exits(cloister, "smp")["sgi"] >= 400
    assert cloister.info("timer")["violations"] == 0
    assert "interrupts: direct" in cloister.ctl("show timer")
    assert cloister.info("smp")["interrupts"] == "direct"
    assert cloister.info("0")["interrupts"] == "virtual"
    cloister.ctl("audit")

    # Asked, and forced; started again; and given back
    cloister.ctl("shutdown smp")
    cloister.ctl("start smp")
    cloister.wait_for("[ $(cellctl console smp | grep -c 'smp: 2 CPUs,') = 2 ]",
                      "the second life of smp", 60,
                      show="cellctl console smp")
    cloister.ctl("destroy smp")
    cloister.ctl("destroy timer")
    assert cloister.used() == before
    cloister.cpus_work()


def test_direct_mode(machine_factory, kernel):
    cloister = c.boot(machine_factory, kernel)
    check_direct(cloister)
    cloister.disable()


def test_gicv2(machine_factory):
    cloister = c.boot(machine_factory, gic=2)
    for _ in range(2):
        check_direct(cloister)
        cloister.disable()
        cloister.cpus_work()
        cloister.enable()
    # A cell in virtual mode, and root, on a CPU that was in direct mode
    for name in ("hello-direct", "hello", "hello-direct"):
        cloister.launch(f"/cloister/{name}.cell", "hello", "hello")
        cloister.wait_console("hello", "count 3")
        cloister.end("hello")
        cloister.cpus_work()
    cloister.disable()


@pytest.mark.parametrize("gic", [3, 2])
def test_hostile_guests(machine_factory, gic):
    """They do no more than in virtual mode, and can be ended as well."""
    world = World(machine_factory, gic=gic)
    cloister = world.cloister
    for mode in (hostile.READ_UNMAPPED, hostile.FOREIGN_GIC,
                 hostile.FUZZ_MMIO, hostile.HOSTILE_PSCI, hostile.SYSREGS):
        console = world.begin(mode, timeout=90, irq_mode=DIRECT)
        assert not hostile.BREACH.search(console), console
        world.finish(shutdown=mode != hostile.FUZZ_MMIO)
    for mode in (hostile.SPIN_MASKED, hostile.SLEEP, hostile.SGI_STORM,
                 hostile.CALL_STORM, hostile.FAULT_STORM,
                 hostile.WRECK_STAGE1):
        world.begin(mode, until=f"mode {mode}: ", irq_mode=DIRECT)
        world.others_run()
        cloister.ctl("shutdown fault --timeout 300 --force")
        assert cloister.state("fault") == "shut-down"
        cloister.ctl("start fault")
        cloister.wait_for(f"[ $(cellctl console fault | grep -c 'mode {mode}: "
                          "') = 2 ]", "its second life")
        world.finish(shutdown=False)
    assert "OK" in cloister.ctl("audit")
    world.close()


@pytest.mark.parametrize("mode", ["virtual", "direct"])
def test_gicv2_interface_changes_hands(machine_factory, mode):
    """Whatever a guest has left in its CPU interface: the next one finds it as
    after power-up, a cell in virtual mode and root find theirs."""
    world = World(machine_factory, gic=2)
    cloister = world.cloister
    for life in (1, 2, 3):
        world.begin(hostile.INTERFACE, until="spinning",
                    irq_mode=DIRECT * (mode == "direct"))
        console = cloister.console("fault")
        found = " ".join(re.findall(r"interface: (\w+ 0x\w+)$", console, re.M))
        found, _, taken = found.partition(" taken ")
        if mode == "direct":
            assert AT_REST.match(found), f"life {life}: {found}"
            assert "GICC_DIR" not in console
        assert int(taken, 16) & 0x3ff < 16, "no SGI arrived"
        cloister.ctl("shutdown fault --timeout 300 --force")
        cloister.ctl("start fault")
        cloister.wait_for("[ $(cellctl console fault | grep -c spinning) = 2 ]",
                          "its second life")
        again = " ".join(re.findall(r"interface: (\w+ 0x\w+)$",
                                    cloister.console("fault"), re.M))
        assert again == f"{found} taken {taken} {found} taken {taken}"
        world.finish(shutdown=False)
        # The same CPU, in virtual mode, and root's
        cloister.launch("/cloister/timer.cell", "timer")
        cloister.wait_console("timer", "timer: 1 s: [1-9]")
        cloister.end("timer")
        cloister.cpus_work(3)
    world.close()
