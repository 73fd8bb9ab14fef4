# SPDX-License-Identifier: GPL-2.0-only
"""No cell config harms Linux or another cell: each wrong one is refused."""

import re

import pytest

import blobs
import cloister as c
import programs
from blobs import (CELLS, COMM, EXECUTE, HYPERVISOR, IO, LINUX, LOADABLE, MIB,
                   RAM, READ, ROOTSHARED, WRITE, region)
from test_system_config import as_files, refuse_all

UART, UART1, RTC = 0x09000000, 0x09040000, 0x09010000


def ram(address, size=MIB, flags=RAM, virt=0):
    """A cell with this memory."""
    config = blobs.cell("test", cpus=[1])
    config.mem[0] = region(address, size, virt, flags)
    return config


def more(*regions):
    """A cell with further memory."""
    return blobs.cell("test", cpus=[1], ram=0x72000000, more=regions)


def cpus(*numbers):
    return blobs.cell("test", cpus=numbers, ram=0x72000000)


def spis(*numbers):
    config = cpus(1)
    config.spis = list(numbers)
    return config


def cell(**fields):
    config = cpus(1)
    config.cell.update(fields)
    return config


def button(address, spi=40, **fields):
    """A power button that the hypervisor presses."""
    config = cell(power_button={"address": address, "irq": spi},
                  **{"flags": 1, **fields})
    config.spis = [40, 42]
    return config


def uart(address, spi=40):
    """A UART that the hypervisor emulates."""
    config = cell(console={"type": 4, "address": address}, console_irq=spi)
    config.spis = [40]
    return config


def structure():
    good = blobs.raw("hello")
    changed = bytearray(good)
    changed[40] ^= 4
    sections = blobs.load("hello").sections()
    build = blobs.blob.build
    system = blobs.load("qemu-virt-4").sections()[:1]
    return {
        "empty": (b"", "BLOB_TRUNCATED"),
        "header only": (good[:28], "BLOB_SIZE"),
        "zeroes": (bytes(256), "BLOB_MAGIC"),
        "more at its end": (good + bytes(8), "BLOB_SIZE"),
        "a bit changed": (bytes(changed), "BLOB_CHECKSUM"),
        "version": (blobs.with_header(good, version=0), "BLOB_VERSION"),
        "arch": (blobs.with_header(good, arch=0), "BLOB_ARCH"),
        "a system": (blobs.raw("qemu-virt-4"), "BLOB_KIND"),
        "says it is a system": (blobs.with_header(good, kind=1),
                                "BLOB_KIND"),
        "sections": (blobs.with_header(good, nr_sections=17), "BLOB_TABLE"),
        "no cell": (build(sections[1:]), "BLOB_SECTION_MISSING"),
        "two cells": (build(sections + sections[:1]), "BLOB_SECTION_TWICE"),
        "system in a cell": (blobs.with_header(
            build(system + sections), kind=2), "BLOB_SECTION_KIND"),
        "unknown section": (build([*sections, (31, 8, bytes(8))]),
                            "BLOB_SECTION_UNKNOWN"),
        "cut within the memory": (build(
            [*sections[:2], (4, 32, sections[2][2][:40])]), "BLOB_ENTRY"),
    }


# The driver is first to look, and may know a driver of Linux that has them
GIC = "MEM_GIC|MEM_LINUX_RAM"
DEVICE = "MEM_NOT_ASSIGNABLE|MEM_LINUX_RAM"


def content():
    comm = region(0, 4096, 0x80001000, READ | WRITE | COMM)
    return {
        # Whose memory is it?
        "the hypervisor's": (ram(HYPERVISOR), "MEM_HYPERVISOR"),
        "half the hypervisor's": (
            ram(HYPERVISOR + 3 * MIB, 2 * MIB), "MEM_HYPERVISOR"),
        "Linux's": (ram(LINUX + 64 * MIB), "MEM_LINUX_RAM"),
        "Linux's last page": (ram(LINUX + 768 * MIB - 4096, 8192),
                              "MEM_LINUX_RAM"),
        "nobody's": (ram(HYPERVISOR + 8 * MIB), "MEM_NOT_ASSIGNABLE"),
        "half nobody's": (ram(CELLS - 4096, 8192), "MEM_NOT_ASSIGNABLE"),
        "no memory": (ram(0x4000000000), "MEM_NOT_RAM"),
        "beyond the RAM's end": (ram(0xc0000000 - 4096, 8192),
                                 "MEM_NOT_RAM"),
        "a cell's": (ram(0x71200000), "MEM_TAKEN"),
        "a cell's last page": (ram(0x712ff000, 8192), "MEM_TAKEN"),
        "a cell's, shared by one": (
            ram(0x71200000, flags=RAM | ROOTSHARED), "MEM_TAKEN"),
        # Is it well described?
        "not aligned": (ram(CELLS + 8), "MEM_ALIGN"),
        "address in the cell not aligned": (ram(CELLS, virt=0x10),
                                            "MEM_ALIGN"),
        "size not aligned": (ram(CELLS, MIB + 1), "MEM_ALIGN"),
        "no size": (ram(CELLS, 0), "MEM_EMPTY"),
        "wraps": (ram(2**64 - 4096, 8192), "MEM_WRAP"),
        "wraps in the cell": (ram(CELLS, virt=2**64 - 4096), "MEM_WRAP"),
        "beyond what CPUs address": (ram(CELLS, virt=1 << 52), "MEM_WRAP"),
        "overlap in the cell": (more(region(0x73000000, 4096, 0x1000)),
                                "MEM_OVERLAP_VIRT"),
        "overlap in memory": (more(region(0x72000000, 4096, 0x10000000)),
                              "MEM_OVERLAP_PHYS"),
        "RAM as a device": (
            more(region(0x73000000, 4096, flags=READ | WRITE | IO)),
            DEVICE),
        "assignable": (ram(CELLS, flags=RAM | blobs.ASSIGNABLE),
                       "MEM_CELL_FLAGS"),
        "unknown flag": (ram(CELLS, flags=RAM | 1 << 63), "MEM_FLAGS"),
        "flags without access": (ram(CELLS, flags=EXECUTE | LOADABLE),
                                 "MEM_NO_ACCESS"),
        "two communication regions": (more(comm), "MEM_COMM"),
        "communication region of two pages": (
            more(comm | {"size": 8192}), "MEM_COMM"),
        "communication region with an address": (
            more(comm | {"phys_start": 0x73000000}), "MEM_COMM_ADDRESS"),
        "executable communication region": (
            more(comm | {"flags": comm["flags"] | EXECUTE}), "MEM_COMM_FLAGS"),
        # Devices
        "distributor": (more(region(0x08000000, 0x10000,
                                    flags=READ | WRITE | IO)), GIC),
        "redistributor elsewhere": (
            more(region(0x080a0000, 0x20000, 0x50000000,
                        READ | WRITE | IO)), GIC),
        "RAM where the distributor is": (
            more(region(0x73000000, 4096, 0x08000000)), "MEM_GIC"),
        # A PCI function is its configuration space and its registers.
        "PCI configuration space": (
            more(region(0x4010000000 + 8 * 4096, 4096, 0x50000000,
                        READ | WRITE | IO)), DEVICE),
        "registers of PCI functions": (
            more(region(0x8000000000, 16384, 0x50000000, READ | WRITE | IO)),
            DEVICE),
        "root's own device": (more(region(RTC, 4096,
                                          flags=READ | WRITE | IO)),
                              DEVICE),
        "executable device": (more(region(UART1, 4096,
                                          flags=READ | EXECUTE | IO)),
                              "MEM_IO_FLAGS"),
        # CPUs
        "no CPU": (cpus(), "CPU_NONE"),
        "CPU twice": (cpus(1, 1), "CPU_TWICE"),
        "CPU of a cell": (cpus(3), "CPU_TAKEN"),
        "a free CPU and one of a cell": (cpus(2, 3), "CPU_TAKEN"),
        "no such CPU": (cpus(4), "CPU_UNKNOWN"),
        "CPU 2^64-1": (cpus(2**64 - 1), "CPU_UNKNOWN"),
        "all CPUs": (cpus(0, 1, 2), "CPU_LAST"),
        "65 CPUs": (cpus(*range(65)), "CPU_TOO_MANY"),
        # Interrupts
        "a PPI": (spis(27), "SPI_RANGE"),
        "no such SPI": (spis(1019), "SPI_RANGE"),
        "SPI 2^32-1": (spis(2**32 - 1), "SPI_RANGE"),
        "SPI twice": (spis(40, 40), "SPI_TWICE"),
        "a cell's SPI": (spis(100), "SPI_TAKEN"),
        # The cell itself
        "name twice": (blobs.cell("timer", cpus=[1]), "CELL_NAME_TAKEN"),
        "root's name": (blobs.cell("root", cpus=[1]), "CELL_NAME_TAKEN"),
        "no name": (cell(name=b""), "CELL_NAME"),
        "name with a slash": (cell(name=b"a/b"), "CELL_NAME"),
        "name without an end": (cell(name=b"n" * 32), "CELL_NAME"),
        "entry where nothing is": (cell(entry=0x40000000), "CELL_ENTRY"),
        "entry behind the RAM": (cell(entry=MIB), "CELL_ENTRY"),
        "entry not aligned": (cell(entry=2), "CELL_ENTRY"),
        "entry not executable": (ram(CELLS, flags=READ | WRITE | LOADABLE),
                                 "CELL_ENTRY"),
        "console": (cell(console={"type": 9}), "CELL_CONSOLE"),
        "console without registers": (
            cell(console={"type": 1, "address": UART1}),
            "CELL_CONSOLE_ADDRESS"),
        "console flags": (cell(console={"type": 2, "flags": 1}),
                          "CELL_CONSOLE_FLAGS"),
        "emulated UART without an interrupt": (
            cell(console={"type": 4, "address": UART1}), "CELL_CONSOLE_IRQ"),
        "emulated UART over the GIC": (uart(0x08000000), "CELL_UART_GIC"),
        "emulated UART over RAM": (uart(MIB - 4096), "CELL_UART_MEM"),
        "emulated UART not aligned": (uart(UART1 + 8), "CELL_UART_ADDRESS"),
        "emulated UART's interrupt": (uart(UART1, 41), "CELL_CONSOLE_IRQ"),
        "power button over RAM": (button(MIB - 4096), "CELL_BUTTON_MEM"),
        "power button over the GIC": (button(0x08000000), "CELL_BUTTON_GIC"),
        "power button not aligned": (button(UART1 + 8),
                                     "CELL_BUTTON_ADDRESS"),
        "power button's interrupt": (button(UART1, spi=41),
                                     "CELL_BUTTON_IRQ"),
        "power button over the UART": (button(
            UART1, console={"type": 4, "address": UART1}, console_irq=42),
            "CELL_BUTTON_UART"),
        "power button beside a region to be asked by": (
            button(UART1, flags=0), "CELL_BUTTON_COMM"),
        "interrupt mode": (cell(irq_mode=7), "CELL_IRQ_MODE"),
        "on violation": (cell(on_violation=7), "CELL_ON_VIOLATION"),
        "on failure": (cell(on_failure=2), "CELL_ON_FAILURE"),
        "restarts": (cell(on_failure=1), "CELL_RESTARTS"),
        "restarts without": (cell(max_restarts=1), "CELL_RESTARTS"),
        "cell flags": (cell(flags=1 << 31), "CELL_FLAGS"),
    }


@pytest.mark.fault(9, 10, 11, 12, 13, 14, 15)
def test_wrong_cell_configs(machine_factory, tmp_path):
    files, paths = as_files({**structure(), **content()}, tmp_path)
    cloister = c.boot(machine_factory, files=files)
    # A cell whose resources others must not get: RAM, CPU 3, SPI 100
    timer = blobs.load("timer")
    timer.spis = [100]
    cloister.launch(timer, "timer")
    before = cloister.used()
    refuse_all(cloister, "create", paths)

    # Nothing was taken, and all CPUs are where they were.
    assert cloister.used() == before
    assert cloister.online() == "0-2"
    cloister.cpus_work(3)
    cloister.alive("timer")
    cloister.end("timer")
    cloister.cpus_work(4)

    # What was refused only because the cell had it is free now.
    config = cpus(1, 2, 3)
    config.spis = [100]
    cloister.create(config)
    assert cloister.online() == "0"
    cloister.ctl("destroy test")
    cloister.cpus_work(4)
    cloister.disable()
    cloister.rmmod()


def test_registers_that_a_driver_has(machine_factory):
    """Unless they stay root's, too, it would meet aborts."""
    cloister = c.boot(machine_factory, files=programs.module(
        "claim", machine_factory.default_kernel))
    own = more(region(UART1, 4096, flags=READ | WRITE | IO))
    shared = more(region(UART1, 4096, flags=READ | WRITE | IO | ROOTSHARED))
    cloister.must(f"insmod /cloister/claim.ko start={UART1 + 16} size=16")
    cloister.put("/tmp/own.cell", own.encode())
    cloister.refused("create /tmp/own.cell", "MEM_LINUX_RAM", "EBUSY")
    cloister.create(shared)
    cloister.ctl(f"destroy {shared.name}")
    cloister.must("rmmod claim")
    cloister.ctl("create /tmp/own.cell")
    cloister.ctl(f"destroy {own.name}")
    cloister.disable()


@pytest.mark.fault(13, 14, 15)
def test_errors_name_both_sides(machine_factory):
    """The message says which entry of the config, and which other cell."""
    cloister = c.boot(machine_factory)
    timer = blobs.load("timer")
    timer.spis = [100]
    timer.mem.append(region(UART1, 4096, flags=READ | WRITE | IO))
    cloister.create(timer)
    cases = (
        (ram(0x71200000), "MEM_TAKEN",
         r"mem_regions\[0\] overlaps mem_regions\[0\] of cell 1 \(timer\)"),
        (cpus(3), "CPU_TAKEN", r"cpus: CPU 3 is in cpus of cell 1 \(timer\)"),
        (spis(40, 100), "SPI_TAKEN",
         r"spis: 100 is in spis of cell 1 \(timer\)"),
        (more(region(UART1, 4096, flags=READ | WRITE | IO)), "MEM_TAKEN",
         r"mem_regions\[2\] overlaps mem_regions\[2\] of cell 1 \(timer\)"),
        (blobs.cell("timer", cpus=[1]), "CELL_NAME_TAKEN",
         r"name: cell 1 \(timer\) has the same name"),
        (more(region(0x73000000, 4096, 0x1000)), "MEM_OVERLAP_VIRT",
         r"mem_regions\[0\] and mem_regions\[2\] overlap in the cell"),
        (ram(HYPERVISOR), "MEM_HYPERVISOR",
         r"mem_regions\[0\]: 0x70000000 overlaps hypervisor_memory"),
        (ram(CELLS - 4096), "MEM_NOT_ASSIGNABLE",
         r"mem_regions\[0\]: 0x70fff000 is not inside a region"),
    )
    for config, rule, words in cases:
        cloister.put("/tmp/bad.cell", config.encode())
        output = cloister.refused("create /tmp/bad.cell", rule)
        assert re.search(words, output), output
        assert output.count("\n") == 0 and "create /tmp/bad.cell: " in output
    cloister.ctl("destroy timer")


@pytest.mark.long
def test_sixteen_cells_are_the_limit(machine_factory):
    """Cells until nothing is left: of CPUs here, of numbers on 16 CPUs."""
    cloister = c.boot(machine_factory, smp=16)
    for cpu in range(1, 16):
        config = blobs.cell(f"cell{cpu}", cpus=[cpu],
                            ram=CELLS + cpu * 2 * MIB)
        assert cloister.create(config) == cpu
    cloister.put("/tmp/one.cell", blobs.cell("one", cpus=[0]).encode())
    cloister.refused("create /tmp/one.cell", "CPU_LAST|CELL_LIMIT")
    assert len(cloister.names()) == 16
    for cpu in range(1, 16):
        cloister.ctl(f"destroy cell{cpu}")
    cloister.cpus_work(16)
    cloister.disable()


def truncate_all(machine_factory, step):
    size = len(blobs.raw("hello"))
    cloister = c.boot(machine_factory)
    before = cloister.used()
    lengths = sorted({*range(0, size, step), *range(24, 32), size - 1})
    output = cloister.must(
        f"for n in {' '.join(map(str, lengths))}; do "
        "head -c $n /cloister/hello.cell > /tmp/cut.cell; "
        "cellctl create /tmp/cut.cell 2> /tmp/error; code=$?; "
        "[ $code = 1 ] && grep -q '(rule [0-9]* BLOB_' /tmp/error || "
        "echo $n: exit code $code: $(cat /tmp/error); done", timeout=300)
    assert not output, f"lengths that were not refused as they must:\n{output}"
    assert cloister.used() == before
    cloister.cpus_work()
    cloister.launch("/cloister/hello.cell", "hello")
    cloister.wait_console("hello", "greetings")
    cloister.end("hello")


@pytest.mark.fault(9)
def test_truncated_cell_config(machine_factory):
    truncate_all(machine_factory, 17)


@pytest.mark.fault(9)
@pytest.mark.long
def test_cell_config_truncated_everywhere(machine_factory):
    truncate_all(machine_factory, 1)
