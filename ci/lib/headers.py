# SPDX-License-Identifier: GPL-2.0-only
"""Make an unpacked Debian headers package build modules where it lies.

Debian's headers expect to be installed below /usr/src with the compiler that
built the kernel, and their build programs expect the C library of their own
suite. Each of these three is put right here.
"""

import os
import pathlib
import re
import stat

# The cross compiler of Debian 12: good for modules of all our kernels.
COMPILER = "gcc-12"


class HeadersError(Exception):
    """The packages do not look as they should."""


def one(paths, what):
    paths = list(paths)
    if len(paths) != 1:
        raise HeadersError(f"expected one {what}, found {len(paths)}")
    return paths[0]


def prepare(tree, final, foreign):
    """Prepare `tree`, which is going to be renamed to `final`.

    foreign says that its programs need the libraries in tree/host.
    """
    target = one(tree.glob("usr/src/linux-headers-*-arm64"), "headers folder")
    image = one([*tree.glob("boot/vmlinuz-*"),
                 *tree.glob("usr/lib/modules/*/vmlinuz")], "kernel image")
    relocate(target, final)
    use_compiler(target)
    # BTF for modules would need pahole, and modules load without it.
    if (target / "vmlinux").exists():
        (target / "vmlinux").unlink()
    if foreign:
        wrap_programs(tree, final)
    os.symlink(image.relative_to(tree), tree / "image")
    os.symlink(target.relative_to(tree), tree / "headers")
    release = target.name.removeprefix("linux-headers-")
    (tree / "release").write_text(release + "\n", encoding="utf-8")


def relocate(target, final):
    """Rewrite the absolute paths in the headers' Makefile."""
    path = target / "Makefile"
    text = path.read_text(encoding="utf-8")
    # Nothing but a path's start: not the middle of another path.
    text, count = re.subn(r"(?<![\w/.-])/usr/(src|lib)/linux-",
                          rf"{final}/usr/\1/linux-", text)
    if not count:
        raise HeadersError(f"{path} holds no path to rewrite")
    path.write_text(text, encoding="utf-8")
    for link in target.iterdir():
        if link.is_symlink() and os.readlink(link).startswith("/usr/"):
            to = f"{final}{os.readlink(link)}"
            link.unlink()
            link.symlink_to(to)


def use_compiler(target):
    path = target / ".kernelvariables"
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"gcc-\d+", COMPILER, text)
    path.write_text(text, encoding="utf-8")


def is_program(path):
    if path.is_symlink() or not path.is_file():
        return False
    if not path.stat().st_mode & stat.S_IXUSR:
        return False
    with open(path, "rb") as file:
        head = file.read(18)
    # ELF, and an executable or a position-independent one.
    return head[:4] == b"\x7fELF" and head[16] in (2, 3)


def wrap_programs(tree, final):
    """Start the build programs with the C library that they were built for."""
    loader = one({p.resolve() for p in tree.glob(
        "host/**/ld-linux-x86-64.so.2") if p.exists()}, "loader")
    loader = final / loader.relative_to(tree.resolve())
    libs = ":".join(sorted({str(final / p.parent.relative_to(tree))
                            for p in tree.glob("host/**/lib*.so.*")}))
    for folder in tree.glob("usr/lib/linux-kbuild-*"):
        for path in filter(is_program, list(folder.rglob("*"))):
            moved = path.with_name(path.name + ".elf")
            path.rename(moved)
            where = pathlib.Path(final) / moved.relative_to(tree)
            # Some choose what to do by their own name.
            path.write_text(f'#!/bin/sh\nexec "{loader}" --argv0 "$0" '
                            f'--library-path "{libs}" "{where}" "$@"\n',
                            encoding="utf-8")
            path.chmod(0o755)
