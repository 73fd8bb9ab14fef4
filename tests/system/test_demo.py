# SPDX-License-Identifier: GPL-2.0-only
"""The demo is what people see first: it must work, on every kernel."""

import subprocess
import sys

from payload import ROOT


def show(*options):
    result = subprocess.run(
        [sys.executable, ROOT / "tests/demo/demo.py", *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        stdin=subprocess.DEVNULL, timeout=900, check=False)
    assert result.returncode == 0, result.stdout


def test_demo(kernel):
    show("--kernel", kernel)


def test_demo_linux():
    show("--linux")
