# SPDX-License-Identifier: GPL-2.0-only
"""Memory of a pool: there from the start, or growing until there is no more."""

import re

import pytest

import blobs
import cloister as c

POOL = 12 << 20         # configs/qemu-virt/board.h
ALLOC = 3 << 20         # configs/qemu-virt/grow.c
LAZY_IPA = 0x50000000
FRAME = 4096


def check_grown(cloister, life):
    """What the guest found, and what its tables say of it."""
    cloister.wait_for(
        f"[ $(cellctl console grow | grep -c 'grow: done') = {life} ]",
        "the end of growth", timeout=60, show="cellctl console grow")
    text = cloister.console("grow").split("KiB are there")[life]
    assert "grow: 2 CPUs met on 500 pages, 0 of them failed" in text
    had = (POOL - ALLOC) // 1024
    assert re.search(rf"grow: {had} KiB of 16384 KiB were to be had, then data "
                     r"abort \(ESR 0x96000[0-9a-f]10, FAR "
                     rf"{LAZY_IPA + had * 1024:#x}\)", text), text
    tables = cloister.json("tables grow")
    assert tables["pool_frames"] == POOL // FRAME
    exits = [cpu["exits"] for cpu in cloister.json("stats grow")]
    # Pages that both touched at once may have cost either of them an exit
    assert sum(cpu["page"] for cpu in exits) >= had // 4
    assert sum(cpu["device"] + cpu["other"] for cpu in exits) == 0, exits
    # A block of 2 MiB where one fits
    assert tables["leaves"]["2m"] >= 1
    return text


@pytest.mark.fault(31)
def test_memory_of_a_pool(machine_factory, kernel):
    cloister = c.boot(machine_factory, kernel)
    before = cloister.used()
    cloister.create("/cloister/grow.cell")
    assert cloister.json("tables grow")["pool_frames"] == ALLOC // FRAME
    cloister.ctl("load grow /cloister/grow.bin")
    cloister.ctl("start grow")
    cloister.wait_console("grow", "KiB are there, all zero")
    check_grown(cloister, 1)
    assert cloister.info("grow")["state"] == "running"
    # One violation: the page that nobody had
    assert cloister.info("grow")["violations"] == 1
    cloister.ctl("audit")
    where = cloister.json(f"translate grow {LAZY_IPA:#x}")
    assert where["leaf_size"] == FRAME
    assert where["region"]["flags"] == ["READ", "WRITE", "ALLOC", "LAZY"]

    # A second cell gets nothing of it while the first one has it all ...
    second = blobs.cell("second", cpus=[1], more=[
        blobs.region(0, FRAME, 0x40000000,
                     blobs.READ | blobs.WRITE | blobs.ALLOC)])
    cloister.put("/tmp/second.cell", second.encode())
    said = cloister.refused("create /tmp/second.cell", "POOL_EMPTY", "ENOMEM")
    assert "mem_regions[2]: only 0x0 bytes of its pool are free" in said
    assert cloister.online() == "0-1"
    # ... and all of it, zeroed, when that has gone.
    cloister.end("grow")
    assert cloister.used() == before
    cloister.launch("/cloister/grow.cell", "grow")
    cloister.wait_console("grow", "3072 KiB are there, all zero")
    check_grown(cloister, 1)
    cloister.ctl("shutdown grow")
    cloister.ctl("destroy grow")
    cloister.cpus_work()
    cloister.disable()


def test_root_has_nothing_of_a_pool(machine_factory):
    """Linux is told to leave it alone, and cannot do otherwise."""
    cloister = c.boot(machine_factory, append="iomem=relaxed")
    assert "70400000-70ffffff : Cloister pool" in cloister.must(
        "cat /proc/iomem")
    for address in (0x70400000, 0x70fff000):
        assert cloister.run(f"mem read {address:#x} 4096").code == 3
    cloister.cpus_work()
    cloister.disable()
    assert "Cloister pool" not in cloister.must("cat /proc/iomem")
    assert cloister.run("mem read 0x70400000 4096").code == 0
