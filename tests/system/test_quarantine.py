# SPDX-License-Identifier: GPL-2.0-only
"""A CPU that does not leave its cell. No guest can do that on QEMU, but QEMU's
stub for GDB can hold one CPU while the others run."""

import contextlib

import pytest

import blobs
import cloister as c
import gdbstub

CPUS = 4
VIRTUAL, DIRECT = 0, 1


@contextlib.contextmanager
def held(gdb, cpu):
    """That CPU stands still, and all others run. In direct mode one that idles
    does so in the hypervisor: it stays where it is."""
    gdb.select(cpu)
    for _ in range(100):
        if gdb.is_el2():
            gdb.step(cpu)
    gdb.run_without(cpu, CPUS)
    yield
    gdb.stop()


def is_zero(stub, address, size):
    with gdbstub.Gdb(stub) as gdb:
        return not any(gdb.read(address, size))


READY = {"timer": "timer: 1 s: ", "smp": "smp: 2 CPUs, .* ok"}


def lost(cloister, stub, guest, irq_mode, cpus):
    """A cell loses the last of its CPUs, and gets it back in the end."""
    config = blobs.load(guest)
    config.cpus, config.cell["irq_mode"] = cpus, irq_mode
    before, last = cloister.used(), cpus[-1]
    ram = next(m for m in config.mem if m["flags"] & blobs.LOADABLE)

    cell = cloister.launch(config, guest)
    cloister.wait_console(cell, READY[guest], timeout=60)
    assert not is_zero(stub, ram["phys_start"], 4096)
    with gdbstub.Gdb(stub) as gdb:
        with held(gdb, last):
            said = cloister.refused(f"destroy {cell}", "CELL_CPU_LOST",
                                    "ETIMEDOUT", timeout=120)
            assert f"CPU {last} did not leave cell" in said
            info = cloister.info(cell)
            assert info["state"] == "quarantined", info
            assert info["cpus"] == [last], info
            assert "a CPU did not come back" in cloister.ctl(f"show {cell}")

            # All but that CPU is root's again, and then another cell's
            assert cloister.online() == f"0-{last - 1}"
            cloister.ctl("audit")
            cloister.refused(f"start {cell}", "CELL_STATE")
            other = blobs.load(guest)
            other.name, other.cpus = "other", [last]
            cloister.put("/tmp/other.cell", other.encode())
            cloister.refused("create /tmp/other.cell", "CPU_TAKEN")
            other.cpus = [1]
            cloister.launch(other, "timer", "other")
            cloister.wait_console("other", READY["timer"], timeout=60)
            cloister.end("other")
            cloister.refused(f"destroy {cell}", "CELL_CPU_LOST", timeout=120)
        # It did not bring anything back with it
        assert not any(gdb.read(ram["phys_start"], 4096))
    cloister.wait_for(f"cellctl destroy {cell}", "the lost CPU", 60)
    cloister.wait_for(f"[ $(cat /sys/devices/system/cpu/cpu{last}/online)"
                      " = 1 ]", f"CPU {last} online")
    assert cloister.used() == before
    cloister.cpus_work()


@pytest.mark.mostly("6.12")
def test_cpu_that_does_not_come(machine_factory, kernel):
    stub = gdbstub.socket_path()
    cloister = c.boot(machine_factory, kernel, smp=CPUS,
                      qemu_args=gdbstub.qemu_args(stub))
    lost(cloister, stub, "timer", DIRECT, [3])
    lost(cloister, stub, "smp", DIRECT, [2, 3])
    lost(cloister, stub, "timer", VIRTUAL, [3])
    cloister.ctl("audit")
    cloister.disable()
    cloister.machine.survives()
