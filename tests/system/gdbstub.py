# SPDX-License-Identifier: GPL-2.0-only
"""The little of GDB's remote protocol that writes to a machine's memory."""

import socket


class Gdb:
    """QEMU's stub, on a socket that QEMU was told of with -gdb. The machine
    stands still while one is open, and goes on when it is closed."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.command("Qqemu.PhyMemMode:1")

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

    def command(self, text):
        """Send a packet; returns the answer."""
        data = text.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) % 256))
        while self._byte() != b"$":
            pass
        answer = b""
        while (byte := self._byte()) != b"#":
            answer += byte
        self._byte(), self._byte()
        self.socket.sendall(b"+")
        return answer.decode()

    def write(self, address, data):
        answer = self.command(f"M{address:x},{len(data):x}:{data.hex()}")
        assert answer == "OK", answer
