# SPDX-License-Identifier: GPL-2.0-only
"""Live page tables, as cellctl shows them, with cells that run: right ones, and
wrong ones, which QEMU's debugger makes."""

import base64
import contextlib
import json
import re
import struct

import pytest

import blobs
import cloister as c
import gdbstub
import tables
from blobs import CELLS, COMM_IPA, HYPERVISOR, LINUX, MIB
from gdbstub import Gdb
from test_direct import direct

GICD, UART0 = 0x08000000, 0x09000000
RAM = {"hello": CELLS, "timer": CELLS + 2 * MIB, "smp": CELLS + 4 * MIB}
HELLO_UART = CELLS + 6 * MIB


@pytest.fixture(name="stub")
def fixture_stub():
    return gdbstub.socket_path()


def three_cells(cloister):
    """hello, timer and smp need one CPU more than a machine of 4 has."""
    cloister.launch("/cloister/hello.cell", "hello")
    timer = blobs.load("timer")
    timer.cpus = [4]
    cloister.launch(timer, "timer")
    cloister.launch("/cloister/smp.cell", "smp")
    cloister.wait_console("hello", "count 1")
    cloister.wait_console("timer", "period")
    cloister.wait_console("smp", "smp: 2 CPUs, .* ok", timeout=60)


def not_mapped(cloister, cell, address, words):
    code, output = cloister.run(f"cellctl translate {cell} {address:#x}")
    assert code == 1 and re.search(
        rf"has nothing mapped at {address:#x}, which is in {words}", output), \
        (code, output)


def check_translations(cloister):
    """Each address leads where the config says."""
    for cell, ram in RAM.items():
        t = cloister.json(f"translate {cell} 0x8123")
        assert (t["mapped"], t["physical"]) == (True, hex(ram + 0x8123))
        assert (t["permissions"], t["type"]) == ("rwx", "normal")
        assert t["leaf_size"] == 4096 and t["limit"] == MIB - 0x8123
        assert t["region"] == {
            "index": 0, "start": "0x0", "size": MIB,
            "flags": ["READ", "WRITE", "EXECUTE", "DMA", "LOADABLE"]}
        not_mapped(cloister, cell, MIB, "no region$")
        not_mapped(cloister, cell, HYPERVISOR, "no region$")
        not_mapped(cloister, cell, ram, "no region$")
        # The one page of the hypervisor's that it may have
        t = cloister.json(f"translate {cell} {COMM_IPA:#x}")
        assert t["permissions"] == "rw-" and t["limit"] == 4096
        assert HYPERVISOR <= int(t["physical"], 16) < HYPERVISOR + 4 * MIB
        # What a cell has is not root's, but is of its config
        not_mapped(cloister, "root", ram, r"its region \d+ .*: a cell has it$")

    for address in (HYPERVISOR, HYPERVISOR + 4 * MIB - 1, GICD):
        not_mapped(cloister, "root", address, "no region$")
    t = cloister.json(f"translate root {LINUX:#x}")
    assert t["physical"] == hex(LINUX) and t["leaf_size"] == 1 << 21
    assert t["limit"] == 768 * MIB
    t = cloister.json(f"translate root {UART0:#x}")
    assert (t["permissions"], t["type"]) == ("rw-", "device")
    # Up to where the next cell's begins
    t = cloister.json(f"translate root {CELLS + MIB:#x}")
    assert t["limit"] == MIB


def check_tables(cloister):
    for cell in RAM:
        t = cloister.json(f"tables {cell}")
        # The RAM and the communication region; 16 pages are contiguous
        assert t["regions"] == 2 and t["mapped"] == MIB + 4096
        assert t["leaves"] == {"512g": 0, "1g": 0, "2m": 0, "4k": 257,
                               "contiguous": 256}
        assert t["table_pages"] == 5 and t["levels"] == 3
        assert t["worst_reads"] == {"3_levels": 15, "4_levels": 19}
    t = cloister.json("tables root")
    assert t["address_bits"] == 40 and t["leaves"]["1g"] > 0
    # 2 GiB of RAM without what others have, 512 GiB for PCI, and more
    assert t["mapped"] > (512 << 30) + 2032 * MIB - 3 * MIB
    assert t["table_pages"] <= 16


@contextlib.contextmanager
def descriptor(stub, cpu, ipa, change):
    """Within this, the last entry for an IPA in the cell of a CPU is another."""
    with Gdb(stub) as gdb:
        gdb.select(cpu)
        at, old = tables.stage2_entry(gdb.read, gdb.register("VTCR_EL2"),
                                      gdb.register("VTTBR_EL2"), ipa)
        new = change(old)
        assert new != old
        gdb.write(at, struct.pack("<Q", new))
    try:
        yield
    finally:
        with Gdb(stub) as gdb:
            assert gdb.read(at, 8) == struct.pack("<Q", new)
            gdb.write(at, struct.pack("<Q", old))


def leads_to(pa):
    return lambda old: old & ~0xfffffffff000 | pa


def like(pa):
    """A normal page, rwx, where there was none."""
    def change(old):
        assert old == 0
        return pa | 1 << 10 | 3 << 8 | 3 << 6 | 0xf << 2 | 3
    return change


# Pages that their cells do not touch: the stacks, code and data of hello and timer
# are in the first half of their RAM
PAGE, ROOT_PAGE = 0xf0000, 0x8040000000
HELLO, TIMER = 1, 4     # their CPUs
READ_ONLY = ~(1 << 7)   # S2AP[1]
EXECUTE_NEVER = 1 << 54
WRONG = [
    # CPU, IPA, change, verdict, cell, other, words behind "mapped to"
    (HELLO, PAGE, leads_to(HYPERVISOR + MIB), "hypervisor", "hello", None,
     f"{HYPERVISOR + MIB:#x}, which is hypervisor memory"),
    (TIMER, PAGE, leads_to(HYPERVISOR), "hypervisor", "timer", None,
     f"{HYPERVISOR:#x}, which is hypervisor memory"),
    (HELLO, PAGE, leads_to(RAM["timer"] + PAGE), "shared", "hello", "timer",
     f"{RAM['timer'] + PAGE:#x}, which cell 2 .timer. reaches, too"),
    # Found from the side of the cell with the lower number, at its own address
    (TIMER, PAGE, leads_to(LINUX + MIB), "shared", "root", "timer",
     f"{LINUX + MIB:#x}, which cell 2 .timer. reaches, too"),
    (HELLO, PAGE, leads_to(GICD), "gic", "hello", None,
     f"{GICD:#x}, which is the interrupt controller"),
    (HELLO, PAGE, leads_to(CELLS + PAGE - 4096), "output", "hello", None,
     f"{CELLS + PAGE - 4096:#x}, which is not where its region leads"),
    # Too little; too much; what is no memory of the cell's
    (HELLO, PAGE, lambda old: old & READ_ONLY, "attr", "hello", None,
     f"{CELLS + PAGE:#x}, with other permissions or another memory type"),
    (TIMER, COMM_IPA, lambda old: old & ~EXECUTE_NEVER, "attr", "timer", None,
     "0x[0-9a-f]+, with other permissions or another memory type"),
    (0, ROOT_PAGE, lambda old: old & ~EXECUTE_NEVER, "attr", "root", None,
     f"{ROOT_PAGE:#x}, with other permissions or another memory type"),
    (HELLO, PAGE, lambda old: 0, "hole", "hello", None, None),
    (HELLO, MIB + 4096, like(CELLS + PAGE), "extra", "hello", None,
     f"{CELLS + PAGE:#x}, which is in none of its regions"),
]


def check_wrong_tables(cloister, stub):
    """The audit says what is wrong, and where, and is content afterwards."""
    ids = {cell["name"]: cell["id"] for cell in cloister.json("list")}
    for cpu, ipa, change, verdict, cell, other, words in WRONG:
        with descriptor(stub, cpu, ipa, change):
            code, text = cloister.run("cellctl audit")
            json_code, output = cloister.run("cellctl audit --json 2> /dev/null")
        assert cloister.ctl("audit").startswith("OK: ")
        assert (code, json_code) == (1, 1), (verdict, text)
        audit = json.loads(output)
        at = int(audit["address"], 16)
        # A leaf of root may be large
        assert at == ipa or cell == "root" and at <= LINUX + MIB, (verdict, text)
        assert (audit["verdict"], audit["cell"]) == (verdict, ids[cell])
        assert audit.get("other") == (ids[other] if other else None)
        words = (f"mapped to {words}" if words else
                 "which is in one of its regions")
        start = f"cellctl: audit: cell {ids[cell]} .{cell}. has "
        assert re.match(f"{start}.*{at:#x}.*{words}", text), text


def test_three_cells(machine_factory, stub):
    cloister = c.boot(machine_factory, smp=8,
                      qemu_args=gdbstub.qemu_args(stub))
    before = cloister.json("tables root")
    assert cloister.json("audit")["cells"] == 1
    three_cells(cloister)
    check_translations(cloister)
    check_tables(cloister)
    audit = cloister.json("audit")
    assert (audit["verdict"], audit["cells"], audit["shared"]) == ("ok", 4, [])
    assert audit["leaves"] == sum(
        sum(cloister.json(f"tables {cell}")["leaves"][size]
            for size in ("512g", "1g", "2m", "4k"))
        for cell in ("root", *RAM))
    assert re.match(r"OK: \d+ leaves of 4 cells are as the configs say$",
                    cloister.ctl("audit"))

    check_wrong_tables(cloister, stub)

    # Memory that two have: a device by its config, RAM until the start
    uart = blobs.load("hello-uart")
    uart.cpus = [5]
    cloister.create(uart)
    cloister.ctl("load hello-uart /cloister/hello.bin")
    assert cloister.json("audit")["shared"] == [
        {"start": hex(HELLO_UART), "size": MIB, "cells": [0, 4]},
        {"start": hex(UART0), "size": 4096, "cells": [0, 4]}]
    assert (f"shared {UART0:#x}..{UART0 + 4095:#x}: 0 (root), 4 (hello-uart)"
            in cloister.ctl("audit"))
    assert cloister.json(f"translate root {HELLO_UART:#x}")["permissions"] == \
        "rw-"

    for cell in ("hello", "timer"):
        cloister.alive(cell)
    assert {cell: cloister.info(cell)["violations"] for cell in RAM} == {
        "hello": 0, "timer": 0, "smp": 0}
    for cell in ("hello-uart", *RAM):
        cloister.ctl(f"destroy {cell}")
    assert cloister.json("tables root") == before
    assert cloister.json("audit")["verdict"] == "ok"
    cloister.refused("translate hello 0", "CELL_UNKNOWN", "ENOENT")
    cloister.disable()
    cloister.refused("audit", "NOT_ENABLED", "ENODEV")


# Virtual addresses

SPIN = struct.pack("<I", 0x14000000)    # b .
STAGE1_PAGE = 0x8123    # in the RAM of a guest of this tree


def translate(cloister, cpu, address, on=None):
    """(exit code, JSON) of cellctl on any CPU, or on one of Linux's."""
    where = "" if on is None else f"taskset {1 << on:x} "
    code, output = cloister.run(
        f"{where}cellctl translate --json --gva {cpu} {address:#x} "
        "2> /dev/null")
    return code, json.loads(output)


def mapped(cloister, cpu, address, on=None):
    code, g = translate(cloister, cpu, address, on)
    assert (code, g["status"], g["cpu"]) == (0, "mapped", cpu), g
    assert g["address"] == hex(address)
    return g


def ends(cloister, cpu, address, status, words):
    code, g = translate(cloister, cpu, address)
    assert (code, g["status"]) == (1, status), g
    assert "physical" not in g and g["stage1"]["ttbr0"]
    _, text = cloister.run(
        f"cellctl translate --gva {cpu} {address:#x} > /dev/null")
    assert re.search(f"translate --gva {cpu} {address:#x}: {words}", text), text
    return g


class Kcore:
    """The kernel's memory as Linux itself reads it, and where it has it."""

    def __init__(self, cloister):
        self.cloister = cloister
        head = self._read(0, 4096)
        start, size, count = (struct.unpack_from(form, head, at)[0] for form, at in (
            ("<Q", 32), ("<H", 54), ("<H", 56)))
        # (offset, vaddr, paddr, filesz) of PT_LOAD
        self.segments = [
            struct.unpack_from("<4Q", head, at + 8)
            for at in range(start, start + size * count, size)
            if head[at] == 1]

    def _read(self, offset, size):
        """From a multiple of 16 on."""
        return base64.b64decode(self.cloister.must(
            f"dd if=/proc/kcore bs=16 skip={offset // 16} count={size // 16} "
            "2> /dev/null | base64"))

    def read(self, address, size):
        offset, start = next((offset, start) for offset, start, _, length
                             in self.segments if 0 <= address - start < length)
        at = offset + address - start
        return self._read(at, size + 16)[at % 16:][:size]

    def linear(self, pa):
        """Where all RAM is mapped: the segment is not that of the image."""
        return next(start + pa - at for _, start, at, length in self.segments
                    if 0 <= pa - at < length and length > 256 * MIB)


def check_linux(cloister, stub):
    """The kernel's own addresses, on the CPU that asks, and on one that idles:
    what is there is what the kernel has there."""
    kcore = Kcore(cloister)
    code = int(cloister.must("grep ' T schedule$' /proc/kallsyms").split()[0], 16)
    page = LINUX + 512 * MIB
    for on, cpu in (0, 0), (0, 2), (2, 0):
        g = mapped(cloister, cpu, code, on)
        assert g["cell"] == 0 and g["stage1"]["mmu"]
        assert (g["stage1"]["el1"], g["stage1"]["el0"]) == ("r-x", "---")
        assert g["stage1"]["memory"].startswith("normal write-back")
        assert g["physical"] == g["stage2"]["address"]
        assert g["stage2"]["permissions"] == "rwx"
        assert 0 < g["limit"] <= g["stage1"]["leaf_size"]
        with Gdb(stub) as gdb:
            content = gdb.read(int(g["physical"], 16), 64)
        assert content == kcore.read(code, 64) and len(set(content)) > 8
        g = mapped(cloister, cpu, kcore.linear(page) + 0x123, on)
        assert g["physical"] == hex(page + 0x123)
        assert g["stage1"]["el1"] == "rw-"
    # Beyond the RAM in the linear map, and in the gap between the halves
    g = ends(cloister, 2, 0xffff600000000000, "no-entry",
             r"stage 1 has no entry for it: at level [0-2], address 0x.*, is 0x0$")
    assert g["stage2"]["mapped"] and g["stage1"]["entry"] == "0x0"
    g = ends(cloister, 2, 1 << 54, "no-entry", "stage 1 has no table for it")
    assert g["reads"] == 0


def check_guest(cloister, cpu, cell, ram):
    """One of this tree's, with blocks of 2 MiB and the upper half off."""
    g = mapped(cloister, cpu, STAGE1_PAGE)
    assert g["cell"] == cell and g["physical"] == hex(ram + STAGE1_PAGE)
    # Three entries of stage 1 would each take three of stage 2
    assert g["reads"] == 2 * (1 + 3) + 3
    assert g["limit"] == MIB - STAGE1_PAGE
    stage1, stage2 = g["stage1"], g["stage2"]
    assert stage1["mmu"] and stage1["level"] == 2
    assert stage1["leaf_size"] == 2 * MIB
    assert (stage1["el1"], stage1["el0"]) == ("rwx", "---")
    assert stage1["memory"] == "normal write-back"
    assert stage2["address"] == hex(STAGE1_PAGE)
    assert (stage2["permissions"], stage2["leaf_size"]) == ("rwx", 4096)
    assert stage2["region"]["index"] == 0
    g = mapped(cloister, cpu, COMM_IPA)
    assert g["limit"] == 4096 and g["stage2"]["permissions"] == "rw-"
    # Stage 1 maps 2 MiB, of which the cell has one
    g = ends(cloister, cpu, MIB + 8, "stage2",
             rf"stage 1 leads to {MIB + 8:#x}, but cell {cell} .* has nothing "
             rf"mapped at {MIB + 8:#x}, which is in no region$")
    assert g["stage1"]["leaf_size"] == 2 * MIB
    ends(cloister, cpu, 0x40000000, "no-entry",
         r"stage 1 has no entry for it: at level 1, address 0x\w+, is 0x0$")
    ends(cloister, cpu, (1 << 64) - 8, "no-entry",
         "stage 1 has no table for it")


def check_no_mmu(cloister, cpu, cell, ram):
    g = mapped(cloister, cpu, STAGE1_PAGE)
    assert g["cell"] == cell and g["physical"] == hex(ram + STAGE1_PAGE)
    assert g["stage1"].keys() == {"mmu", "sctlr", "tcr", "tcr2", "mair",
                                  "ttbr0", "ttbr1"}
    assert not g["stage1"]["mmu"] and not int(g["stage1"]["sctlr"], 16) & 1
    assert g["reads"] == 3 and g["limit"] == MIB - STAGE1_PAGE
    ends(cloister, cpu, MIB, "stage2", f".* cell {cell} .* no region$")
    ends(cloister, cpu, 1 << 60, "address-size",
         f"with the MMU off it leads to {1 << 60:#x}")
    text = cloister.ctl(f"translate --gva {cpu} {STAGE1_PAGE:#x}")
    assert re.search("^SCTLR_EL1: .*, MMU off$", text, re.M)


def check_silent(cloister, stub, cpu):
    """A CPU that executes nothing is told to be silent, and forgiven."""
    cloister.must(
        f"(until cellctl translate --gva {cpu} 0 2>&1 | grep CPU_SILENT; "
        "do :; done) > /tmp/silent 2>&1 &")
    with Gdb(stub) as gdb:
        gdb.run_only([n for n in range(cloister.machine.smp) if n != cpu], 3)
    cloister.wait_for("[ -s /tmp/silent ]", "a CPU that is silent")
    assert re.search(rf"cellctl: translate {cpu}: CPU {cpu} did not come to the "
                     r"hypervisor within 1000 ms \(rule 204 CPU_SILENT, "
                     r"ETIMEDOUT\)", cloister.must("cat /tmp/silent"))
    mapped(cloister, cpu, STAGE1_PAGE)


def test_virtual_addresses(machine_factory, kernel, stub):
    """Of Linux; with the MMU on and off, in virtual and in direct mode."""
    # A CPU that is in user space must not have forgotten the kernel
    cloister = c.boot(machine_factory, kernel, smp=8, append="kpti=off",
                      qemu_args=gdbstub.qemu_args(stub))
    before = cloister.used()
    check_linux(cloister, stub)

    cloister.put("/cloister/spin.bin", SPIN)
    cells = {1: blobs.load("hello"), 4: direct("timer", cpus=[4]),
             5: blobs.cell("spin", cpus=[5], ram=CELLS + 8 * MIB),
             6: blobs.cell("direct", cpus=[6], ram=CELLS + 10 * MIB, irq_mode=1)}
    for cpu, config in cells.items():
        image = "spin" if cpu > 4 else config.name
        cloister.launch(config, image)
    cloister.wait_console("hello", "count 1")
    cloister.wait_console("timer", "timer: 1 s: ")
    for number, (cpu, config) in enumerate(cells.items(), 1):
        check = check_no_mmu if cpu > 4 else check_guest
        check(cloister, cpu, number, config.mem[0]["phys_start"])
    check_silent(cloister, stub, 5)
    for cell in ("hello", "timer"):
        cloister.alive(cell)
        assert cloister.info(cell)["violations"] == 0

    # No guest, and no CPU
    cloister.ctl("shutdown hello")
    for cpu, cell in (1, "1 .hello."), (7, "0 .root."):
        if cpu == 7:
            cloister.must("echo 0 > /sys/devices/system/cpu/cpu7/online")
        text = cloister.refused(f"translate --gva {cpu} 0", "CPU_IS_OFF",
                                "EBUSY")
        assert re.search(f"CPU {cpu}, which cell {cell} has, is off: no guest "
                         "runs there", text), text
    cloister.must("echo 1 > /sys/devices/system/cpu/cpu7/online")
    cloister.refused("translate --gva 8 0", "CPU_UNKNOWN", "ENOENT")
    # Started again it has other registers, and is asked anew
    cloister.ctl("start hello")
    cloister.wait_for("[ $(cellctl console hello | grep -c 'count 1$') = 2 ]",
                      "hello's second life", show="cellctl console hello")
    check_guest(cloister, 1, 1, CELLS)
    for cell in ("hello", "timer", "spin", "direct"):
        cloister.ctl(f"destroy {cell}")
    assert cloister.used() == before
    # Back in root, where Linux has its own again
    check_linux(cloister, stub)
    cloister.cpus_work()
    cloister.disable()
    cloister.refused("translate --gva 0 0", "NOT_ENABLED", "ENODEV")
