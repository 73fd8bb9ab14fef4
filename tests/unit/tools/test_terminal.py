# SPDX-License-Identifier: GPL-2.0-only
"""`cellctl console -i` at a terminal: however it ends, that is as before."""

import os
import pty
import signal
import subprocess
import termios

import pytest

from conftest import OUT

LOCAL_FLAGS = 3


class Console:
    """cellctl at a terminal, whose other end this is."""

    def __init__(self, stdout=None):
        self.outer, self.inner = pty.openpty()
        self.before = termios.tcgetattr(self.inner)
        assert self.before[LOCAL_FLAGS] & termios.ICANON
        self.process = subprocess.Popen(
            [OUT / "cellctl-fake", "console", "-i", "linux"],
            stdin=self.inner, stdout=stdout or self.inner,
            stderr=subprocess.PIPE,
            env={**os.environ, "FAKE_TERMINAL": "1"}, start_new_session=True)

    def wait_raw(self):
        """It says how to leave when the terminal is raw."""
        assert self.process.stderr.readline() == \
            b"cellctl: console: ^] leaves\n"
        assert not termios.tcgetattr(self.inner)[LOCAL_FLAGS] & termios.ICANON

    def end(self):
        """Its exit code, once the terminal is as before."""
        code = self.process.wait(timeout=60)
        self.process.stderr.close()
        after = termios.tcgetattr(self.inner)
        os.close(self.outer)
        os.close(self.inner)
        assert after == self.before
        return code


def test_key():
    console = Console()
    console.wait_raw()
    os.write(console.outer, b"\x03\x1d")
    assert console.end() == 0


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP))
def test_signal(number):
    console = Console()
    console.wait_raw()
    console.process.send_signal(number)
    assert console.end() == 0


def test_nobody_reads():
    """As with `| head`: the signal for that would leave the terminal raw."""
    reading, writing = os.pipe()
    os.close(reading)
    console = Console(writing)
    os.close(writing)
    assert console.end() > 0
