# SPDX-License-Identifier: GPL-2.0-only
"""cellconf create on recorded machines, and on machines made by hand."""

import os
import random
import re
import struct

import pytest

import recorded
from cloisterconf import abi, blob, check, files
from cloisterconf.create import (CreateError, acpi, emit, machine, memory,
                                 plan, ranges, target)
from conftest import ROOT

MIB = 1 << 20
FLAGS = {name: bit for bit, name in abi.MEM_FLAGS.items()}
BY_HAND = ROOT / "configs/qemu-virt/qemu-virt.c"
MACHINES = {
    "virt-gicv3": {}, "virt-gicv2": {}, "zynqmp": {}, "server": {},
    "virt-acpi": {"hypervisor": (0x70000000, 0x70400000),
                  "cells": [(0x71000000, 0xb1000000)]},
}


def make(folder, hypervisor=None, cells=()):
    """Facts and plan of a machine."""
    facts = machine.read(target.Target(folder))
    return facts, plan.make(facts, memory.place(facts, hypervisor, cells))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    top = tmp_path_factory.mktemp("machines")
    return {name: recorded.unpack(name, top / name) for name in MACHINES}


@pytest.fixture
def virt(tmp_path):
    """Makes the recorded virt machine, perhaps with another device tree."""
    def unpack(change=lambda text: text, tree=lambda text: text,
               name="virt-gicv3"):
        return recorded.unpack(name, tmp_path / "machine", change, tree)
    return unpack


@pytest.mark.parametrize("name", MACHINES)
def test_expected(folders, name):
    """What each machine gets: machines/NAME.expected. To write it anew, set
    CLOISTER_UPDATE=1 and look at what git diff says."""
    _, made = make(folders[name], **MACHINES[name])
    text = "\n".join([
        "/* SPDX-License-Identifier: GPL-2.0-only */", *emit.summary(made),
        "", emit.system_c(made), emit.cell_c(made)])
    path = recorded.MACHINES / f"{name}.expected"
    if os.environ.get("CLOISTER_UPDATE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MACHINES)
def test_sources_say_the_same_as_blobs(folders, name, tmp_path):
    _, made = make(folders[name], **MACHINES[name])
    for kind, text, data in (
            ("system", emit.system_c(made), emit.system_blob(made)),
            ("cell", emit.cell_c(made), emit.cell_blob(made))):
        source = tmp_path / f"{kind}.c"
        source.write_text(text, encoding="utf-8")
        ours, built = blob.parse(data), blob.parse(
            files.compile_config(str(source)))
        for config in (ours, built):
            config.header = config.sections = None
        assert ours == built
        assert max(map(len, text.expandtabs(8).splitlines())) <= 100


@pytest.mark.parametrize("name", MACHINES)
def test_rules(folders, name):
    """Nothing that check knows is wrong, nor what the hypervisor refuses of
    regions: nothing overlaps, and nobody has what is not theirs."""
    _, made = make(folders[name], **MACHINES[name])
    candidates = [check.Candidate("system", emit.system_blob(made)),
                  check.Candidate("cell", emit.cell_blob(made))]
    assert [p for p in check.run(candidates)
            if p.severity == "error"] == []
    spaces = [(r.start, r.end) for r in made.regions]
    spaces += [made.hypervisor, *plan.gic_ranges(made.machine.gic),
               *plan.ecam_range(made.machine.pci)]
    spaces.sort()
    for one, other in zip(spaces, spaces[1:]):
        assert one[1] <= other[0]
    for region in made.regions:
        assert region.start % 4096 == region.end % 4096 == 0
    assert made.hypervisor[0] % (2 * MIB) == made.hypervisor[1] % (2 * MIB) \
        == 0
    assignable = [(r.start, r.end) for r in made.regions
                  if "ASSIGNABLE" in r.flags]
    ram = made.cell_regions[0]
    assert ranges.inside((ram.start, ram.end), assignable)


@pytest.mark.parametrize("name", MACHINES)
def test_linux_keeps_its_memory_and_devices(folders, name):
    facts, made = make(folders[name], **MACHINES[name])
    ram = [(r.start, r.end) for r in made.regions if "EXECUTE" in r.flags]
    known = [(r.start, r.end) for r in made.regions]
    known += [*plan.gic_ranges(facts.gic), *plan.ecam_range(facts.pci)]
    for start, end, depth, what in target.parse_iomem(
            (folders[name] / "proc/iomem").read_text()):
        if what == "System RAM":
            assert ranges.inside((start, end), ram)
        elif depth == 0 and not ranges.overlap((start, end), made.hypervisor):
            assert ranges.inside((start, end), known), what


def test_like_the_config_by_hand(folders):
    """The same machine as configs/qemu-virt: what differs is known."""
    hand = blob.parse(files.compile_config(str(BY_HAND)))
    _, made = make(folders["virt-gicv3"])
    ours = blob.parse(emit.system_blob(made))
    assert ours.system == hand.system
    assert ours.cpus == hand.cpus

    def kinds(config, flags):
        return ranges.merge((r["phys_start"], r["phys_start"] + r["size"])
                            for r in config.mem
                            if r["flags"] & FLAGS["IO"] == flags)

    io = FLAGS["IO"]
    assert ranges.subtract(kinds(ours, io), kinds(hand, io)) == []
    # By hand, root has what other versions and options of QEMU have, too.
    assert ranges.subtract(kinds(hand, io), kinds(ours, io)) == [
        (0x09040000, 0x09041000), (0x09050000, 0x09071000),
        (0x09080000, 0x09081000), (0x09090000, 0x09091000),
        (0x0c000000, 0x0e000000)]
    # The pool's memory is one more piece for cells.
    assert ranges.subtract(kinds(ours, 0), kinds(hand, 0)) == [
        (0x70400000, 0x71000000)]
    assert ranges.subtract(kinds(hand, 0), kinds(ours, 0)) == []


def refused(folder, *words, **options):
    with pytest.raises(CreateError) as caught:
        make(folder, **options)
    for word in words:
        assert word in str(caught.value)
    return str(caught.value)


def all_used(text):
    """Linux uses all RAM."""
    return text.replace("40000000-6fffffff : System",
                        "40000000-bfffffff : System").replace(" mem=768M", "")


def test_nothing_is_reserved(virt):
    text = refused(virt(all_used))
    assert text == """no memory is reserved: Linux uses all 2048 MiB of RAM.
Add to the kernel's command line

\tmem=1536M

or to the device tree

\treserved-memory {
\t\t#address-cells = <2>;
\t\t#size-cells = <2>;
\t\tranges;

\t\tcloister@a0000000 {
\t\t\treg = <0x0 0xa0000000 0x0 0x20000000>;
\t\t\tno-map;
\t\t};
\t};

and boot again."""


def test_limit_without_effect(virt):
    """mem= names more than there is."""
    refused(virt(lambda text: all_used(text).replace("vh=0", "vh=0 mem=8G")),
            "no memory is reserved")


def last_brace(tree, text):
    """Text before the root node's end."""
    head, _, tail = tree.rpartition("};")
    return head + text + "};" + tail


def nodes_edit(*nodes, flag="no-map;"):
    text = "".join(f"{name}@{start:x} {{ reg = <0 {start:#x} 0 {size:#x}>;"
                   f" {flag} }};" for name, start, size in nodes)
    return lambda tree: last_brace(
        tree, "reserved-memory { #address-cells = <2>; #size-cells = <2>;"
        f" ranges; {text} }};")


def test_reserved_nodes(virt):
    """Only those that are meant, and only with no-map."""
    facts, made = make(virt(all_used, nodes_edit(
        ("firmware", 0x50000000, 64 * MIB), ("cells", 0x64000000, 64 * MIB),
        ("cellphone", 0x70000000, 64 * MIB))))
    assert len(facts.reserved) == 3
    assert made.hypervisor == (0x64000000, 0x64400000)
    assert [(r.start, r.end) for r in made.regions if "ASSIGNABLE" in r.flags
            ] == [(0x64400000, 0x68000000)]


def test_node_for_the_hypervisor(virt):
    _, made = make(virt(all_used, nodes_edit(
        ("cells", 0x64000000, 64 * MIB),
        ("cloister", 0x80000000, 8 * MIB))))
    assert made.hypervisor == (0x80000000, 0x80800000)
    assert made.cell_regions[0].start == 0x64000000


def test_nodes_that_do_not_do(virt):
    mapped = virt(all_used, nodes_edit(("cloister", 0x60000000, 64 * MIB),
                                       flag=""))
    refused(mapped, "no memory is reserved")


def test_node_is_too_small(virt):
    small = virt(all_used, nodes_edit(("cloister", 0x60100000, 4 * MIB)))
    refused(small, "too small or in the wrong place")


def test_hidden_memory_of_the_firmware(virt):
    """A no-map node in what mem= left out is not taken."""
    _, made = make(virt(tree=nodes_edit(("optee", 0x71000000, 16 * MIB))))
    assert made.hypervisor == (0x70000000, 0x70400000)
    assert [(r.start, r.end) for r in made.regions if "ASSIGNABLE" in r.flags
            ] == [(0x70400000, 0x71000000), (0x72000000, 0xc0000000)]
    assert made.cell_regions[0].start == 0x72000000


def test_uefi_keeps_tables_in_hidden_memory(virt):
    folder = virt(lambda text: text + "=== mkdir /sys/firmware/efi\n")
    refused(folder, "--hypervisor-memory", "UEFI")
    _, made = make(folder, hypervisor=(0x78000000, 0x78400000))
    assert ranges.inside((0x70000000, 0x78000000), [
        (r.start, r.end) for r in made.regions if "EXECUTE" in r.flags])
    assert any("no memory is left for cells" in n for n in made.notes)
    assert not made.cell_regions
    assert set(emit.files(made, True)) == {"system.c", "system.cell"}


@pytest.mark.parametrize("options, words", [
    ({"hypervisor": (0x60000000, 0x60400000)},
     ("--hypervisor-memory", "Linux uses 0x60000000")),
    ({"hypervisor": (0x6fe00000, 0x70200000)}, ("Linux uses 0x6fe00000",)),
    ({"hypervisor": (0x70100000, 0x70500000)}, ("multiples of 2 MiB",)),
    ({"hypervisor": (0xbfe00000, 0xc0200000)}, ("no RAM at 0xc0000000",)),
    ({"cells": [(0x6ffff000, 0x71000000)]}, ("--cell-memory", "0x6ffff000")),
    ({"hypervisor": (0x70000000, 0x70400000),
      "cells": [(0x70200000, 0x71000000)]}, ("overlap",)),
])
def test_memory_that_cannot_be_taken(folders, options, words):
    refused(folders["virt-gicv3"], *words, **options)


def test_memory_that_the_user_names(folders):
    _, made = make(folders["virt-gicv3"],
                   cells=[(0x80000000, 0x81000000), (0x70000000, 0x71000000)])
    assert made.hypervisor == (0x71000000, 0x71400000)
    assert [(r.start, r.end) for r in made.regions if "ASSIGNABLE" in r.flags
            ] == [(0x70000000, 0x71000000), (0x80000000, 0x81000000)]
    _, made = make(folders["virt-gicv3"], hypervisor=(0x80000000, 0x80800000))
    assert [(r.start, r.end) for r in made.regions if "ASSIGNABLE" in r.flags
            ] == [(0x70000000, 0x80000000), (0x80800000, 0xc0000000)]


def test_ranges_as_text():
    assert memory.parse_range("4M@0x70000000") == (0x70000000, 0x70400000)
    assert memory.parse_range("0x1000@4096") == (4096, 8192)
    assert memory.parse_range("1g@1G".replace("1G", "1073741824")) == \
        (1 << 30, 2 << 30)
    for text in ("", "4M", "4M@", "0@0x1000", "1@0", "4M@0x70000001", "-4@0",
                 "4T@0"):
        with pytest.raises(CreateError):
            memory.parse_range(text)


def test_cpus(virt):
    facts, _ = make(virt(lambda text: text.replace(
        "cpu1/of_node -> ../../../../firmware/devicetree/base/cpus/cpu@1",
        "cpu1/of_node -> ../../../../firmware/devicetree/base/cpus/cpu@3")
        .replace("online\n0-3", "online\n0,2-3")))
    assert facts.cpus == [0, 3, 2, 3]
    assert facts.offline == [1]
    assert "CPU 1 is offline" in facts.notes[0]


def test_cpu_without_a_node(virt):
    refused(virt(lambda text: text.replace("cpu2/of_node", "cpu2/no_node")),
            "the MPIDR of CPU 2 cannot be found")


def test_one_cpu(virt):
    _, made = make(virt(lambda text: text.replace("\n0-3\n", "\n0\n")))
    assert any("one CPU" in note for note in made.notes)


def test_boot_parameters(virt):
    facts, _ = make(virt(lambda text: text.replace(" kvm-arm.mode=none", "")))
    assert "without kvm-arm.mode=none: enable may refuse" in facts.notes[0]


def test_unprivileged(virt):
    folder = virt(lambda text: re.sub(r"(?m)^( *)[0-9a-f]{8,}-[0-9a-f]{8,} :",
                                      r"\g<1>00000000-00000000 :", text))
    refused(folder, "run this as root")


def test_no_machine(tmp_path):
    refused(tmp_path, "neither a device tree")


def test_gic(virt):
    refused(virt(tree=lambda t: t.replace("arm,gic-v3\"", "arm,gic-v9\"")),
            "no GIC that is known")


def test_too_many_redistributors(virt):
    def edit(tree):
        return tree.replace("#redistributor-regions = <0x01>",
                            "#redistributor-regions = <0x05>").replace(
            "0x80a0000 0x00 0xf60000>", "0x80a0000 0x00 0x20000 "
            + " ".join(f"0x00 {0x80c0000 + i * 0x20000:#x} 0x00 0x20000"
                       for i in range(4)) + ">")
    refused(virt(tree=edit), "5 regions of redistributors")


def test_small_ecam(virt):
    def edit(tree):
        return tree.replace("reg = <0x40 0x10000000 0x00 0x10000000>",
                            "reg = <0x40 0x10000000 0x00 0x3f00000>")
    facts, _ = make(virt(tree=edit))
    assert facts.pci["end_bus"] == 62


def test_odd_ecam_is_a_device(virt):
    facts, made = make(virt(tree=lambda t: t.replace(
        "bus-range = <0x00 0xff>", "bus-range = <0x10 0xff>")))
    assert facts.pci is None
    assert ranges.inside((0x4010000000, 0x4020000000), [
        (r.start, r.end) for r in made.regions if "IO" in r.flags])


def test_many_devices(virt):
    """More than fit: all are covered, and nothing of anybody else."""
    rng = random.Random(1)
    starts = sorted(rng.sample(range(0xc000, 0x10000, 2), 300))
    text = "".join(f"d@{s:x} {{ reg = <0 {s << 12:#x} 0 0x1000>; }};"
                   for s in starts)
    facts, made = make(virt(tree=lambda tree: last_brace(tree, text)))
    assert len(made.regions) == plan.MOST_REGIONS
    io = [(r.start, r.end) for r in made.regions if "IO" in r.flags]
    for start in starts:
        assert ranges.inside((start << 12, start + 1 << 12), io)
    frames = [*plan.gic_ranges(facts.gic), *plan.ecam_range(facts.pci)]
    assert ranges.subtract(io, frames) == ranges.merge(io)
    # Joined are the closest neighbours, so little is added.
    extra = sum(b - a for a, b in ranges.subtract(
        io, [(s << 12, s + 1 << 12) for s in starts])
        if 0xc000 << 12 <= a and b <= 0x10000 << 12)
    assert 0 < extra < (0x4000 << 12) // 3


def test_too_many_devices(monkeypatch, virt):
    monkeypatch.setattr(plan, "MOST_REGIONS", 5)
    refused(virt(), "regions of devices are needed")


def test_interrupt_controller_in_the_way(virt):
    """The cell's addresses avoid the frames, wherever they are."""
    def edit(tree):
        return tree.replace("0x80a0000 0x00 0xf60000",
                            "0x7f000000 0x00 0x4000000").replace(
            "reg = <0x00 0x8000000 0x00", "reg = <0x00 0x10000 0x00")
    _, made = make(virt(tree=edit))
    frames = plan.gic_ranges(made.machine.gic)
    assert made.cell_entry == 0x1000000
    for region in made.cell_regions:
        assert not any(ranges.overlap((region.ipa, region.ipa + region.size),
                                      f) for f in frames)


# ACPI

def madt(*entries):
    return bytes(acpi.HEADER + 8) + b"".join(entries)


def gicc(uid, mpidr, gicr=0, flags=1, irq=25, gicv2=(0, 0, 0)):
    """gicv2: addresses of GICC, GICV and GICH."""
    return (struct.pack("<BBHIII", acpi.GICC, 80, 0, uid, uid, flags)
            + bytes(16) + struct.pack("<QQQ", *gicv2)
            + struct.pack("<IQQI", irq, gicr, mpidr, 0))


def read_tables(folder, **tables):
    path = folder / acpi.TABLES.lstrip("/")
    path.mkdir(parents=True, exist_ok=True)
    for name, data in tables.items():
        (path / name).write_bytes(data)
    return acpi.read(target.Target(folder))


def test_redistributors_with_their_cpus(tmp_path):
    """Without regions each CPU names its own; neighbours are joined."""
    tables = read_tables(tmp_path, APIC=madt(
        gicc(0, 0, 0x1000000), gicc(1, 1, 0x1020000),
        gicc(2, 2, 0x5000000, flags=0), gicc(3, 0x100, 0x2000000)))
    assert tables.cpus == [(0, 0), (1, 1), (3, 0x100)]
    assert tables.gicr == [(0x1000000, 0x1040000), (0x2000000, 0x2020000)]


def test_frames_of_a_gicv2(tmp_path):
    tables = read_tables(tmp_path, APIC=madt(
        gicc(0, 0, gicv2=(0x2c002000, 0x2c006000, 0x2c004000)),
        gicc(1, 1, gicv2=(0x2c002000, 0x2c006000, 0x2c004000))))
    assert machine.gicv2_frames(*tables.gicv2) == [
        (0x2c002000, 0x2c004000), (0x2c004000, 0x2c005000),
        (0x2c006000, 0x2c008000)]


def test_gicv2_without_virtualisation(virt):
    refused(virt(tree=lambda t: t.replace(
        " 0x00 0x8030000 0x00 0x10000 0x00 0x8040000 0x00 0x10000>", ">"),
        name="virt-gicv2"), "no virtual CPU interface")


def test_damaged_tables(tmp_path):
    """Firmware can hold anything; nothing but an answer may come of it."""
    rng = random.Random(2)
    whole = madt(gicc(0, 0), gicc(1, 1), struct.pack(
        "<BBHIQIB3s", acpi.GICD, 24, 0, 0, 0x8000000, 0, 3, b""))
    for _ in range(300):
        data = bytearray(whole[:rng.randrange(1, len(whole) + 1)])
        for _ in range(rng.randrange(8)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        read_tables(tmp_path, APIC=bytes(data), MCFG=bytes(data[:60]),
                    SPCR=bytes(data[:60]))


def test_acpi_needs_memory_by_name(folders):
    refused(folders["virt-acpi"], "--hypervisor-memory", "--cell-memory")


# Parts

def test_ranges_like_sets():
    """Against sets of numbers."""
    rng = random.Random(3)

    def some():
        return [(a, a + rng.randrange(9)) for a in
                (rng.randrange(40) for _ in range(rng.randrange(6)))]

    def numbers(of):
        return {n for a, b in of for n in range(a, b)}

    for _ in range(3000):
        one, other = some(), some()
        merged, rest = ranges.merge(one), ranges.subtract(one, other)
        assert numbers(merged) == numbers(one)
        assert numbers(rest) == numbers(one) - numbers(other)
        for result in (merged, rest):
            assert all(a < b for a, b in result)
            assert all(b <= c for (_, b), (c, _) in zip(result, result[1:]))
    assert ranges.round_out(4097, 8191, 4096) == (4096, 8192)
    assert ranges.round_in(4097, 8191, 4096) == (8192, 8192)


def test_comments_stay_comments():
    text = emit.comment("a */ b /* c \n d")
    assert "*/" not in text and "/*" not in text and "\n" not in text


# The command

def test_command(cellconf, folders, tmp_path):
    out = tmp_path / "etc/cloister"
    arguments = ("create", "--root", folders["virt-gicv3"], "-o", out)
    done = cellconf(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "hypervisor_memory: 0x70000000..0x703fffff (4 MiB)" in done.stdout
    assert sorted(os.listdir(out)) == ["cell.c", "system.c"]
    source = (out / "system.c").read_text()
    assert "pl011@9000000 (SPI 33)" in source
    assert "0000:00:02.0  1b36:0010  class 010802" in source
    assert "33  uart-pl011" in source

    done = cellconf(*arguments, "--blob")
    assert done.returncode == 1 and "--force overwrites it" in done.stderr
    assert not (out / "system.cell").exists()
    (out / "cell.c").write_text("changed")
    done = cellconf(*arguments, "--blob", "--force")
    assert done.returncode == 0
    assert (out / "cell.c").read_text() != "changed"
    assert cellconf("check", out / "system.cell",
                    out / "cell.cell").returncode == 0


def test_command_refuses(cellconf, folders, tmp_path):
    arguments = ("create", "--root", folders["virt-gicv3"], "-o",
                 tmp_path / "out")
    done = cellconf(*arguments, "--cell-memory", "1M")
    assert done.returncode == 1 and "SIZE@START" in done.stderr
    done = cellconf("create", "--root", tmp_path, "-o", tmp_path / "out")
    assert done.returncode == 1 and "neither a device tree" in done.stderr
    assert not (tmp_path / "out").exists()
    assert cellconf(*arguments, "more").returncode == 2
