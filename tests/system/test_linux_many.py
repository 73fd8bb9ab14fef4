# SPDX-License-Identifier: GPL-2.0-only
"""Two stock Linuxes beside root's, made and ended in any order."""

import random

import pytest

import blobs
import cloister as c
import faults
import payload
from blobs import MIB
from memory import NOISE, free_memory

# Those of configs/qemu-virt/linux.c, and behind it what the machine still has
CELLS = {"first": ([2, 3], 0x90000000, 512 * MIB),
         "second": ([4, 5, 6], 0xb0000000, 256 * MIB)}
UP = "its CPUs are up:"
INIT = f"""
echo "{UP} $(nproc), $(uname -r)"
exec sleep 999999
"""
# Somewhere in a boot, in bytes of its log, which has some 13000
EARLY = (0, 10000)


def config(name):
    """As linux.cell, with CPUs, memory and interrupts of its own."""
    result = blobs.load("linux")
    result.name = name
    result.cpus, ram, size = CELLS[name]
    result.mem = [blobs.region(ram, size)]
    result.cell["entry"] = ram
    first = min(result.spis) + 2 * list(CELLS).index(name)
    result.spis = [first, first + 1]
    result.cell["console_irq"] = first
    result.cell["power_button"]["irq"] = first + 1
    return result


class Linuxes:
    """Both cells, each with a kernel of its own."""

    def __init__(self, cloister, kernels):
        self.cloister = cloister
        self.releases = dict(zip(CELLS, map(payload.release, kernels)))
        for name in CELLS:
            cloister.put(f"/tmp/{name}.cell", config(name).encode())

    def start(self, name):
        self.cloister.ctl(
            f"linux /tmp/{name}.cell /cloister/{name}.kernel"
            " --initrd /cloister/initrd", timeout=60)

    def wait_up(self, name):
        cpus = len(CELLS[name][0])
        self.cloister.wait_console(
            name, f"^{UP} {cpus}, " + self.releases[name].replace("+", "[+]"),
            timeout=180)

    def wait_for_output(self, name, size):
        number = self.cloister.info(name)["id"]
        self.cloister.wait_for(
            f"[ $(cat {c.SYSFS}/cells/{number}/console_end) -ge {size} ]",
            f"{size} bytes of {name}'s log", 180,
            show=f"cellctl console {name}")

    def destroy(self, name):
        info = self.cloister.info(name)
        assert (info["state"], info["violations"]) == ("running", 0), info
        self.cloister.ctl(f"destroy {name}", timeout=60)


def plan(rounds, rng):
    """Starts and destroys of both, with what is waited for before the latter:
    that all of its CPUs are up, or a size of its log."""
    steps = [name for name in CELLS for _ in range(2 * rounds)]
    rng.shuffle(steps)
    running, result = set(), []
    for name in steps:
        if name in running:
            running.remove(name)
            result.append(("destroy", name, rng.choice(
                ["up", rng.randrange(*EARLY)])))
        else:
            running.add(name)
            result.append(("start", name, None))
    return result


def many(machine_factory, root, rounds):
    guests = [c.other_kernel(root, number) for number in (1, 2)]
    initrd = payload.BUILD / "tests/many-init"
    initrd.parent.mkdir(parents=True, exist_ok=True)
    initrd.write_text(INIT, encoding="utf-8")
    cloister = c.boot(machine_factory, root, smp=8, files={
        "cloister/initrd": payload.initramfs(mode="script", run=initrd),
        **{f"cloister/{name}.kernel": payload.CACHE / kernel / "image"
           for name, kernel in zip(CELLS, guests)}})
    linuxes = Linuxes(cloister, guests)
    # Both at once, whatever the plan has; what is allocated once, is then
    for name in CELLS:
        linuxes.start(name)
    for name in CELLS:
        linuxes.wait_up(name)
    cloister.ctl("audit")
    for name in CELLS:
        linuxes.destroy(name)
    before, used = free_memory(cloister), cloister.used()
    seed = faults.seed()
    print(f"seed {seed:#x}")
    for what, name, until in plan(rounds, random.Random(seed)):
        if what == "start":
            linuxes.start(name)
            continue
        if until == "up":
            linuxes.wait_up(name)
        else:
            linuxes.wait_for_output(name, until)
        linuxes.destroy(name)
    assert cloister.used() == used, f"seed {seed:#x}"
    after = free_memory(cloister)
    assert after > before - NOISE, \
        f"seed {seed:#x}: {before - after} KiB less"
    cloister.cpus_work()
    cloister.disable()


def test_two(machine_factory, default_kernel):
    many(machine_factory, default_kernel, 2)


@pytest.mark.long
def test_two_long(machine_factory, kernel):
    many(machine_factory, kernel, 20)
