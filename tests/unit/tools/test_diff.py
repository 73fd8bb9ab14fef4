# SPDX-License-Identifier: GPL-2.0-only
"""cellconf diff and build: what changed, in words and as JSON."""

import json
import os
import subprocess

import pytest

from cloisterconf import abi, blob, diff
from conftest import CELLCONF, ROOT, cell_sections, mem_region, system_sections


def region(virt=0, **values):
    return mem_region(virt_start=virt, **values)


def cell(**values):
    """A parsed cell with other values for some fields of cl_cell."""
    more = {k: values.pop(k) for k in ("cpus", "mem", "spis") if k in values}
    sections = cell_sections(**more)
    sections[0] = (abi.SECTION_CELL, abi.CELL.size,
                   abi.CELL.encode({"name": b"timer", **values}))
    return blob.parse(blob.build(sections))


def texts(old, new):
    """What diff says; and the reverse must have as much to say."""
    assert len(diff.compare(new, old)) == len(diff.compare(old, new))
    return [change.text for change in diff.compare(old, new)]


def test_same():
    assert not texts(cell(), cell())
    # The order of regions and of interrupts has no meaning.
    assert not texts(
        cell(mem=region(0) + region(0x200000, phys_start=0x72000000),
             spis=[40, 33]),
        cell(mem=region(0x200000, phys_start=0x72000000) + region(0),
             spis=[33, 40]))


@pytest.mark.parametrize("fields, text", [
    ({"name": b"other"}, "name: other, was timer"),
    ({"entry": 0x80}, "entry: 0x80, was 0x0"),
    ({"console": {"type": 2}}, "console.type: virtual, was none"),
    ({"console": {"type": 77}}, "console.type: 77, was none"),
    ({"power_button": {"irq": 40}}, "power_button.irq: 40, was 0"),
    ({"irq_mode": 1}, "irq_mode: direct, was virtual"),
    ({"on_violation": 1}, "on_violation: fail, was inject"),
    ({"shutdown_timeout_ms": 500}, "shutdown_timeout_ms: 500, was 0"),
    ({"flags": 1}, "flags: gained PASSIVE"),
    ({"args": [0, 7]}, "args[1]: 0x7, was 0x0"),
    ({"cpus": (1, 2)}, "cpus: 2 added"),
    ({"spis": (40,)}, "spis: 40 added"),
    ({"mem": region(0, size=2 << 20)},
     "mem_regions[virt_start=0x0].size: 2 MiB, was 1 MiB"),
    ({"mem": region(0, flags=0x4b)},
     "mem_regions[virt_start=0x0].flags: gained DMA, lost EXECUTE"),
    ({"mem": region(0, flags=1 << 60 | 0x47)},
     f"mem_regions[virt_start=0x0].flags: gained {1 << 60:#x}"),
    ({"mem": region(0x1000)},
     "mem_regions[virt_start=0x0].virt_start: 0x1000, was 0x0"),
    ({"mem": region(0) + region(0x9000000, phys_start=0x9000000, size=4096,
                                flags=0x13)},
     "mem_regions: added 0x9000000..0x9000fff (4 KiB): READ WRITE IO"),
])
def test_one_field(fields, text):
    assert texts(cell(), cell(**fields)) == [text]


def test_every_field_of_a_cell_counts():
    """Also those that nobody has thought of here."""
    for name, fmt, number, *_ in abi.CELL.fields:
        if name == "name":
            continue
        nested = isinstance(fmt, abi.Layout)
        for sub in fmt.fields if nested else [(None,)]:
            value = {sub[0]: 1} if nested else [1] if number else 1
            assert texts(cell(), cell(**{name: value})), name


def test_order_of_cpus():
    assert texts(cell(cpus=(1, 2, 3)), cell(cpus=(3, 1))) == [
        "cpus: 2 removed", "cpus: the order is 3 1, was 1 2 3"]


def test_system():
    old = blob.parse(blob.build(system_sections()))
    sections = system_sections()
    system = old.system
    system["hypervisor_memory"]["size"] = 8 << 20
    system["gic"]["gicr"][1] = {"start": 0x1000000, "size": 0x20000}
    sections[0] = (*sections[0][:2], abi.SYSTEM.encode(system))
    sections[2] = (abi.SECTION_CPUS, 8, (0x100).to_bytes(8, "little"))
    pool = abi.RANGE.encode({"start": 0x90000000, "size": 2 << 20})
    sections.append((abi.SECTION_POOLS, abi.RANGE.size, pool))
    old = blob.parse(blob.build(system_sections()))
    new = blob.parse(blob.build(sections))
    assert texts(old, new) == [
        "hypervisor_memory.size: 8 MiB, was 4 MiB",
        "gic.gicr[1].start: 0x1000000, was 0x0",
        "gic.gicr[1].size: 128 KiB, was 0 bytes",
        "cpus: 0x0 removed", "cpus: 0x1 removed", "cpus: 0x100 added",
        "pools[0]: added 0x90000000..0x901fffff (2 MiB)"]


def with_list(kind, layout, *items):
    """A parsed cell with a list of this kind."""
    return blob.parse(blob.build([*cell_sections(), (
        kind, layout.size, b"".join(map(layout.encode, items)))]))


def with_devices(*devices):
    return with_list(abi.SECTION_DEVICES, abi.DEVICE, *(
        {"compatible": b"a,b c", "address": 0x9010000, "size": 4096,
         "irqs": [34], **fields} for fields in devices))


def test_devices():
    old = with_devices({})
    assert texts(cell(), old) == ["devices[address=0x9010000]: added"]
    for fields, text in (
            ({"compatible": b"a,b"}, "compatible: a,b, was a,b c"),
            ({"name": b"rtc"}, "name: rtc, was empty"),
            # Nobody has checked that it is text
            ({"name": b"\x1b[2J\xff"}, "name: \\x1b[2J\\xff, was empty"),
            ({"size": 8192}, "size: 8 KiB, was 4 KiB"),
            ({"irqs": [34, 35]}, "irqs[1]: 35, was 0"),
            ({"edge": 1}, "edge: 0x1, was 0x0"),
            ({"clock_hz": 1000}, "clock_hz: 1000, was 0"),
            ({"flags": 1}, "flags: gained DMA_COHERENT"),
            # Moved, and nothing else
            ({"address": 0x9020000}, "address: 0x9020000, was 0x9010000")):
        assert texts(old, with_devices(fields)) == [
            "devices[address=0x9010000]." + text]


def test_devices_by_their_address():
    """Wherever one comes or goes, or they stand: the others are the same."""
    first, second, third = ({"address": 0x9000000 + i * 0x10000, "irqs": [i]}
                            for i in range(40, 43))
    old = with_devices(second, third)
    assert texts(old, with_devices(third, second)) == []
    for new in (first, second, third), (second, first, third), (
            third, second, first):
        assert texts(old, with_devices(*new)) == [
            "devices[address=0x9280000]: added"]
    assert texts(with_devices(first, second), old) == [
        "devices[address=0x9280000]: removed",
        "devices[address=0x92a0000]: added"]


def test_rules_for_calls():
    """By their function; each is by itself, so their order is nothing."""
    def rules(*items):
        return with_list(abi.SECTION_SMC, abi.SMC_RULE, *items)
    one, two, other = ({"function": 0x82000001, "args": [
        {"mask": 0xff, "value": value}]} for value in (1, 2, 3))
    random = {"function": 0x84000050}
    old = rules(one, two)
    assert texts(old, rules(two, one)) == []
    assert texts(old, rules(random, one, two)) == [
        "smc_rules[function=0x84000050]: added"]
    assert texts(old, rules(two, other)) == [
        "smc_rules[function=0x82000001].args[0].value: 0x3, was 0x1"]


def test_lists_of_what_is_to_come():
    """Of PCI functions and IOMMUs, of which no version knows more."""
    def functions(*bdf):
        return blob.Config(cell().header, [], cell=cell().cell, pci_devices=[
            {"domain": 1, "bdf": n, "flags": 0, "reserved": 0} for n in bdf])

    def iommus(*starts):
        return blob.Config(cell().header, [], cell=cell().cell, iommus=[
            {"type": 1, "flags": 0, "regs": {"start": n, "size": 0x20000}}
            for n in starts])
    assert texts(functions(8), functions(16, 8)) == [
        "pci_devices[bdf=0x10010]: added"]
    assert texts(iommus(0x9050000), iommus(0x8000000, 0x9050000)) == [
        "iommus[regs=0x8000000]: added"]


def test_kinds():
    """A system and a cell differ, and nothing falls over."""
    system = blob.parse(blob.build(system_sections()))
    assert "kind: cell, was system" in texts(system, cell())
    assert "system: removed" in texts(system, cell())


@pytest.fixture
def files(tmp_path):
    (tmp_path / "a").write_bytes(blob.build(cell_sections()))
    (tmp_path / "b").write_bytes(blob.build(cell_sections(cpus=(2,))))
    (tmp_path / "bad").write_bytes(b"nothing")
    return tmp_path


def test_command(cellconf, files):
    done = cellconf("diff", files / "a", files / "a")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = cellconf("diff", files / "a", files / "b")
    assert done.returncode == 1
    assert done.stdout == "cpus: 1 removed\ncpus: 2 added\n"
    for wrong in ("bad", "none"):
        done = cellconf("diff", files / "a", files / wrong)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{files}/{wrong}: " in done.stderr
    assert cellconf("diff", files / "a").returncode == 2


def test_json(cellconf, files):
    done = cellconf("diff", "--json", files / "a", files / "b")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "a": f"{files}/a", "b": f"{files}/b", "changes": [
            {"path": "cpus[1]", "kind": "removed", "old": 1, "new": None,
             "text": "cpus: 1 removed"},
            {"path": "cpus[2]", "kind": "added", "old": None, "new": 2,
             "text": "cpus: 2 added"}]}
    done = cellconf("diff", "--json", files / "a", files / "a")
    assert done.returncode == 0
    assert json.loads(done.stdout)["changes"] == []


BOARD = ROOT / "configs" / "qemu-virt"


def test_sources(cellconf):
    """C sources are compared without being built first."""
    done = cellconf("diff", BOARD / "hello.c", BOARD / "smp.c")
    assert done.returncode == 1
    assert "name: smp, was hello\n" in done.stdout


def test_build_is_what_make_does(cellconf, tmp_path):
    """The flags in files.py are those of configs/Makefile."""
    env = {**os.environ, "BUILD": str(tmp_path / "build")}
    # Where this runs below make BUILD=..., that would count for more
    env.pop("MAKEFLAGS", None)
    made = tmp_path / "build/configs/qemu-virt/hello-uart.cell"
    subprocess.run(["make", "-s", "-C", BOARD.parent, made], check=True,
                   env=env)
    out = tmp_path / "own.cell"
    done = cellconf("build", "-D", "HELLO_UART", BOARD / "hello.c", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert out.read_bytes() == made.read_bytes()


def test_build_refuses(cellconf, tmp_path):
    source, out = tmp_path / "wrong.c", tmp_path / "out.cell"
    source.write_text('#include <cloister/config.h>\nCELL { .nmae = "x" };\n')
    done = cellconf("build", source, out)
    assert done.returncode == 1
    assert "no member named" in done.stderr and not out.exists()
    assert cellconf("build", tmp_path / "none.c", out).returncode == 3
    done = subprocess.run([CELLCONF, "build", source, out], check=False,
                          capture_output=True, text=True,
                          env={**os.environ, "CROSS_COMPILE": "no-such-"})
    assert done.returncode == 1
    assert "no-such-gcc is not installed" in done.stderr
