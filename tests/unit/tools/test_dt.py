# SPDX-License-Identifier: GPL-2.0-only
"""The device tree of a Linux in a cell."""

import itertools
import os
import subprocess

import pytest

from cloisterconf import abi, blob, dt
from cloisterconf.errors import TreeError
from conftest import CELLCONF, cell_sections, mem_region, system_sections
from fdt import cells, dtc, longs, parse
from tree_configs import (GIC, MIB, PL011, RAM, RTC, UART8250, cell,
                          changed, ram, system, tree_of, uart, with_devices)


def test_whole():
    tree = tree_of(system(), uart(spis=[224], console_irq=224), "quiet ro")
    assert set(tree) == {
        "/", "/chosen", "/psci", "/cpus", "/cpus/cpu@100",
        "/cpus/cpu@300000001", "/memory@71000000", GIC, "/timer",
        "/serial@9000000"}
    assert tree["/"]["model"] == b"Cloister cell linux\0"
    assert cells(tree["/"]["interrupt-parent"]) == \
        cells(tree[GIC]["phandle"])
    assert tree["/chosen"] == {
        "bootargs": b"panic=-1 quiet ro\0",
        "stdout-path": b"/serial@9000000:115200n8\0"}
    assert tree["/psci"] == {
        "compatible": b"arm,psci-1.0\0arm,psci-0.2\0", "method": b"hvc\0"}
    assert cells(tree["/cpus"]["#address-cells"]) == [2]
    assert tree["/cpus/cpu@300000001"] == {
        "device_type": b"cpu\0", "compatible": b"arm,armv8\0",
        "enable-method": b"psci\0", "reg": bytes([0, 0, 0, 3, 0, 0, 0, 1])}
    assert tree["/serial@9000000"]["compatible"] == b"arm,sbsa-uart\0"
    assert longs(tree["/serial@9000000"]["reg"]) == [0x9000000, 0x1000]
    # SPI 192, edge-triggered
    assert cells(tree["/serial@9000000"]["interrupts"]) == [0, 192, 1]
    assert cells(tree["/serial@9000000"]["current-speed"]) == [115200]
    # Secure, physical, virtual, hypervisor: PPIs, level
    assert cells(tree["/timer"]["interrupts"]) == [
        1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4]


def test_power_button():
    config = uart(spis=[224, 225], console_irq=224,
                  power_button={"address": 0x9030000, "irq": 225})
    tree = tree_of(system(), config)
    gpio = tree["/gpio@9030000"]
    assert gpio["compatible"] == b"arm,pl061\0arm,primecell\0"
    assert longs(gpio["reg"]) == [0x9030000, 0x1000]
    assert cells(gpio["interrupts"]) == [0, 193, 1]
    assert cells(gpio["#gpio-cells"]) == [2]
    assert gpio["gpio-controller"] == b""
    # A clock that it is not asked to have, but that Linux asks for
    assert gpio["clocks"] == tree["/bus-clock"]["phandle"]
    assert gpio["clock-names"] == b"apb_pclk\0"
    assert tree["/gpio-keys"]["compatible"] == b"gpio-keys\0"
    key = tree["/gpio-keys/key-power"]
    assert cells(key["gpios"]) == [*cells(gpio["phandle"]), 3, 0]
    assert cells(key["linux,code"]) == [116]
    numbers = [node["phandle"] for node in tree.values() if "phandle" in node]
    assert len(set(numbers)) == len(numbers) == 3
    done = subprocess.run(["dtc", "-I", "dtb", "-O", "dts"], check=True,
                          input=dt.build(system(), config),
                          capture_output=True)
    assert done.stderr == b""


def test_devices():
    config = with_devices(RTC, {
        "compatible": b"vendor,dma", "address": 0xa000200, "size": 0x200,
        "irqs": [40, 41, 48], "edge": 0b110, "flags": 1}, {
        "compatible": b"arm,smc", "name": b"smc", "address": 0xa000400,
        "size": 4, "irqs": [], "clock_hz": 1000})
    tree = tree_of(system(), config)
    assert set(tree) - set(tree_of(system(), cell())) == {
        "/rtc@9010000", "/clock-9010000", "/device@a000200", "/smc@a000400",
        "/clock-a000400"}
    rtc, clock = tree["/rtc@9010000"], tree["/clock-9010000"]
    assert rtc == {
        "compatible": b"arm,pl031\0arm,primecell\0",
        "reg": bytes([0, 0, 0, 0, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0]),
        # SPI 2, level, high
        "interrupts": bytes([0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 4]),
        "clocks": clock["phandle"], "clock-names": b"apb_pclk\0"}
    assert clock["compatible"] == b"fixed-clock\0"
    assert cells(clock["clock-frequency"]) == [24000000]
    assert cells(clock["#clock-cells"]) == [0]
    device = tree["/device@a000200"]
    assert device["compatible"] == b"vendor,dma\0"
    assert longs(device["reg"]) == [0xa000200, 0x200]
    assert cells(device["interrupts"]) == [0, 8, 4, 0, 9, 1, 0, 16, 1]
    assert device["dma-coherent"] == b"" and "clocks" not in device
    # No bus asks for its clock by name
    smc = tree["/smc@a000400"]
    assert smc["clocks"] == tree["/clock-a000400"]["phandle"]
    assert not {"clock-names", "interrupts", "dma-coherent"} & set(smc)
    done = subprocess.run(["dtc", "-I", "dtb", "-O", "dts"], check=True,
                          input=dt.build(system(), config),
                          capture_output=True)
    assert done.stderr == b""


def test_most_devices():
    """Each with a clock, beside all other nodes that have numbers."""
    devices = [{"compatible": b"x" * 95, "name": b"n" * 31, "size": 0x80,
                "address": 0xa000000 + i * 0x80, "irqs": [32], "clock_hz": 1}
               for i in range(abi.MAX_DEVICES)]
    tree = tree_of(system(), with_devices(
        *devices, console={"type": PL011, "address": 0x9000000},
        power_button={"address": 0x9030000, "irq": 225}))
    numbers = [cells(node["phandle"])[0] for node in tree.values()
               if "phandle" in node]
    assert sorted(numbers) == list(range(0x8000, 0x8004 + abi.MAX_DEVICES))
    assert tree["/" + "n" * 31 + "@a000f80"]["compatible"] == b"x" * 95 + b"\0"


def test_chosen_is_empty():
    assert tree_of(system(), cell())["/chosen"] == {}


def test_cpus_in_their_order():
    nodes = [path for path in tree_of(system(), cell(cpus=(2, 1, 3)))
             if path.startswith("/cpus/")]
    assert nodes == ["/cpus/cpu@100", "/cpus/cpu@1", "/cpus/cpu@300000001"]


def test_gicv3_regions():
    tree = tree_of(system(gicr=[{"start": 0x80a0000, "size": 0x40000},
                                {"start": 0x90a0000, "size": 0x40000}]),
                   cell())
    assert tree[GIC]["compatible"] == b"arm,gic-v3\0"
    assert longs(tree[GIC]["reg"]) == [
        0x8000000, 0x10000, 0x80a0000, 0x40000, 0x90a0000, 0x40000]
    assert cells(tree[GIC]["#redistributor-regions"]) == [2]
    tree = tree_of(system(), cell())
    assert longs(tree[GIC]["reg"]) == [0x8000000, 0x10000,
                                       0x80a0000, 0xf60000]
    assert "#redistributor-regions" not in tree[GIC]


@pytest.mark.parametrize("size", (0x2000, 0x20000))
def test_gicv2(size):
    tree = tree_of(system(version=2, gicr=[
        {"start": start, "size": s} for start, s in (
            (0x8010000, size), (0x8030000, 0x1000), (0x8040000, size))]),
        cell())
    assert tree[GIC]["compatible"] == b"arm,gic-400\0"
    # Of its frames those that a cell sees
    assert longs(tree[GIC]["reg"]) == [0x8000000, 0x1000, 0x8010000, size]
    assert cells(tree["/timer"]["interrupts"])[2] == 0xff04


def test_memory():
    """What is RAM, in order, and joined; and what is not."""
    mem = [ram(0x76000000, 2 * MIB), ram(0x71000000, MIB),
           ram(0x71100000, MIB, RAM & ~0x40),      # not LOADABLE
           mem_region(phys_start=0, virt_start=0x71200000, size=MIB,
                      flags=0x407),                 # of a pool
           ram(0x72000000, 4096, RAM | 0x80),       # ROOTSHARED
           ram(0x73000000, MIB, RAM & ~4),          # not executable
           ram(0x74000000, MIB, RAM | 0x200),       # NONCACHEABLE
           mem_region(phys_start=0, virt_start=0x80000000, size=4096,
                      flags=0x23),                  # COMM
           ram(0x9000000, 4096, 0x13)]              # IO
    for order in (mem, mem[::-1]):
        tree = tree_of(system(), cell(b"".join(order)))
        assert longs(tree["/memory@71000000"]["reg"]) == [
            0x71000000, 3 * MIB, 0x76000000, 2 * MIB]
        assert {path for path in tree if "/reserved-memory/" in path} == {
            f"/reserved-memory/shared@{n}" for n in
            ("72000000", "73000000", "74000000")}
    shared = tree["/reserved-memory/shared@72000000"]
    assert (longs(shared["reg"]), shared["no-map"]) == ([0x72000000, 4096],
                                                        b"")
    assert tree["/reserved-memory"]["ranges"] == b""
    assert "/reserved-memory" not in tree_of(system(), cell())


def test_most_memory():
    """As many regions as a config can have, none touching another."""
    starts = [0x71000000 + i * 0x4000 for i in range(abi.MAX_MEM_REGIONS)]
    tree = tree_of(system(), cell(b"".join(ram(s, 0x2000) for s in starts)))
    assert longs(tree["/memory@71000000"]["reg"]) == \
        list(itertools.chain(*((s, 0x2000) for s in starts)))


def test_no_ram():
    with pytest.raises(TreeError, match="no RAM of its own") as error:
        dt.build(system(), cell(ram(0x71000000, MIB, RAM | 0x80)))
    assert not error.value.of_user


def test_pl011():
    tree = tree_of(system(), uart(PL011))
    clock = cells(tree["/uart-clock"]["phandle"])
    assert cells(tree["/uart-clock"]["clock-frequency"]) == [24000000]
    serial = tree["/serial@9000000"]
    assert serial["compatible"] == b"arm,pl011\0arm,primecell\0"
    assert cells(serial["clocks"]) == 2 * clock
    assert serial["clock-names"] == b"uartclk\0apb_pclk\0"
    assert "interrupts" not in serial
    serial = tree_of(system(), uart(PL011, spis=[33], console_irq=33))
    # SPI 1, level, high
    assert cells(serial["/serial@9000000"]["interrupts"]) == [0, 1, 4]


@pytest.mark.parametrize("flags, size, shift, width", (
    (0, 8, 0, 1), (1, 32, 2, 1), (3, 32, 2, 4)))
def test_uart8250(flags, size, shift, width):
    tree = tree_of(system(), uart(UART8250, flags))
    serial = tree["/serial@9000000"]
    assert serial["compatible"] == b"ns16550a\0"
    assert longs(serial["reg"]) == [0x9000000, size]
    assert cells(serial["reg-shift"]) == [shift]
    assert cells(serial["reg-io-width"]) == [width]
    assert cells(tree["/uart-clock"]["clock-frequency"]) == [1843200]


def test_virtual_console():
    """Linux has no driver for it."""
    tree = tree_of(system(), cell(console={"type": 2}))
    assert not [path for path in tree if "serial" in path]
    assert "stdout-path" not in tree["/chosen"]


def test_dtc_finds_nothing_wrong():
    for config in (uart(spis=[224], console_irq=224), uart(PL011),
                   uart(UART8250), cell(ram(0x71000000, MIB)
                                        + ram(0x72000000, MIB, RAM | 0x80))):
        done = subprocess.run(["dtc", "-I", "dtb", "-O", "dts"], check=True,
                              input=dt.build(system(), config),
                              capture_output=True)
        assert done.stderr == b""


def test_bootargs():
    longest = "x" * 2047
    tree = tree_of(system(), cell(), longest)
    assert tree["/chosen"]["bootargs"] == longest.encode() + b"\0"
    with pytest.raises(TreeError, match="has 2048 characters, a kernel takes"
                       " 2047"):
        dt.build(system(), cell(), longest + "x")


def test_panic_ends_it():
    """Where the hypervisor sees why, and unless the user wants another end."""
    def bootargs(config, text=None):
        return tree_of(system(), config, text)["/chosen"].get("bootargs")
    emulated = uart(spis=[224], console_irq=224)
    assert bootargs(emulated) == b"panic=-1\0"
    # The last one counts, and what is behind -- is the init's
    assert bootargs(emulated, "panic=5 -- x") == b"panic=-1 panic=5 -- x\0"
    for other in cell(), uart(PL011), uart(UART8250):
        assert bootargs(other) is None
        assert bootargs(other, "quiet") == b"quiet\0"
    longest = "x" * 2038
    assert bootargs(emulated, longest) == f"panic=-1 {longest}\0".encode()
    with pytest.raises(TreeError, match="has 2048 characters with panic=-1, a"
                       " kernel takes 2047"):
        dt.build(system(), emulated, longest + "x")


def write(folder, system_blob, cell_blob):
    paths = folder / "system.cell", folder / "linux.cell"
    for path, data in zip(paths, (system_blob, cell_blob)):
        path.write_bytes(data)
    return paths


def test_command(cellconf, tmp_path):
    paths = write(tmp_path, system(), uart(spis=[224], console_irq=224,
                                           entry=0x71000000))
    out = tmp_path / "out.dtb"
    user = tmp_path / "user.dtb"
    user.write_bytes(dtc("/dts-v1/; / { soc { }; };"))
    done = cellconf("dt", "-o", out, "--append", "quiet", "--dtb", user,
                    *paths)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert out.read_bytes() == dt.build(
        *(p.read_bytes() for p in paths), "quiet", user.read_bytes())
    tree = parse(out.read_bytes())
    assert "/soc" in tree and tree["/chosen"]["bootargs"] == b"panic=-1 quiet\0"
    # As cellctl: bytes, whatever they mean
    done = cellconf("dt", "-o", out, "--append", os.fsdecode(b"\xff"), *paths)
    assert (done.returncode, done.stderr) == (0, "")
    assert parse(out.read_bytes())["/chosen"]["bootargs"] == \
        b"panic=-1 \xff\0"


def test_command_refuses(cellconf, tmp_path):
    paths = write(tmp_path, system(), cell(entry=0x71000000))
    user = tmp_path / "user.dtb"
    user.write_bytes(b"no tree")
    out = tmp_path / "out.dtb"

    def refused(*args):
        done = cellconf("dt", "-o", out, *args)
        assert done.returncode == 1 and not out.exists()
        return done.stderr
    assert refused("--dtb", user, *paths) == (
        f"cellconf: {user}: is no device tree (.dtb): 7 bytes without its"
        " magic number\n")
    assert refused("--append", "x" * 2048, *paths).startswith(
        f"cellconf: {paths[1]}: the command line has 2048 characters")
    assert "BLOB_KIND" in refused(*paths[::-1])
    # What the hypervisor would refuse has no tree
    paths = write(tmp_path, system(), cell(cpus=(9,), entry=0x71000000))
    assert "CPU_UNKNOWN" in refused(*paths)
    done = cellconf("dt", "--dtb", tmp_path / "none", *paths)
    assert done.returncode == 3
    assert done.stderr.endswith("none: No such file or directory\n")


def test_command_with_devices(cellconf, tmp_path):
    """Of a device that breaks a rule the user hears here, too."""
    sections = system_sections()
    mem = b"".join(data for k, _, data in sections if k == abi.SECTION_MEM)
    machine = blob.build([
        (k, size, mem + ram(0x9010000, 4096, 0x113))
        if k == abi.SECTION_MEM else (k, size, data)
        for k, size, data in sections])

    def run(device):
        sections = [(k, size, (1).to_bytes(8, "little"))
                    if k == abi.SECTION_CPUS else (k, size, data)
                    for k, size, data in cell_sections(
                        b"linux", (1,), ram(0x71000000, 32 * MIB)
                        + ram(0x9010000, 4096, 0x13), [34])]
        sections.append((abi.SECTION_DEVICES, abi.DEVICE.size,
                         abi.DEVICE.encode(device)))
        paths = write(tmp_path, machine, blob.build(changed(
            sections, abi.SECTION_CELL, abi.CELL, entry=0x71000000)))
        return cellconf("dt", "-o", tmp_path / "out.dtb", *paths)
    done = run(RTC)
    assert (done.returncode, done.stderr) == (0, "")
    assert "/rtc@9010000" in parse((tmp_path / "out.dtb").read_bytes())
    done = run({**RTC, "irqs": [34, 35]})
    assert done.returncode == 1
    assert "devices[0].irqs: 35 is not one of spis (rule 235 DEVICE_IRQ)" in \
        done.stderr


def test_sources(tmp_path):
    """Sources in C do, and standard output."""
    source = tmp_path / "linux.c"
    source.write_text("""#include <cloister/config.h>
        CELL { .name = "linux", .entry = BASE };
        CPUS { 1 };
        MEM_REGIONS { { .phys_start = BASE, .virt_start = BASE,
                        .size = 16 * MiB, .flags = 0x4f } };""")
    machine = tmp_path / "system.cell"
    machine.write_bytes(system())
    done = subprocess.run(
        [CELLCONF, "dt", "-D", "BASE=0x71000000", machine, source],
        check=True, capture_output=True)
    assert "/memory@71000000" in parse(done.stdout)
    assert done.stderr == b""
