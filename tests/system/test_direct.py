# SPDX-License-Identifier: GPL-2.0-only
"""Direct mode: interrupts reach the guest without the hypervisor."""

import re

import blobs
import cloister as c

DIRECT = 1


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


def test_direct_mode(machine_factory, kernel):
    cloister = c.boot(machine_factory, kernel)
    before = cloister.used()
    cloister.launch(direct("timer"), "timer")
    cloister.wait_console("timer", "timer: 1 s: ")
    cloister.launch(direct("smp", cpus=[1, 2]), "smp")
    smp = cloister.wait_console("smp", "smp: 2 CPUs, .* ok", timeout=60)
    assert "smp: CPU 1 started, MPIDR 0x2" in smp
    assert re.search(r"1000 round trips of 2 CPUs", smp)
    for cell in ("timer", "smp"):
        counts = exits(cloister, cell)
        assert counts["irq"] == 0 and counts["maintenance"] == 0, counts
    assert exits(cloister, "smp")["sgi"] >= 2000
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
    cloister.disable()
