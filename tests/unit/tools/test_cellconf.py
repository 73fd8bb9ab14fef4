# SPDX-License-Identifier: GPL-2.0-only
"""The program cellconf: commands, output, exit status."""

import json
import os
import re
import shutil
import subprocess

import pytest

from cloisterconf import abi, blob, usage
from conftest import CELLCONF, ROOT, cell_sections, mem_region, system_sections

CROSS_COMPILE = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-")


@pytest.fixture
def files(tmp_path):
    """Two sealed configs and one that is damaged."""
    for name, data in (("system", blob.build(system_sections())),
                       ("timer", blob.build(cell_sections(spis=[33, 40]))),
                       ("damaged", b"CLOISTER" + bytes(20))):
        (tmp_path / f"{name}.cell").write_bytes(data)
    return tmp_path


def test_seal(cellconf, files):
    out = files / "out.cell"
    done = cellconf("seal", files / "timer.cell", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert out.read_bytes() == (files / "timer.cell").read_bytes()
    umask = os.umask(0)
    os.umask(umask)
    assert out.stat().st_mode & 0o777 == 0o666 & ~umask


def test_seal_refuses(cellconf, files):
    out = files / "out.cell"
    done = cellconf("seal", files / "damaged.cell", out)
    assert done.returncode == 1
    assert done.stderr == (
        f"cellconf: {files}/damaged.cell: header.version: 0, but version 1"
        " is understood (rule 3 BLOB_VERSION)\n")
    assert not out.exists()


def test_files(cellconf, files):
    done = cellconf("seal", files / "none", files / "out.cell")
    assert done.returncode == 3
    assert done.stderr == \
        f"cellconf: {files}/none: No such file or directory\n"
    done = cellconf("show", files)
    assert done.returncode == 3
    assert "Is a directory" in done.stderr
    done = cellconf("seal", files / "timer.cell", files / "none" / "out")
    assert done.returncode == 3
    assert "No such file or directory" in done.stderr
    done = cellconf("show", "/dev/zero")
    assert done.returncode == 1
    assert sorted(p.name for p in files.iterdir()) == \
        ["damaged.cell", "system.cell", "timer.cell"]


@pytest.mark.parametrize("args", [
    (), ("frobnicate",), ("seal",), ("seal", "a"), ("show",), ("check",),
    ("show", "a", "b"), ("show", "--frobnicate", "a")])
def test_usage(cellconf, args):
    done = cellconf(*args)
    assert done.returncode == 2
    assert "usage: cellconf" in done.stderr


def test_help(cellconf):
    done = cellconf("--help")
    assert done.returncode == 0
    assert "exit status:" in done.stdout


@pytest.mark.parametrize("command", usage.COMMANDS,
                         ids=lambda command: command.__name__)
def test_help_of_a_command(cellconf, command):
    """--help, the manual page and the documentation know each of them."""
    name = command.__name__
    done = cellconf(name, "--help")
    assert done.returncode == 0
    for part in (f"usage: cellconf {name} ", "example", "exit status:"):
        assert part in done.stdout
    manual = (CELLCONF.parent / "cellconf.1").read_text().replace("\\-", "-")
    document = (ROOT / "Documentation/cellconf.md").read_text()
    assert f"\n.B cellconf {name}\n" in manual and f"\n.B {name}\n" in manual
    assert f"| [`{name}`](" in document
    for option in re.findall(r"(?<!\w)--?[a-zA-Z][\w-]*", done.stdout):
        if option not in ("-h", "--help", "-O"):
            assert option in manual, option


def test_show_cell(cellconf, files):
    done = cellconf("show", files / "timer.cell")
    assert done.returncode == 0
    assert done.stdout.startswith(
        f"{files}/timer.cell: cell config, version 1, arm64,")
    assert "cell:              timer\n" in done.stdout
    assert ("mem_regions[0]:    0x71000000..0x710fffff (1 MiB) at IPA 0x0:"
            " READ WRITE EXECUTE LOADABLE\n") in done.stdout
    assert "spis:              33 40\n" in done.stdout


def test_show_system(cellconf, files):
    done = cellconf("show", files / "system.cell")
    assert done.returncode == 0
    assert "hypervisor_memory: 0x70000000..0x703fffff (4 MiB)\n" in done.stdout
    assert "debug_console:     pl011 at 0x9000000\n" in done.stdout
    assert "cpus:              2, MPIDR 0x0 0x1\n" in done.stdout


def test_show_json(cellconf, files):
    done = cellconf("show", "--json", files / "timer.cell")
    shown = json.loads(done.stdout)
    assert shown["kind"] == "cell"
    assert shown["cell"]["name"] == "timer"
    assert shown["cpus"] == [1]
    assert shown["spis"] == [33, 40]
    assert shown["mem_regions"][0] == {
        "phys_start": "0x71000000", "virt_start": "0x0", "size": 1 << 20,
        "flags": ["READ", "WRITE", "EXECUTE", "LOADABLE"]}
    assert "system" not in shown

    done = cellconf("show", files / "system.cell", "--json")
    shown = json.loads(done.stdout)
    assert shown["system"]["gic"]["gicr"] == [
        {"start": "0x80a0000", "size": 0xf60000}]
    assert shown["cpus"] == ["0x0", "0x1"]


def test_show_unknown_numbers(cellconf, tmp_path):
    sections = cell_sections(mem=mem_region(flags=1 << 40 | 1))
    sections[0] = (abi.SECTION_CELL, abi.CELL.size, abi.CELL.encode({
        "name": b"x", "irq_mode": 7, "flags": 5, "args": [0, 1],
        "console": {"type": 9, "flags": 5, "address": 0x1000},
        "shutdown_timeout_ms": 30,
        "power_button": {"address": 0x2000, "irq": 40}}))
    path = tmp_path / "x.cell"
    path.write_bytes(blob.build(sections))
    shown = json.loads(cellconf("show", "--json", path).stdout)
    assert shown["cell"]["power_button"] == {"address": "0x2000", "irq": 40}
    text = cellconf("show", path).stdout
    assert "power button:      at 0x2000, interrupt 40\n" in text
    assert "READ 0x10000000000" in text
    assert "console:           9 at 0x1000: STRIDE_4 LOG\n" in text
    assert "interrupts 7, on violation inject, shutdown after 30 ms" in text
    assert "flags:             PASSIVE 0x4\n" in text
    assert "args:              0x0 0x1 0x0 0x0\n" in text


def test_check(cellconf, files):
    done = cellconf("check", files / "system.cell", files / "timer.cell")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 configs, no problem found\n"
    done = cellconf("check", files / "system.cell", files / "damaged.cell",
                    files / "system.cell")
    assert done.returncode == 1
    assert "damaged.cell: header.version: 0" in done.stderr
    assert "system.cell: a second system config" in done.stderr
    done = cellconf("check", files / "none.cell")
    assert done.returncode == 3


def test_check_json(cellconf, files):
    done = cellconf("check", "--json", files / "damaged.cell")
    assert done.returncode == 1
    problem, = json.loads(done.stdout)["problems"]
    assert problem["rule"] == 3
    assert problem["rule_name"] == "BLOB_VERSION"
    assert problem["file"].endswith("damaged.cell")
    assert problem["other"] is None


def test_check_applies_all_rules(cellconf, files):
    """Not only those on structure: the library does it."""
    path = files / "bad.cell"
    path.write_bytes(blob.build(cell_sections(
        b"bad", mem=mem_region() + mem_region(phys_start=0x70000000,
                                              virt_start=0x10000000))))
    done = cellconf("check", files / "system.cell", path)
    assert done.returncode == 1
    assert done.stderr == (
        f"cellconf: {path}: mem_regions[1]: 0x70000000 overlaps"
        " hypervisor_memory (rule 26 MEM_HYPERVISOR)\n")
    # Without the machine that is not known, and said
    done = cellconf("check", path)
    assert done.returncode == 0
    assert "warning: there is no valid system config" in done.stderr
    assert done.stdout == "1 config, no problem found, 1 warning\n"


def test_check_width_and_interrupts(cellconf, files):
    path = files / "spi.cell"
    path.write_bytes(blob.build(cell_sections(spis=[300])))
    files = (files / "system.cell", path)
    assert cellconf("check", *files).returncode == 0
    done = cellconf("check", "--max-spi", "255", *files)
    assert "SPI_RANGE" in done.stderr and done.returncode == 1
    # The ECAM lies at 256 GiB
    done = cellconf("check", "--pa-bits", "38", *files)
    assert "PCI_MMCONFIG" in done.stderr and done.returncode == 1
    assert cellconf("check", "--pa-bits", "39", *files).returncode == 0
    assert cellconf("check", "--pa-bits", "53", *files).returncode == 2


def test_check_cells_together(cellconf, files):
    """Both cells and both fields are named; with --any it is a warning."""
    other = files / "other.cell"
    other.write_bytes(blob.build(cell_sections(
        b"other", mem=mem_region(phys_start=0x72000000)
        + mem_region(phys_start=0x710ff000, virt_start=0x10000000,
                     size=4096), spis=[33])))
    paths = (files / "system.cell", files / "timer.cell", other)
    expected = (f"cellconf: {other}: %scpus: CPU 1 is in cpus of cell timer"
                " (rule 43 CPU_TAKEN)\n")
    done = cellconf("check", *paths)
    assert (done.returncode, done.stderr) == (1, expected % "")
    done = cellconf("check", "--any", *paths)
    assert (done.returncode, done.stderr) == (
        0, expected % "warning: not at the same time: ")
    assert done.stdout == "3 configs, no problem found, 1 warning\n"
    shown = json.loads(cellconf("check", "--json", *paths).stdout)
    assert shown["problems"][0]["other"] == str(paths[1])
    # The order of the files is that of the cells
    done = cellconf("check", paths[2], paths[1], paths[0])
    assert "timer.cell: cpus: CPU 1 is in cpus of cell other" in done.stderr


def cell(name, cpu, phys, spis=(), more=b""):
    return blob.build(cell_sections(
        name.encode(), (cpu,), mem_region(phys_start=phys) + more, spis))


@pytest.mark.parametrize("first, second, text", [
    (cell("a", 1, 0x71000000), cell("a", 2, 0x72000000),
     "name: cell a has the same name (rule 101 CELL_NAME_TAKEN)"),
    (cell("a", 1, 0x71000000), cell("b", 1, 0x72000000),
     "cpus: CPU 1 is in cpus of cell a (rule 43 CPU_TAKEN)"),
    (cell("a", 1, 0x71000000, [40, 41]), cell("b", 2, 0x72000000, [41]),
     "spis: 41 is in spis of cell a (rule 121 SPI_TAKEN)"),
    (cell("a", 1, 0x71000000, more=mem_region(
        phys_start=0x72fff000, virt_start=0x10000000, size=4096)),
     cell("b", 2, 0x72f00000),
     "mem_regions[0] overlaps mem_regions[1] of cell a (rule 28 MEM_TAKEN)"),
    (cell("a", 1, 0x71000000), cell("b", 2, 0x72000000),
     "cpus: root would be left without a CPU (rule 44 CPU_LAST)"),
], ids=range(5))
def test_conflicts(cellconf, files, first, second, text):
    sections = system_sections()
    cpus = 3 if "CPU_LAST" not in text else 2
    sections[2] = (abi.SECTION_CPUS, 8, b"".join(
        n.to_bytes(8, "little") for n in range(cpus)))
    if cpus == 2:
        first = cell("a", 0, 0x71000000)
        second = cell("b", 1, 0x72000000)
    paths = [files / name for name in ("machine", "one", "two")]
    for path, data in zip(paths, (blob.build(sections), first, second)):
        path.write_bytes(data)
    done = cellconf("check", *paths)
    errors = [line for line in done.stderr.splitlines()
              if "warning: " not in line]
    assert errors == [f"cellconf: {paths[2]}: {text}"]


def test_check_sources(cellconf, files, monkeypatch):
    """A source is built first; without a compiler that is said."""
    source = ROOT / "configs/qemu-virt/hello.c"
    system = ROOT / "configs/qemu-virt/qemu-virt.c"
    done = cellconf("check", "--any", system, source)
    assert (done.returncode, done.stderr) == (
        0, f"cellconf: {system}: warning: pools[0]: none of the cells uses"
        " it\n")
    # With one CPU there is none for a cell
    done = cellconf("check", "-DQEMU_VIRT_CPUS=1", system, source)
    assert "CPU_UNKNOWN" in done.stderr
    monkeypatch.delenv("CROSS_COMPILE", raising=False)
    python = shutil.which("python3")
    (files / "bin").mkdir()
    (files / "bin/python3").symlink_to(python)
    monkeypatch.setenv("PATH", str(files / "bin"))
    done = cellconf("check", system, source)
    assert done.returncode == 1
    assert "no compiler: aarch64-linux-gnu-gcc is not installed" in done.stderr


def test_the_machines_own_compiler_does_as_well(cellconf, files):
    source = ROOT / "configs/qemu-virt/smp.c"
    for prefix, out in (("", "own.cell"), (CROSS_COMPILE, "cross.cell")):
        subprocess.run([CELLCONF, "build", source, files / out], check=True,
                       env={**os.environ, "CROSS_COMPILE": prefix})
    assert (files / "own.cell").read_bytes() == \
        (files / "cross.cell").read_bytes()


def warned(cellconf, files, name, sections):
    """The warnings about a cell."""
    path = files / f"{name}.cell"
    path.write_bytes(blob.build(sections))
    done = cellconf("check", "--json", files / "system.cell", path)
    assert done.returncode == 0, done.stdout
    return [w["text"] for w in json.loads(done.stdout)["warnings"]]


@pytest.mark.parametrize("words, more", [
    ("cpus: CPU 0", {"cpus": (0,)}),
    ("differ by no multiple of 2 MiB", {"mem": mem_region(
        phys_start=0x71001000, size=8 << 20)}),
    ("its ends are mapped in pages", {"mem": mem_region(
        size=(8 << 20) + 4096)}),
    ("ROOTSHARED and EXECUTE", {"mem": mem_region(flags=0x87)}),
])
def test_warnings(cellconf, files, words, more):
    found = warned(cellconf, files, "odd", cell_sections(b"odd", **more))
    assert len(found) == 1 and words in found[0]
    assert warned(cellconf, files, "fine", cell_sections(b"fine")) == []


def test_no_library(cellconf, files, monkeypatch, tmp_path):
    copy = tmp_path / "cellconf"
    shutil.copytree(CELLCONF.parent, copy)
    monkeypatch.delenv("CELLCONF_LIBRARY", raising=False)
    monkeypatch.delenv("BUILD", raising=False)
    done = subprocess.run([copy / "cellconf", "check", files / "timer.cell"],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 3
    assert "is missing: run `make tools`" in done.stderr


def test_leaves_nothing_behind(cellconf, files):
    cellconf("show", files / "timer.cell")
    assert not list(CELLCONF.parent.rglob("__pycache__"))
