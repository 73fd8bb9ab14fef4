# SPDX-License-Identifier: GPL-2.0-only
"""A headless Chromium that a test drives, over DevTools' pipe.

    with Browser() as browser:
        page = browser.open(path, width=1280, dark=True)
        page.evaluate("document.title")

What the page logs and what it asks of the network is collected in `messages`
and `requests`.
"""

import base64
import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAM = shutil.which("chromium")
TIMEOUT = 60 * float(os.environ.get("CLOISTER_TIMEOUT_SCALE", "1"))


class BrowserError(Exception):
    """Chromium did not do what was asked."""


class Browser:
    """One Chromium with one page. Messages are JSON, each ended by NUL."""

    def __init__(self):
        self._number = 0
        self._buffer = b""
        self._session = None
        self.messages, self.requests, self._events = [], [], []
        self._cleanup = contextlib.ExitStack()
        self._profile = tempfile.mkdtemp(prefix="chromium-")
        self._cleanup.callback(shutil.rmtree, self._profile,
                               ignore_errors=True)
        self._start()

    def _start(self):
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()

        def place_pipes():
            # Both may lie on 3 or 4 already
            read, write = (os.dup(fd) for fd in (to_read, to_write))
            os.dup2(read, 3)
            os.dup2(write, 4)

        # pylint: disable-next=subprocess-popen-preexec-fn,consider-using-with
        self._process = subprocess.Popen(
            [PROGRAM, "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--hide-scrollbars",
             "--force-device-scale-factor=1", "--no-first-run",
             "--disable-background-networking", "--disable-extensions",
             "--disable-component-update", "--remote-debugging-pipe",
             f"--user-data-dir={self._profile}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=place_pipes,
            close_fds=False, start_new_session=True,
            env={**os.environ, "HOME": self._profile})
        os.close(to_read)
        os.close(to_write)

    def __enter__(self):
        target = next(t for t in self.call(
            "Target.getTargets")["targetInfos"] if t["type"] == "page")
        self._session = self.call(
            "Target.attachToTarget", targetId=target["targetId"],
            flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._write)
        os.close(self._read)
        self._cleanup.close()

    def _receive(self, deadline):
        while b"\0" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._read], [], [], left)[0]:
                raise BrowserError("chromium does not answer")
            data = os.read(self._read, 1 << 16)
            if not data:
                raise BrowserError("chromium has ended")
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(text)

    def _note(self, event):
        method, params = event.get("method"), event.get("params", {})
        self._events.append(method)
        if method == "Runtime.consoleAPICalled":
            self.messages.append(str(params["args"]))
        elif method == "Runtime.exceptionThrown":
            self.messages.append(str(params["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.messages.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def call(self, method, **params):
        """A method of the DevTools protocol; returns its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + TIMEOUT
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def wait(self, event):
        """Until an event has come since the last open()."""
        deadline = time.monotonic() + TIMEOUT
        while event not in self._events:
            self._note(self._receive(deadline))

    def open(self, path, width=1280, height=900, dark=False, media="screen"):
        """Show a file."""
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])
        self._events.clear()
        self.messages.clear()
        self.requests.clear()
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        self.wait("Page.loadEventFired")
        return self

    def evaluate(self, expression):
        """The value of an expression in JavaScript."""
        result = self.call("Runtime.evaluate", expression=expression,
                           returnByValue=True)
        if "exceptionDetails" in result:
            raise BrowserError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def screenshot(self, path):
        """The whole page as a PNG."""
        data = self.call("Page.captureScreenshot", format="png",
                         captureBeyondViewport=True)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def pdf(self):
        """The page as it is printed."""
        self.call("Emulation.setEmulatedMedia", media="", features=[])
        return base64.b64decode(self.call(
            "Page.printToPDF", printBackground=True, preferCSSPageSize=True,
            paperWidth=8.27, paperHeight=11.69)["data"])
