# SPDX-License-Identifier: GPL-2.0-only
"""CPU models and numbers of CPUs."""

import pytest

import blobs
import cloister as c


def check(cloister):
    """One round of everything that depends on the machine."""
    smp = cloister.machine.smp
    cloister.cpus_work()
    assert cloister.json("status")["cpus"] == smp
    used = cloister.used()
    if smp == 1:
        # Nothing can be given away: root keeps its last CPU.
        cloister.put("/tmp/one.cell", blobs.cell("one", cpus=[0]).encode())
        cloister.refused("create /tmp/one.cell", "CPU_LAST")
        cloister.refused("create /cloister/hello.cell", "CPU_UNKNOWN")
    else:
        # All but the first one, for a cell of several CPUs
        config = blobs.load("smp")
        config.cpus = list(range(1, smp))
        cloister.launch(config, "smp")
        assert cloister.online() == "0"
        cloister.wait_console("smp", f"smp: {smp - 1} CPUs, .*ok$",
                              timeout=90)
        cloister.cpus_work(1)
        cloister.end("smp")
        # A cell for each of two CPUs
        names = ["timer", "second"][:smp - 1]
        for cpu, name in enumerate(names, 1):
            cloister.launch(blobs.cell(
                name, cpus=[cpu], ram=blobs.CELLS + cpu * blobs.MIB), "timer")
        for name in names:
            cloister.wait_console(name, "timer: 1 s")
            cloister.end(name)
    assert cloister.used() == used
    cloister.cpus_work()
    cloister.disable()
    cloister.cpus_work()
    cloister.enable()
    cloister.disable()
    cloister.rmmod()


def test_cpu_models(machine_factory, kernel, cpu):
    if cpu == "cortex-a57":
        pytest.skip("test_lifecycle.py has it")
    check(c.boot(machine_factory, kernel, cpu=cpu))


@pytest.mark.parametrize("smp", [1, 2, 8])
def test_number_of_cpus(machine_factory, smp):
    check(c.boot(machine_factory, smp=smp))


@pytest.mark.long
@pytest.mark.parametrize("smp", [1, 2, 8, 16])
def test_number_of_cpus_everywhere(machine_factory, kernel, cpu, smp):
    check(c.boot(machine_factory, kernel, cpu=cpu, smp=smp))
