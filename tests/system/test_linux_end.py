# SPDX-License-Identifier: GPL-2.0-only
"""How a stock Linux in a cell ends."""

import lzma

import pytest

import cloister as c
import payload
import programs
from machine import NEVER

ROOT_FS = "Kernel panic - not syncing: VFS: Unable to mount root fs on "
SYSRQ = "Kernel panic - not syncing: sysrq triggered crash"


# A press of the power button and what ends it, twice: then it switches off
LISTENS = """
event() { dd bs=24 count=1 2> /dev/null | od -An -tx2 -j16; }
insmod /evdev.ko && insmod /gpio_keys.ko || poweroff -f
exec < /dev/input/event0
echo listening
for i in 1 2 3 4; do echo "event $i:" $(event); done
echo "then:" $(event)
"""
DOWN, UP, SYNC = "0001 0074 0001 0000", "0001 0074 0000 0000", "0000 0000 "


@pytest.fixture
def boot(machine_factory):
    """Boots a machine with a kernel and a shell for a cell in it."""
    def run(kernel, files=None, **options):
        cloister = c.boot(machine_factory, files={
            "cloister/vmlinuz": payload.CACHE / kernel / "image",
            "cloister/shell": payload.initramfs(), **(files or {})}, **options)
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


@pytest.mark.mostly("6.12")
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
    cloister.ctl("shutdown linux --force --timeout 1000")
    cloister.ctl("destroy linux")


def test_panic_that_is_none(boot):
    """Who prints such words can reboot, as before."""
    cloister = boot("6.12")
    start_shell(cloister)
    type_line(cloister, f"echo '{SYSRQ}' > /dev/console; reboot -f")
    cloister.wait_for("dmesg | grep -q 'starts anew'", "its reboot",
                      timeout=60, show="cellctl show linux")
    cloister.ctl("destroy linux")


@pytest.fixture
def listener(tmp_path):
    """A ramdisk that ends when its power button is pressed, with the modules
    that a distribution loads for it."""
    def make(kernel):
        files = {}
        for name in ("evdev", "gpio_keys"):
            path, = (payload.CACHE / kernel).glob(
                f"**/lib/modules/*/kernel/drivers/input/**/{name}.ko*")
            data = path.read_bytes()
            files[f"{name}.ko"] = tmp_path / f"{name}.ko"
            files[f"{name}.ko"].write_bytes(
                lzma.decompress(data) if path.suffix == ".xz" else data)
        (tmp_path / "run.sh").write_text(LISTENS)
        return payload.initramfs(files, mode="script",
                                 run=tmp_path / "run.sh")
    return make


def start_listener(cloister, name):
    cloister.ctl(f"linux /cloister/{name}.cell /cloister/vmlinuz"
                 " --initrd /cloister/listener", timeout=60)
    cloister.wait_console("linux", "^listening", timeout=120)


def shut_down(boot, listener, kernel, name="linux", **options):
    cloister = boot(kernel, {"cloister/listener": listener(kernel)}, **options)
    before = cloister.used()
    start_listener(cloister, name)
    # Who hears it and goes on is not ended
    text = cloister.refused("shutdown linux --timeout 5000", "CELL_TIMEOUT")
    assert "it still runs; --force ends it as it is" in text
    text = cloister.wait_console("linux", "^event 4:").replace("\r", "")
    for i, event in enumerate((DOWN, SYNC, UP, SYNC)):
        assert f"event {i + 1}: {event}" in text, text
    assert cloister.state("linux") == "running"
    cloister.ctl("shutdown linux", timeout=60)
    info = cloister.info("linux")
    assert info["state"] == "shut-down" and "failure" not in info, info
    assert (info["violations"], info["restarts"]) == (0, 0), info
    text = cloister.console("linux").replace("\r", "")
    assert f"then: {DOWN}" in text, text
    # And so in its next life
    cloister.ctl("start linux")
    cloister.wait_for(
        "cellctl console linux | tail -n 1 | grep -q '^listening'",
        "the next life", timeout=120, show="cellctl console linux")
    cloister.ctl("shutdown linux --force --timeout 200")
    assert cloister.state("linux") == "shut-down"
    cloister.ctl("destroy linux")
    assert cloister.used() == before


@pytest.mark.mostly("6.12")
def test_shutdown(boot, listener, kernel):
    """The guest is asked as by a hand, and goes by itself."""
    shut_down(boot, listener, kernel)


@pytest.mark.parametrize("gic, name", (
    (3, "linux-direct"), (2, "linux"), (2, "linux-direct")))
def test_shutdown_interrupt(boot, listener, gic, name):
    """However it reaches the guest."""
    shut_down(boot, listener, "6.12", name, gic=gic)


HOTPLUG = """
cd /sys/devices/system/cpu
for round in $(seq 40); do
    echo 0 > cpu1/online && [ $(nproc) = 1 ] || poweroff -f
    echo 1 > cpu1/online && [ $(nproc) = 2 ] || poweroff -f
done
# The first one, too
echo 0 > cpu0/online; [ $(cat online) = 1 ] && echo 1 > cpu0/online
cpus 2 && echo "idle: $(cat cpuidle/current_driver), $(cat online)"
"""


def test_hotplug(boot, kernel, tmp_path):
    """The CPUs of a cell go and come as its Linux likes, and wait by WFI."""
    (tmp_path / "run.sh").write_text(HOTPLUG)
    cloister = boot(kernel, {"cloister/hotplug": payload.initramfs(
        {"bin/cpus": programs.programs()["bin/cpus"]}, mode="script",
        run=tmp_path / "run.sh")})
    cloister.ctl("linux /cloister/linux.cell /cloister/vmlinuz"
                 " --initrd /cloister/hotplug", timeout=60)
    cloister.wait_state("linux", "shut-down", timeout=180)
    text = cloister.console("linux").replace("\r", "")
    assert "\nidle: none, 0-1\n" in text, text
    info = cloister.info("linux")
    assert (info["violations"], info["restarts"]) == (0, 0), info
    # Each round is a CPU_OFF, a CPU_ON, and an AFFINITY_INFO between them
    assert sum(cpu["exits"]["psci"] for cpu in
               cloister.json("stats linux")) > 3 * 41
    cloister.ctl("destroy linux")
