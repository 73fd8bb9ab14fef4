# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's monitor protocol (docs/interop/qmp-spec.txt of QEMU): commands and events."""

import contextlib
import json
import socket


class QmpError(Exception):
    """QEMU refused a command, or is gone."""


class Qmp:
    """A connection. Nothing takes longer than the socket's timeout."""

    def __init__(self, sock):
        self._socket = sock
        self._stream = sock.makefile("rw", encoding="utf-8")
        self._events = []
        self._read()    # the greeting
        self.execute("qmp_capabilities")

    @classmethod
    def connect(cls, path, timeout):
        """To a QEMU that listens."""
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        try:
            sock.connect(path)
            return cls(sock)
        except BaseException:
            sock.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._stream.close()
        self._socket.close()

    def _read(self):
        line = self._stream.readline()
        if not line:
            raise QmpError("QEMU has closed the connection")
        return json.loads(line)

    def execute(self, name, fds=(), **arguments):
        """A command's result; "-" in names of arguments is "_" here."""
        arguments = {key.replace("_", "-"): value
                     for key, value in arguments.items()}
        text = json.dumps({"execute": name, "arguments": arguments}) + "\n"
        socket.send_fds(self._socket, [text.encode()], fds)
        while True:
            answer = self._read()
            if "event" in answer:
                self._events.append(answer)
            elif "error" in answer:
                raise QmpError(f"{name}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def wait(self, *names):
        """The next of these events, that come in any order."""
        while True:
            event = self._events.pop(0) if self._events else self._read()
            if event["event"] in names:
                return event
