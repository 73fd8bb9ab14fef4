# SPDX-License-Identifier: GPL-2.0-only
"""The files in which Linux describes the machine, below any folder."""

import os
import re

from . import CreateError


class Target:
    """Reads /proc and /sys of this machine, or of a record of another one."""

    def __init__(self, root="/"):
        self.root = root

    def path(self, path):
        """Where a file of the machine is."""
        return os.path.join(self.root, path.lstrip("/"))

    def exists(self, path):
        """Is there such a file or folder?"""
        return os.path.exists(self.path(path))

    def bytes(self, path):
        """A file's content, or None."""
        try:
            with open(self.path(path), "rb") as stream:
                return stream.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise CreateError(f"{path}: {error.strerror}") from error

    def text(self, path):
        """A file's text, empty if there is none."""
        return (self.bytes(path) or b"").decode("utf-8", "replace")

    def link(self, path):
        """Where a link points to, or None."""
        try:
            return os.readlink(self.path(path))
        except OSError:
            return None

    def names(self, path):
        """Names in a folder, sorted; none if it is not there."""
        try:
            return sorted(os.listdir(self.path(path)))
        except OSError:
            return []


def parse_list(text):
    """"0-2,5" as numbers."""
    result = []
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", text):
        result += range(int(first), int(last or first) + 1)
    return result


def parse_iomem(text):
    """[(start, end, depth, name)] of /proc/iomem; the end is the first
    address behind."""
    result = []
    for indent, start, last, name in re.findall(
            r"^( *)([0-9a-f]+)-([0-9a-f]+) : (.*)$", text, re.M):
        result.append((int(start, 16), int(last, 16) + 1, len(indent) // 2,
                       name))
    if result and not any(end > 1 for _, end, _, _ in result):
        raise CreateError("/proc/iomem shows no addresses: run this as root")
    return result


def parse_interrupts(text):
    """{SPI: names} of the interrupts that Linux uses now."""
    result = {}
    for intid, names in re.findall(
            r"GIC[\w-]*\s+(\d+)\s+(?:Level|Edge)\s+(.*)$", text, re.M):
        if int(intid) >= 32:
            result[int(intid)] = names.strip()
    return result
