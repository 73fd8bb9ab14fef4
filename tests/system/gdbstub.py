# SPDX-License-Identifier: GPL-2.0-only
"""The little of GDB's remote protocol that reads and writes a machine's registers
and its memory, and takes one of its CPUs instruction by instruction."""

import os
import re
import select
import socket
import tempfile
import time


def socket_path():
    """A path for a stub's socket; see qemu_args()."""
    return os.path.join(tempfile.mkdtemp(prefix="cloister-"), "gdb")


def qemu_args(path):
    return ["-gdb", f"unix:{path},server=on,wait=off"]


class Gdb:
    """QEMU's stub, on a socket that QEMU was told of with -gdb. The machine
    stands still while one is open, and goes on when it is closed."""

    PC, CPSR = 32, 33   # after x0..x30 and SP

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self._numbers = {}
        self._ok("Qqemu.PhyMemMode:1")
        # Single registers are for those who know which there are
        assert self.command("qXfer:features:read:target.xml:0,ffb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.command("D")
        self.socket.close()

    def _byte(self):
        byte = self.socket.recv(1)
        if not byte:
            raise EOFError("the GDB stub is gone")
        return byte

    def _send(self, text):
        data = text.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) % 256))

    def _packet(self):
        while self._byte() != b"$":
            pass
        answer = b""
        while (byte := self._byte()) != b"#":
            answer += byte
        self._byte(), self._byte()
        self.socket.sendall(b"+")
        return answer.decode()

    def command(self, text):
        """Send a packet; returns the answer."""
        self._send(text)
        answer = self._packet()
        # That it has stopped at first it says unasked
        while re.match("T[0-9a-f]{2}", answer):
            answer = self._packet()
        return answer

    def _ok(self, text):
        answer = self.command(text)
        assert answer == "OK", (text, answer)

    # Memory, by physical address

    def write(self, address, data):
        self._ok(f"M{address:x},{len(data):x}:{data.hex()}")

    def read(self, address, size):
        """In pieces that fit a packet."""
        data = b""
        while len(data) < size:
            piece = min(size - len(data), 1024)
            answer = self.command(f"m{address + len(data):x},{piece:x}")
            assert len(answer) == 2 * piece, answer
            data += bytes.fromhex(answer)
        return data

    # Registers

    def select(self, cpu):
        """The CPU, from 0 on, whose registers are read from now on."""
        self._ok(f"Hg{cpu + 1:x}")

    def register(self, name):
        """x0 to x30 or the PC by number, a system register by QEMU's name."""
        if isinstance(name, str):
            if not self._numbers:
                self._numbers = self._register_numbers()
            name = self._numbers[name]
        answer = self.command(f"p{name:x}")
        assert answer, name
        return int.from_bytes(bytes.fromhex(answer), "little")

    def set_register(self, number, value):
        """x0 to x30 or the PC."""
        self._ok(f"P{number:x}={value.to_bytes(8, 'little').hex()}")

    def _register_numbers(self):
        xml, more = "", "m"
        while more == "m":
            answer = self.command("qXfer:features:read:system-registers.xml:"
                                  f"{len(xml):x},ffb")
            more, xml = answer[0], xml + answer[1:]
        return {name: int(number) for name, number in re.findall(
            r'name="(\w+)" bitsize="\d+" regnum="(\d+)"', xml)}

    def is_el2(self):
        return self.register(self.CPSR) >> 2 & 3 == 2

    # Running

    def break_at(self, address):
        self._ok(f"Z0,{address:x},4")

    def clear_break(self, address):
        self._ok(f"z0,{address:x},4")

    def resume(self):
        """Lets the machine run; stopped() waits until it stops."""
        self._send("c")

    def has_stopped(self, seconds):
        """Is there something for stopped() to read, or will there be soon?"""
        return bool(select.select([self.socket], [], [], seconds)[0])

    def stopped(self):
        """The CPU that came to a breakpoint; its registers are read next."""
        answer = self._packet()
        cpu = int(re.match(r"T\w\wthread:(\w+);", answer)[1], 16) - 1
        self.select(cpu)
        return cpu

    def run_only(self, cpus, seconds):
        """Lets these CPUs run for a while, and all others stand still."""
        self._send("vCont" + "".join(f";c:{cpu + 1:x}" for cpu in cpus))
        time.sleep(seconds)
        self.stop()

    def run_without(self, cpu, count):
        """Lets all but one of the @count CPUs run; stop() ends that."""
        self._send("vCont" + "".join(f";c:{other + 1:x}"
                                     for other in range(count)
                                     if other != cpu))

    def stop(self):
        self.socket.sendall(b"\x03")
        assert self._packet().startswith("T02")

    def halt(self):
        """Stops the machine, which may have come to a breakpoint meanwhile."""
        self.socket.sendall(b"\x03")
        self.stopped()

    def step(self, cpu):
        """One instruction of that CPU; all others stand still."""
        self._send(f"vCont;s:{cpu + 1:x}")
        assert self._packet().startswith("T05")

    def step_over(self, cpu):
        """One instruction, at which there is a breakpoint."""
        at = self.register(self.PC)
        self.clear_break(at)
        self.step(cpu)
        self.break_at(at)
