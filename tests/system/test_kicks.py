# SPDX-License-Identifier: GPL-2.0-only
"""CPUs that are taken away and given back, whatever their guest does. `make
check` does a tenth of what `make check-long` does."""

import re

import pytest

import blobs
import cloister as c
import faults
import test_hostile as hostile
from test_cycles import repeat

MODES = {"virtual": 0, "direct": 1}
# The hostile guests, and what they print before they begin
STORMS = {hostile.SPIN_MASKED: "spinning", hostile.SLEEP: "sleeping",
          hostile.SGI_STORM: "mode 18", hostile.IRQ_STORM: "interrupts"}


def kick(machine_factory, mode, count, gic=3):
    world = hostile.World(machine_factory, gic=gic)
    for guest, ready in STORMS.items():
        world.begin(guest, until=ready, irq_mode=MODES[mode])
        seed = faults.seed()
        said = world.cloister.must(f"kicks fault 3 {count} {seed}",
                                   timeout=60 + count / 20)
        kicks, ends = map(int, re.match(r"(\d+) kicks, (\d+) of", said).groups())
        assert kicks == count and 0 < ends < count, (seed, said)
        assert world.cloister.state("fault") == "running"
        world.finish(shutdown=False)
    world.close()


@pytest.mark.parametrize("mode", MODES)
def test_kicks(machine_factory, mode):
    kick(machine_factory, mode, 125)


def test_kicks_gicv2(machine_factory):
    kick(machine_factory, "direct", 125, gic=2)


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
def test_kicks_long(machine_factory, mode):
    kick(machine_factory, mode, 1250)


def hand_over(machine_factory, kernel, rounds):
    """A CPU goes from Linux to a cell and back; each CPU of Linux has its
    timers and its interrupts from others afterwards."""
    cloister = c.boot(machine_factory, kernel)
    life = []
    for mode, irq_mode in MODES.items():
        name = f"timer-{mode}"
        config = blobs.cell(name, irq_mode=irq_mode)
        cloister.put(f"/tmp/{name}.cell", config.encode())
        life += [f"cellctl create /tmp/{name}.cell",
                 f"cellctl load {name} /cloister/timer.bin",
                 f"cellctl start {name}", f"cellctl destroy {name}",
                 f"cpus {cloister.machine.smp}"]
    before = cloister.used()
    repeat(cloister, rounds // 2, life, "cat /sys/devices/system/cpu/online",
           rounds * 10 + 30)
    assert cloister.used() == before
    cloister.disable()
    cloister.cpus_work()


def test_hand_overs(machine_factory, kernel):
    hand_over(machine_factory, kernel, 34)      # 100 with three kernels


@pytest.mark.long
def test_hand_overs_long(machine_factory, kernel):
    hand_over(machine_factory, kernel, 1000)
