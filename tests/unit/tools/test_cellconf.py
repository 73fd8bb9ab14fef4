# SPDX-License-Identifier: GPL-2.0-only
"""The program cellconf: commands, output, exit status."""

import json
import os
import re

import pytest

from cloisterconf import abi, blob, usage
from conftest import CELLCONF, ROOT, cell_sections, mem_region, system_sections


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
        "console": {"type": 9}, "shutdown_timeout_ms": 30}))
    path = tmp_path / "x.cell"
    path.write_bytes(blob.build(sections))
    text = cellconf("show", path).stdout
    assert "READ 0x10000000000" in text
    assert "console:           9\n" in text
    assert "interrupts 7, on violation inject, shutdown after 30 ms" in text
    assert "flags:             PASSIVE 0x4\n" in text
    assert "args:              0x0 0x1 0x0 0x0\n" in text


def test_check(cellconf, files):
    done = cellconf("check", files / "system.cell", files / "timer.cell")
    assert done.returncode == 0
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


def test_leaves_nothing_behind(cellconf, files):
    cellconf("show", files / "timer.cell")
    assert not list(CELLCONF.parent.rglob("__pycache__"))
