# SPDX-License-Identifier: GPL-2.0-only
"""A stock kernel has no more to complain of in a cell than on a machine."""

import collections
import re

import pytest

import cloister as c
import payload

# What both say; nothing tells them apart but the machine itself
APPEND = "console=ttyAMA0"
# From emergencies to warnings, of the kernel and (8 to 12) of programs: one is
# made here, so that looking for them is known to work
SCRIPT = """
echo '<4>a warning' > /dev/kmsg
echo "log: $(nproc) CPUs, $(uname -r)"
dmesg -r | grep -E '^<([0-4]|8|9|1[0-2])>' | sed 's/^/log /'
"""
# That the host had no time for QEMU meanwhile
HOST = re.compile(r"hrtimer: interrupt took N ns")


def complaints(text, release):
    """What the log has, by how often, without addresses and numbers."""
    text = text.replace("\r", "")
    assert f"log: 2 CPUs, {release}\n" in text
    lines = re.findall(r"^log <\d+>\[[ \d.]+\] (.*?) *$", text, re.M)
    assert lines.count("a warning") == 1
    lines = [re.sub(r"0x[0-9a-f]+|\d+", "N", line) for line in lines]
    return collections.Counter(line for line in lines if not HOST.match(line))


def on_a_machine(machine_factory, kernel, gic):
    """With the same CPUs and as much memory, entered at EL1, too."""
    code, text = machine_factory.script(
        SCRIPT, kernel, smp=2, memory="512M", gic=gic, base=APPEND,
        machine="virtualization=off")
    assert code == 0
    return complaints(text, payload.release(kernel))


def in_a_cell(machine_factory, kernel, gic, root, tmp_path):
    (tmp_path / "run.sh").write_text(SCRIPT)
    cloister = c.boot(machine_factory, root, gic=gic, files={
        "cloister/vmlinuz": payload.CACHE / kernel / "image",
        "cloister/initrd": payload.initramfs(mode="script",
                                             run=tmp_path / "run.sh")})
    cloister.ctl("linux /cloister/linux.cell /cloister/vmlinuz --initrd"
                 f" /cloister/initrd --append {APPEND}", timeout=60)
    cloister.wait_state("linux", "shut-down", timeout=120)
    text = cloister.console("linux")
    assert cloister.info("linux")["violations"] == 0
    cloister.ctl("destroy linux")
    return complaints(text, payload.release(kernel))


def compare(machine_factory, kernel, root, tmp_path, gic=3):
    machine = on_a_machine(machine_factory, kernel, gic)
    cell = in_a_cell(machine_factory, kernel, gic, root, tmp_path)
    print(f"machine: {dict(machine)}\ncell: {dict(cell)}")
    assert not cell - machine


def test_log(machine_factory, kernel, tmp_path):
    """Under a root of another version."""
    compare(machine_factory, kernel, c.other_kernel(kernel, 1),
            tmp_path)


@pytest.mark.long
def test_log_other_root(machine_factory, kernel, tmp_path):
    compare(machine_factory, kernel, c.other_kernel(kernel, 2),
            tmp_path)


def test_log_gicv2(machine_factory, tmp_path):
    compare(machine_factory, "6.12", c.other_kernel("6.12", 2),
            tmp_path, gic=2)
