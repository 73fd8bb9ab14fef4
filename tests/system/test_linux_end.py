# SPDX-License-Identifier: GPL-2.0-only
"""How a stock Linux in a cell ends."""

import pytest

import cloister as c
import payload
from machine import NEVER

ROOT_FS = "Kernel panic - not syncing: VFS: Unable to mount root fs on "
SYSRQ = "Kernel panic - not syncing: sysrq triggered crash"


@pytest.fixture
def boot(machine_factory):
    """Boots a machine with a kernel and a shell for a cell in it."""
    def run(kernel, **options):
        cloister = c.boot(machine_factory, files={
            "cloister/vmlinuz": payload.CACHE / kernel / "image",
            "cloister/shell": payload.initramfs()}, **options)
        # What is seen to panic from here on is in the cell
        cloister.machine.death = NEVER
        return cloister
    return run


def start(cloister, *options):
    cloister.ctl("linux /cloister/linux.cell /cloister/vmlinuz "
                 + " ".join(options), timeout=60)


def start_shell(cloister, *options):
    # The last line: an earlier life may have left one, too
    start(cloister, "--initrd /cloister/shell", *options)
    cloister.wait_for("cellctl console linux | tail -n 1 | grep -q '^cloister# '",
                      "the cell's prompt", timeout=120,
                      show="cellctl console linux")


def type_line(cloister, line):
    """To the shell; it may be the last that the cell hears."""
    cloister.put("/tmp/typed", line + "\n")
    cloister.run("cellctl console -i linux < /tmp/typed", timeout=60)


def fails(cloister, line):
    """By a panic, with these words for it, and is not begun anew."""
    cloister.wait_state("linux", "failed", timeout=120)
    info = cloister.info("linux")
    assert info["failure"]["reason"] == "panic", info
    assert info["panic"].startswith(line), info
    assert info["violations"] == 0, info
    text = cloister.ctl("show linux")
    assert f"\npanic:      {line}" in text
    assert "\nfailure:    the guest's kernel panicked, on CPU " in text
    assert cloister.run("dmesg | grep 'starts anew'").code


def test_panic(boot, kernel):
    """Whenever it comes, the cell failed, and root knows why."""
    cloister = boot(kernel)
    before = cloister.used()
    start(cloister, "--append", "'root=/dev/none quiet'")
    fails(cloister, ROOT_FS)
    start_shell(cloister, "--append earlycon")
    assert "panic" not in cloister.info("linux")
    type_line(cloister, "echo c > /proc/sysrq-trigger")
    fails(cloister, SYSRQ)
    cloister.ctl("destroy linux")
    assert cloister.used() == before


def test_panic_that_waits(boot):
    """As the user wants it: it is seen, and is not the end."""
    cloister = boot("6.12")
    start(cloister, "--append", "'root=/dev/none panic=0'")
    cloister.wait_for("cellctl show linux | grep -q '^panic: '", "its panic",
                      timeout=120, show="cellctl console linux")
    info = cloister.info("linux")
    assert info["state"] == "running" and "failure" not in info, info
    assert info["panic"].startswith(ROOT_FS), info
    cloister.ctl("shutdown linux --force")
    cloister.ctl("destroy linux")


def test_panic_that_is_none(boot):
    """Who prints such words can reboot, as before."""
    cloister = boot("6.12")
    start_shell(cloister)
    type_line(cloister, f"echo '{SYSRQ}' > /dev/console; reboot -f")
    cloister.wait_for("dmesg | grep -q 'starts anew'", "its reboot",
                      timeout=60, show="cellctl show linux")
    cloister.ctl("destroy linux")
