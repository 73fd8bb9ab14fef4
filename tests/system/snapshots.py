# SPDX-License-Identifier: GPL-2.0-only
"""Machines that need not boot, as one like them has in the same run of the tests.

Most tests want a machine of which there were many before: the same kernel, ramdisk
and hardware. The second one of a kind is saved when its shell is there, as QEMU
migrates a machine into a file, and those behind it go on from that file, in half a
second. Those are as like each other as twins: the same random numbers come out of the
kernel, and the same addresses are in it.
"""

import hashlib
import os
import pathlib
import shlex
import shutil
import socket

from qmp import Qmp

VARIABLE = "CLOISTER_SNAPSHOTS"


def begin(build):
    """A folder for this run of the tests, and those that it starts; what runs that
    were killed have left goes."""
    parent = build / "snapshots"
    parent.mkdir(parents=True, exist_ok=True)
    for folder in parent.iterdir():
        if not pathlib.Path("/proc", folder.name).exists():
            shutil.rmtree(folder, ignore_errors=True)
    folder = parent / str(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.environ[VARIABLE] = str(folder)


def end():
    shutil.rmtree(os.environ.pop(VARIABLE), ignore_errors=True)


def is_first(path):
    """Has nobody said so of this path before?"""
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


class Snapshot:
    """Of all machines with the same command line of ci/qemu."""

    def __init__(self, command):
        digest = hashlib.sha256(shlex.join(command).encode()).hexdigest()[:16]
        self.path = pathlib.Path(os.environ[VARIABLE]) / digest

    def exists(self):
        return self.path.exists()

    def is_wanted(self):
        """Shall the caller save his machine? One of them is told so."""
        return (not is_first(self.path.with_suffix(".first")) and
                is_first(self.path.with_suffix(".second")))

    def save(self, qmp):
        """Write a machine to the file, and end its QEMU. Without room for the file
        it runs on; returns whether there was."""
        part = self.path.with_suffix(".part")
        qmp.execute("migrate-set-capabilities", capabilities=[
            {"capability": "events", "state": True}])
        qmp.execute("migrate-set-parameters", max_bandwidth=1 << 40)
        with open(part, "wb") as file:
            qmp.execute("getfd", [file.fileno()], fdname="file")
        qmp.execute("migrate", uri="fd:file")
        status = ""
        while status not in ("completed", "failed"):
            status = qmp.wait("MIGRATION")["data"]["status"]
        if status == "failed":
            part.unlink()
            return False
        qmp.execute("quit")
        part.rename(self.path)
        return True

    def load(self, folder, timeout):
        return Load(self.path, os.path.join(folder, "load"), timeout)


class Load:
    """A machine that is to go on from a file: start it with @qemu_args, then wait."""

    def __init__(self, path, address, timeout):
        # QEMU comes to us, for there is no saying when it would listen
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        self._socket.bind(address)
        self._socket.listen()
        self.qemu_args = ["-incoming", f"exec:cat {shlex.quote(str(path))}",
                          "-qmp", f"unix:{address}"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def wait(self):
        """Until it runs."""
        sock, _ = self._socket.accept()
        sock.settimeout(self._socket.gettimeout())
        with Qmp(sock) as qmp:
            while qmp.execute("query-status")["status"] == "inmigrate":
                qmp.wait("RESUME")


def of(command, qemu_args):
    """The snapshot for machines of a command, or None: they have to boot.

    What QEMU is told beyond the command is a disk, for example, which may be another
    one when the machine goes on; but the stub for GDB is no part of a machine.
    """
    if VARIABLE not in os.environ or any(
            arg != "-gdb" for arg in qemu_args[::2]):
        return None
    return Snapshot(command)
