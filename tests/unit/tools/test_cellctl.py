# SPDX-License-Identifier: GPL-2.0-only
"""cellctl from outside: JSON, and that its documents say what it does."""

import json
import re
import shutil
import subprocess

import pytest

from conftest import OUT, ROOT

CELLCTL = ROOT / "tools" / "cellctl"
FAKE = OUT / "cellctl-fake"
COMMANDS = ["enable", "disable", "status", "create", "load", "linux",
            "start", "shutdown", "destroy", "list", "show", "stats", "console",
            "translate", "tables", "audit"]


def cellctl(*args):
    """What cellctl prints, with a driver made for tests."""
    return subprocess.run([FAKE, *args], check=True, capture_output=True,
                          text=True).stdout


def options(text):
    """All long options that a text names."""
    return set(re.findall(r"--[a-z]+(?:-[a-z]+)*", text.replace("\\-", "-")))


def test_json_status():
    status = json.loads(cellctl("status", "--json"))
    assert status == {"enabled": True, "abi_version": 1, "version": "1.2.3",
                      "cpus": 4, "cells": 2, "pool_pages": 900,
                      "pool_used": 100, "dma_masters": 0}


def test_json_list():
    root, timer = json.loads(cellctl("--json", "list"))
    assert (root["id"], root["name"], root["state"]) == (0, "root", "running")
    assert root["cpus"] == [0, 2]
    assert (root["interrupts"], timer["interrupts"]) == ("virtual", "direct")
    assert "failure" not in root
    assert timer["state"] == "failed"
    assert timer["failure"] == {
        "reason": "trap", "cpu": 3, "esr": "0x93830047",
        "esr_text": "data abort of the guest: write of 4 bytes from w3,"
                    " translation fault at level 3",
        "pc": "0xffff800010203040", "address": "0xdead0000"}
    shown = json.loads(cellctl("show", "timer", "--json"))
    assert shown.pop("faults") == {"total": 0, "last": [], "outcomes": {
        "resolved": 0, "spurious": 0, "no-region": 0, "not-permitted": 0,
        "pool-empty": 0}}
    assert shown == timer


def test_json_stats():
    first, second = json.loads(cellctl("stats", "--json", "root"))
    assert (first["cpu"], second["cpu"]) == (0, 2)
    assert second["exits"]["total"] == 2000
    assert second["exits"]["other"] == 2011


def test_json_console():
    console = json.loads(cellctl("console", "timer", "--json"))
    # Each character is a byte.
    assert console["text"].encode("latin-1") == \
        b'tick "1"\\\r\n\x1b[0m\xff'
    assert console["end"] == len(console["text"])


def test_json_translate():
    assert json.loads(cellctl("translate", "--json", "timer", "0x1234")) == {
        "cell": 1, "address": "0x1234", "mapped": True,
        "physical": "0x71201234", "permissions": "r-x", "type": "normal",
        "leaf_size": 4096, "level": 3, "limit": 0xfedcc,
        "region": {"index": 2, "start": "0x0", "size": 1 << 20,
                   "flags": ["READ", "EXECUTE", "LOADABLE"]}}


def test_json_gva():
    assert json.loads(cellctl("translate", "--gva", "3", "0x51234",
                              "--json")) == {
        "cpu": 3, "cell": 1, "address": "0x51234", "status": "mapped",
        "physical": "0x71201234", "limit": 0xdcc, "reads": 15,
        "stage1": {
            "mmu": True, "sctlr": "0x30d00801", "tcr": "0x200800019",
            "tcr2": "0x0", "mair": "0xff440400", "ttbr0": "0x41000000",
            "ttbr1": "0x41001000", "level": 3, "entry": "0x4120170f",
            "leaf_size": 4096, "el1": "rw-", "el0": "r--",
            "attributes": "0xff", "memory": "normal write-back"},
        "stage2": {
            "address": "0x41201234", "mapped": True,
            "physical": "0x71201234", "permissions": "r-x",
            "type": "normal", "leaf_size": 4096, "level": 3,
            "limit": 0xfedcc,
            "region": {"index": 2, "start": "0x0", "size": 1 << 20,
                       "flags": ["READ", "EXECUTE", "LOADABLE"]}}}


def test_json_tables():
    assert json.loads(cellctl("tables", "timer", "--json")) == {
        "cell": 1, "regions": 2, "mapped": (6 << 20) + (17 << 12),
        "leaves": {"512g": 0, "1g": 0, "2m": 3, "4k": 17, "contiguous": 16},
        "pool_frames": 0, "table_pages": 5, "address_bits": 32, "levels": 3,
        "worst_reads": {"3_levels": 15, "4_levels": 19}}


def test_json_audit():
    assert json.loads(cellctl("audit", "--json")) == {
        "verdict": "ok", "leaves": 281, "cells": 2,
        "shared": [{"start": "0x9000000", "size": 4096, "cells": [0, 1]}]}


def test_write_error():
    """Output that cannot be written is no success."""
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([FAKE, "list"], check=False, stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 3
    assert "cannot write the output: No space left" in done.stderr


def test_help_names_all_commands():
    text = cellctl("--help")
    assert re.findall(r"^  ([a-z]+) ", text, re.M) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_man_page(command):
    """The man page has each command, and each of its options."""
    page = (CELLCTL / "cellctl.8").read_text(encoding="ascii")
    assert re.search(rf"^\.TP\n(\.B[IR]? |\\fB){command}\b", page, re.M), \
        f"{command} is not in the man page"
    assert options(cellctl(command, "--help")) <= options(page)


def test_man_page_is_clean():
    if not shutil.which("groff"):
        pytest.skip("groff is not there")
    done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tascii",
                           CELLCTL / "cellctl.8"], check=True,
                          capture_output=True, text=True)
    assert done.stdout + done.stderr == ""


def complete(line, tmp_path):
    """What bash offers behind a command line."""
    (tmp_path / "cellctl").unlink(missing_ok=True)
    (tmp_path / "cellctl").symlink_to(FAKE)
    words = line.split(" ")
    script = (f"source {CELLCTL / 'cellctl.bash'}\n"
              f"COMP_WORDS=({' '.join(repr(w) for w in words)})\n"
              f"COMP_CWORD={len(words) - 1}\n"
              "_cellctl\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n")
    done = subprocess.run(
        ["bash", "-c", script], check=True, capture_output=True, text=True,
        cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    return done.stdout.split()


def test_complete_commands(tmp_path):
    assert complete("cellctl ", tmp_path) == COMMANDS
    assert complete("cellctl st", tmp_path) == ["status", "start", "stats"]
    assert complete("cellctl --device x sh", tmp_path) == ["shutdown", "show"]
    assert complete("cellctl --device = x de", tmp_path) == ["destroy"]
    assert complete("cellctl frobnicate ", tmp_path) == []


def test_complete_cells(tmp_path):
    for command in ("start", "shutdown", "destroy", "show", "stats",
                    "console", "load", "translate", "tables"):
        assert complete(f"cellctl {command} ", tmp_path) == ["root", "timer"]
        assert complete(f"cellctl {command} t", tmp_path) == ["timer"]
    assert complete("cellctl start timer ", tmp_path) == []
    # What follows is a CPU
    assert complete("cellctl translate --gva ", tmp_path) == []
    assert complete("cellctl translate --g", tmp_path) == ["--gva"]
    assert complete("cellctl shutdown -t 5 ", tmp_path) == ["root", "timer"]
    assert complete("cellctl shutdown -t ", tmp_path) == []


def test_complete_files(tmp_path):
    for name in ("a.cell", "b.cell", "guest.bin"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert sorted(complete("cellctl enable ", tmp_path)) == \
        ["a.cell", "b.cell", "folder"]
    assert "guest.bin" in complete("cellctl load timer ", tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_complete_options(command, tmp_path):
    offered = {o.rstrip("=") for o in complete(f"cellctl {command} --",
                                               tmp_path)}
    assert offered - {"--help"} == \
        options(cellctl(command, "--help")) - {"--help"}
