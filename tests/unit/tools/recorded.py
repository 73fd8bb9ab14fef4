# SPDX-License-Identifier: GPL-2.0-only
"""Machines that were recorded (machines/NAME.txt and NAME.dts): put back into
folders as /proc and /sys, for `cellconf create --root`."""

import base64
import pathlib
import re
import subprocess

MACHINES = pathlib.Path(__file__).parent / "machines"
BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9


def unpack_tree(data, folder):
    """A flattened device tree as folders and files (Devicetree
    Specification 0.4, chapter 5)."""
    def word(at):
        return int.from_bytes(data[at:at + 4], "big")

    def text(at):
        return data[at:data.index(b"\0", at)].decode()

    at, strings, path = word(8), word(12), []
    while word(at) != END:
        token = word(at)
        at += 4
        if token == BEGIN_NODE:
            path.append(text(at))
            at += len(path[-1]) + 4 & ~3
            (folder / "/".join(path).strip("/")).mkdir(parents=True,
                                                       exist_ok=True)
        elif token == END_NODE:
            path.pop()
        elif token == PROP:
            size, name = word(at), text(strings + word(at + 4))
            (folder / "/".join(path).strip("/") / name).write_bytes(
                data[at + 8:at + 8 + size])
            at += 8 + (size + 3 & ~3)


def compile_tree(source, out):
    """A device tree source, compiled."""
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", out, source],
                   check=True)
    return out.read_bytes()


def unpack(name, folder, change=lambda text: text, tree=lambda text: text):
    """Put a recorded machine into a folder; `change` may edit the record,
    `tree` the device tree's source."""
    folder.mkdir(parents=True, exist_ok=True)
    record = change((MACHINES / f"{name}.txt").read_text(encoding="utf-8"))
    for head, body in re.findall(r"^=== (.*)\n((?:(?!===).*\n)*)",
                                 record + "\n", re.M):
        kind, _, path = head.rpartition(" ")
        if " -> " in head:
            path, _, to = head.partition(" -> ")
            path = folder / path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(to)
            continue
        path = folder / path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "mkdir":
            path.mkdir()
        elif kind == "base64":
            path.write_bytes(base64.b64decode(body))
        else:
            path.write_text(body, encoding="utf-8")
    source = MACHINES / f"{name}.dts"
    if source.exists():
        edited = folder / "tree.dts"
        edited.write_text(tree(source.read_text(encoding="utf-8")),
                          encoding="utf-8")
        unpack_tree(compile_tree(edited, folder / "tree.dtb"),
                    folder / "proc/device-tree")
    return folder
