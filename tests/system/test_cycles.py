# SPDX-License-Identifier: GPL-2.0-only
"""Again and again: nothing is lost, neither of the hypervisor's memory nor
of Linux's. `make check` does a tenth of what `make check-long` does."""

import pytest

import blobs
import cloister as c
import payload
from blobs import CELLS, MIB
from memory import NOISE, TRACED, Objects, free_memory


def repeat(cloister, rounds, commands, check, timeout):
    """The commands so many times, in the machine; stops at the first error,
    or when what `check` prints is not what it was."""
    script = (
        f"first=$({check})\n"
        f"for i in $(seq {rounds}); do\n"
        "  {\n" + "\n".join(f"{cmd} || exit 1" for cmd in commands) +
        "\n  } > /tmp/round 2>&1 || exit 1\n"
        f"  now=$({check})\n"
        "  [ \"$now\" = \"$first\" ] || { echo \"$first -> $now\"; exit 2; }\n"
        "done\n")
    cloister.put("/tmp/repeat.sh", script)
    code, output = cloister.run("sh /tmp/repeat.sh; code=$?; echo round $i; "
                                "[ $code = 0 ] || cat /tmp/round; exit $code",
                                timeout)
    assert code == 0, f"exit code {code}: {output}"


def enable_disable(machine_factory, kernel, rounds):
    cloister = c.boot(machine_factory, kernel, enabled=False)
    cloister.insmod()
    config = "/cloister/qemu-virt-4.cell"
    # The first time allocates what stays, such as sysfs caches
    repeat(cloister, 3, [f"cellctl enable {config}", "cellctl disable"],
           "true", 60)
    before, state = free_memory(cloister), cloister.leftovers()
    repeat(cloister, rounds, [
        f"cellctl enable {config}", "cellctl status", "cellctl disable"],
        "cat /sys/module/cloister/refcnt; grep -c cloister /proc/vmallocinfo;"
        "cat /proc/iomem | md5sum", rounds * 5 + 30)
    assert cloister.leftovers() == state
    after = free_memory(cloister)
    assert after > before - NOISE, f"{before - after} KiB less"
    cloister.cpus_work()
    # With the module loaded anew each time, which leaks what it forgets
    cloister.rmmod()
    before = free_memory(cloister)
    repeat(cloister, rounds // 2, [
        f"insmod {c.DRIVER}", f"cellctl enable {config}", "cellctl disable",
        "rmmod cloister"], "cat /proc/iomem | md5sum", rounds * 5 + 30)
    after = free_memory(cloister)
    assert after > before - NOISE, f"{before - after} KiB less"


def cells(machine_factory, kernel, rounds):
    cloister = c.boot(machine_factory, kernel, append=TRACED, files={
        "cloister/vmlinuz": payload.CACHE / kernel / "image"})
    size = 3 * MIB + 4096       # neither whole blocks nor whole tables
    odd = blobs.cell("odd", cpus=[1, 2], ram=CELLS + 6 * MIB + 4096,
                     size=size)
    cloister.put("/tmp/odd.cell", odd.encode())
    life = []
    for config, name, image in (
            ("/cloister/hello.cell", "hello", "hello"),
            ("/tmp/odd.cell", "odd", "timer")):
        life += [f"cellctl create {config}",
                 f"cellctl load {name} /cloister/{image}.bin",
                 f"cellctl start {name}"]
        if name == "odd":
            life += ["cellctl shutdown odd", "cellctl start odd"]
        life += [f"cellctl destroy {name}"]
    life += ["cellctl linux /cloister/linux.cell /cloister/vmlinuz",
             "cellctl destroy linux"]
    repeat(cloister, 2, life, "true", 90)
    objects, used = Objects(cloister), cloister.used()
    before = free_memory(cloister)
    repeat(cloister, rounds, life,
           f"cat {c.SYSFS}/mem_pool_used /sys/module/cloister/refcnt "
           "/sys/devices/system/cpu/online; cellctl list --json | wc -l; "
           "grep -c cloister /proc/vmallocinfo", rounds * 20 + 60)
    assert cloister.used() == used
    objects.wait_same()
    after = free_memory(cloister)
    assert after > before - NOISE, f"{before - after} KiB less"
    cloister.cpus_work()
    cloister.disable()
    cloister.rmmod()


@pytest.mark.fault(30)
def test_enable_disable(machine_factory, kernel):
    enable_disable(machine_factory, kernel, 10)


@pytest.mark.fault(30)
def test_cells(machine_factory, kernel):
    cells(machine_factory, kernel, 10)      # three cells in each round


@pytest.mark.fault(30)
@pytest.mark.long
def test_enable_disable_long(machine_factory, kernel):
    enable_disable(machine_factory, kernel, 100)


@pytest.mark.fault(30)
@pytest.mark.long
def test_cells_long(machine_factory, kernel):
    cells(machine_factory, kernel, 100)


@pytest.mark.fault(30)
@pytest.mark.long
def test_large_cell(machine_factory):
    """128 MiB, again and again."""
    cloister = c.boot(machine_factory)
    used = cloister.used()
    repeat(cloister, 20, [
        "cellctl create /cloister/bench128m.cell",
        "cellctl load bench128m /cloister/hello.bin",
        "cellctl start bench128m", "cellctl destroy bench128m"],
        f"cat {c.SYSFS}/mem_pool_used", 300)
    assert cloister.used() == used
