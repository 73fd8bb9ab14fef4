# SPDX-License-Identifier: GPL-2.0-only
"""A machine with a GICv2: what holds with GICv3 holds here."""

import pytest

import blobs
import cloister as c
import test_hostile as hostile
from test_lifecycle import check_hello, check_two_at_once
from test_machines import check

CPU3 = "/sys/devices/system/cpu/cpu3/online"


def cycles(cloister, count):
    """A cell comes, runs and goes, and is one of several CPUs that use
    interrupts."""
    config = blobs.load("smp")
    config.cell["args"] = [10, 0, 0, 0]     # round trips
    used = cloister.used()
    for _ in range(count):
        cloister.launch(config, "smp")
        cloister.wait_console("smp", "smp: 2 CPUs, .*ok$")
        cloister.end("smp")
    assert cloister.used() == used


def test_lifecycle(machine_factory, kernel):
    cloister = c.boot(machine_factory, kernel, gic=2, enabled=False)
    cloister.insmod()
    for _ in range(5):
        cloister.enable()
        cloister.cpus_work()
        cloister.disable()
        cloister.cpus_work()
    cloister.enable()
    check_hello(cloister)
    check_two_at_once(cloister)
    cycles(cloister, 20)
    cloister.cpus_work()
    for _ in range(3):
        cloister.must(f"echo 0 > {CPU3}")
        cloister.must(f"echo 1 > {CPU3}")
    cloister.cpus_work()
    cloister.disable()
    cloister.rmmod()
    cloister.cpus_work()


@pytest.mark.parametrize("smp", [2, 8])
def test_number_of_cpus(machine_factory, smp):
    check(c.boot(machine_factory, smp=smp, gic=2))


def test_hostile_guests(machine_factory):
    world = hostile.World(machine_factory, gic=2)
    cloister = world.cloister
    for mode in (hostile.FOREIGN_GIC, hostile.FUZZ_MMIO,
                 hostile.HOSTILE_PSCI):
        console = world.begin(mode, timeout=90)
        assert not hostile.BREACH.search(console), console
        world.finish()
    world.begin(hostile.SGI_STORM, until=f"mode {hostile.SGI_STORM}: ")
    world.finish()
    world.begin(hostile.SPIN_MASKED, until="spinning")
    cloister.refused("shutdown fault --timeout 300", "CELL_TIMEOUT")
    world.others_run()
    cloister.ctl("shutdown fault --timeout 300 --force")
    world.finish(shutdown=False)
    assert "OK" in cloister.ctl("audit")
    world.close()


def wrong(name, **fields):
    config = blobs.load(name)
    frames = config.system["gic"]["gicr"]
    for field, value in fields.items():
        if field in ("gicc", "gich", "gicv"):
            frames[("gicc", "gich", "gicv").index(field)]["start"] = value
        else:
            config.system["gic"][field] = value
    return config.encode()


def test_wrong_machine(machine_factory):
    """Neither version is taken for the other, nor anything for a frame."""
    nothing = 0x3fff0000
    cloister = c.boot(machine_factory, gic=2, enabled=False)
    cloister.insmod()
    for rule, fields in (
            ("GIC_GICD", {"gicd_base": nothing}),
            ("GIC_CPU_INTERFACE", {"gicc": nothing}),
            ("GIC_CPU_INTERFACE", {"gich": nothing}),
            ("GIC_CPU_INTERFACE", {"gicv": nothing}),
            ("GIC_CPU_INTERFACE", {"gicv": 0x08050000})):
        cloister.put("/tmp/wrong.cell", wrong("qemu-virt-gicv2-4", **fields))
        cloister.refused("enable /tmp/wrong.cell", rule)
    cloister.refused("enable /cloister/qemu-virt-4.cell", "GIC_SRE")
    cloister.enable()
    cloister.cpus_work()
    cloister.disable()

    cloister = c.boot(machine_factory, enabled=False)
    cloister.insmod()
    cloister.refused("enable /cloister/qemu-virt-gicv2-4.cell", "GIC_VERSION")
    cloister.cpus_work()
