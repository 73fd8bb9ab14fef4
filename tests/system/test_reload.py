# SPDX-License-Identifier: GPL-2.0-only
"""Cells whose resets are root's business, and guests that do nothing else."""

import re
import struct

import pytest

import blobs
import cloister as c

PASSIVE, RELOAD = 1, 2
# mov w0, SYSTEM_RESET; hvc 0
RESETS = struct.pack("<4I", 0x52800120, 0x72b08000, 0xd4000002, 0x14000000)
# What a driver may say in five seconds, on both sides of a border
MOST_LINES = 20


@pytest.fixture
def resets(machine_factory, tmp_path):
    (tmp_path / "resets").write_bytes(RESETS)
    cloister = c.boot(machine_factory,
                      files={"cloister/resets.bin": tmp_path / "resets"})
    cell = blobs.cell("resets", flags=PASSIVE | RELOAD)
    cell.cell["entry"] = cell.mem[0]["virt_start"]
    cell.mem = cell.mem[:1]
    cloister.put("/tmp/resets.cell", cell.encode())
    return cloister


def launch(cloister):
    cloister.launch("/tmp/resets.cell", "resets")


def wait_resets(cloister, count):
    cloister.wait_for(
        "[ $(cellctl stats resets --json | sed -n 's/.*\"psci\": //p'"
        f" | tr -d ,) -ge {count} ]", f"{count} resets", timeout=60,
        show="cellctl stats resets")


def test_log(resets):
    """A guest cannot fill root's log."""
    launch(resets)
    wait_resets(resets, 80)
    times = [float(time) for time in re.findall(
        r"^\[ *([\d.]+)\] cloister: .*starts anew", resets.machine.dmesg(),
        re.M)]
    assert times
    assert max(sum(start <= time < start + 5 for time in times)
               for start in times) <= MOST_LINES, times
    resets.end("resets")


def test_end(resets):
    """Whatever root wants of it, it gets, at any moment of a reset."""
    before = resets.used()
    for i in range(10):
        launch(resets)
        wait_resets(resets, i % 4)
        if i % 2:
            resets.ctl("shutdown resets")
            assert resets.state("resets") == "shut-down"
            resets.ctl("load resets /cloister/resets.bin")
            resets.ctl("start resets")
        resets.ctl("destroy resets")
        assert resets.used() == before
    launch(resets)
    wait_resets(resets, 2)
    resets.ctl("destroy resets")
    resets.disable()
    resets.rmmod()
