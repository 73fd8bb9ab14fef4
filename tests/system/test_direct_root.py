# SPDX-License-Identifier: GPL-2.0-only
"""Root in direct mode: its interrupts come from the GIC, and in mode
direct-eoi they end there, too."""

import pytest

import blobs
import cloister as c
import programs
from test_direct import direct

MODES = {"direct": 1, "direct-eoi": 2}
CPUS = 4


def enable(cloister, mode, **fields):
    config = blobs.load(f"qemu-virt-{CPUS}")
    config.cell["irq_mode"] = MODES[mode]
    config.cell.update(fields)
    cloister.put("/tmp/root.cell", config.encode())
    cloister.enable("/tmp/root.cell")


def exits(cloister):
    """Of root's CPUs, by reason."""
    result = {}
    for cpu in cloister.json("stats 0"):
        for name, count in cpu["exits"].items():
            result[name] = result.get(name, 0) + count
    return result


def interrupts_cost(cloister, mode):
    """Timers, interrupts between CPUs and the console's, none at EL2."""
    before = exits(cloister)
    cloister.cpus_work()
    after = exits(cloister)
    new = {name: after[name] - before[name] for name in after}
    assert new["irq"] == 0 and new["maintenance"] == 0 and new["wfi"] == 0, new
    # One write to ICC_DIR_EL1 for each interrupt, or none
    if mode == "direct":
        assert new["sysreg"] > 100, new
    else:
        assert new["sysreg"] == 0, new
    assert new["sgi"] > 10, new


def cells_live(cloister):
    """CPUs come and go, to cells in either mode, and by hotplug."""
    before = cloister.used()
    for config in (blobs.load("timer"), direct("timer")):
        cloister.launch(config, "timer")
        cloister.wait_console("timer", "timer: 1 s: ")
        cloister.ctl("audit")
        cloister.ctl("destroy timer")
        cloister.cpus_work()
    cloister.must("for n in 1 2 3; do "
                  "echo 0 > /sys/devices/system/cpu/cpu$n/online; "
                  "echo 1 > /sys/devices/system/cpu/cpu$n/online; done")
    cloister.cpus_work()
    assert cloister.used() == before


@pytest.mark.parametrize("mode", MODES)
def test_root(machine_factory, kernel, mode):
    cloister = c.boot(machine_factory, kernel, smp=CPUS, enabled=False,
                      files=programs.module("pmr", kernel))
    cloister.insmod()
    cloister.must("insmod /cloister/pmr.ko")
    config = blobs.load(f"qemu-virt-{CPUS}")
    config.cell["irq_mode"] = MODES[mode]
    cloister.put("/tmp/root.cell", config.encode())
    cloister.refused("enable /tmp/root.cell", "GIC_PSEUDO_NMI", "EINVAL")
    cloister.must("rmmod pmr")

    for _ in range(2):
        enable(cloister, mode)
        assert cloister.info("0")["interrupts"] == mode
        interrupts_cost(cloister, mode)
        cells_live(cloister)
        interrupts_cost(cloister, mode)
        # A CPU of root tells about itself without a kick
        for cpu in range(CPUS):
            _, said = cloister.run(f"cellctl translate --gva {cpu} 0")
            assert "MMU on" in said, said
        cloister.disable()
        cloister.cpus_work()
    cloister.machine.survives()
