# SPDX-License-Identifier: GPL-2.0-only
"""A machine in QEMU whose serial console runs commands.

    with Machine("6.1", initrd) as machine:
        code, output = machine.run("uname -r")
        machine.must("insmod /cloister/cloister.ko")

Every wait has a limit, and a kernel that dies ends the wait at once. What the
console said is in the log, and its last lines are in the error's message.
"""

import base64
import collections
import contextlib
import os
import pathlib
import re
import shlex
import shutil
import tempfile

import pexpect

import snapshots
from qmp import Qmp, QmpError

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMPT = "cloister# "
# Slow hosts can have more time without a change of any test.
SCALE = float(os.environ.get("CLOISTER_TIMEOUT_SCALE", "1"))

# The kernel prints these whatever its log level: it raises it when it dies.
DEATH = re.compile(r"Kernel panic - not syncing|Internal error: |"
                   r"Unable to handle kernel|FATAL: EL2 exception|"
                   r"Bad mode in |Synchronous External Abort")
PANIC = re.compile(r"Kernel panic - not syncing")
NEVER = re.compile(r"(?!)")
# These do not kill the kernel, but no test should cause them.
COMPLAINT = re.compile(r"WARNING: |BUG: |Oops|Call trace:|"
                       r"rcu.*(detected stalls|self-detected)|"
                       r"soft lockup|hard LOCKUP|hung_task|blocked for more")

# A line longer than this is sent in pieces: the terminal holds 4096 bytes
# and the shell reads 1024 of them.
LINE_MAX = 900

Result = collections.namedtuple("Result", "code output")


class MachineError(Exception):
    """The machine did not do what was asked; the message says why."""


class Crash(MachineError):
    """The kernel died."""


class Timeout(MachineError):
    """No answer in time."""


class Tee:
    """What pexpect reads goes to the log and, perhaps, to the user."""

    def __init__(self, *files):
        self.files = [file for file in files if file]

    def write(self, text):
        for file in self.files:
            file.write(text)

    def flush(self):
        for file in self.files:
            file.flush()


class Machine:
    """One QEMU. All options have the meaning that they have for ci/qemu.

    fresh: it boots, even if one like it has done so; see snapshots.py. Machines of
    tests need not, by default.
    """

    # pylint: disable=too-many-instance-attributes
    def __init__(self, kernel="6.1", initrd=None, *, cpu="cortex-a57", smp=4,
                 append="", base=None, icount=False, gic=3, machine="",
                 memory="2G", qemu_args=(), log=None, echo=None,
                 fresh=True):
        self.kernel, self.cpu, self.smp, self.gic = kernel, cpu, smp, gic
        self.log_path = pathlib.Path(log) if log else None
        self.child = None
        self.death = DEATH
        self._number = 0
        self._seen = ""     # what the command printed up to the last match
        self._echo = echo
        self._log = None
        self._dir = tempfile.mkdtemp(prefix="cloister-")
        self._qmp = os.path.join(self._dir, "qmp")
        self.command = [
            str(ROOT / "ci/qemu"), "--kernel", kernel, "--cpu", cpu,
            "--smp", str(smp), "--memory", memory, "--gic", str(gic)]
        for flag, value in (("--initrd", initrd), ("--append", append),
                            ("--base", base), ("--machine", machine)):
            if value:
                self.command += [flag, str(value)]
        if icount:
            self.command.append("--icount")
        self.snapshot = (None if fresh or icount else
                         snapshots.of(self.command, qemu_args))
        self.command += ["--qmp", self._qmp, "--", *map(str, qemu_args)]

    # Life and death

    def __enter__(self):
        try:
            return self.boot()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def boot(self, timeout=90):
        """Start it and wait for the shell."""
        if self.snapshot and self.snapshot.exists():
            return self._go_on(timeout)
        self._start()
        self._expect(re.escape(PROMPT), timeout, "the shell's prompt")
        # Without echo the shell reads plain lines: no line editing. The
        # quotes keep an echo of this line from looking like its output.
        self.child.sendline("stty -echo; PS1=; PS2=; echo @@READY''@@")
        self._expect("@@READY@@", 15, "the shell's answer")
        if self.snapshot and self.snapshot.is_wanted():
            with self.qmp(timeout) as qmp:
                saved = self.snapshot.save(qmp)
            if saved:
                self._expect(pexpect.EOF, 30, "QEMU's end")
                self.child.close()
                return self._go_on(timeout)
        return self

    def _go_on(self, timeout):
        """From where one like it was."""
        with self.snapshot.load(self._dir, timeout * SCALE) as load:
            self.command += load.qemu_args
            self._start()
            try:
                load.wait()
            except (OSError, QmpError) as error:
                raise MachineError(self._story(
                    f"the saved machine does not go on: {error}")) from error
        return self

    def run_script(self, timeout=120):
        """Boot an initramfs of the mode `script`, to its end.

        Nobody types, so under icount each run is the same to the last byte.
        Returns (exit code, what the script printed).
        """
        self._start()
        self._expect(r"@@SCRIPT@@\r*\n", timeout, "the script's begin")
        self._expect(r"@@EXIT:(\d+)@@", timeout, "the script's end")
        result = Result(int(self.child.match.group(1)),
                        self.child.before.replace("\r", "").strip("\n"))
        self._expect(pexpect.EOF, 30, "the machine's end")
        self.close()
        return result

    def _start(self):
        if self.log_path and not self._log:
            self.log_path.parent.mkdir(parents=True, exist_ok=True)
            # pylint: disable-next=consider-using-with
            self._log = open(self.log_path, "w", encoding="utf-8",
                             errors="replace")
            self._log.write("# " + shlex.join(self.command) + "\n")
        self.child = pexpect.spawn(
            self.command[0], self.command[1:], timeout=None, echo=False,
            encoding="utf-8", codec_errors="replace", dimensions=(50, 250))
        self.child.delaybeforesend = None
        self.child.logfile_read = Tee(self._log, self._echo)

    def poweroff(self, timeout=30):
        """Switch it off as its user would; QEMU must end by itself."""
        self.end_by("poweroff -f", timeout)

    def end_by(self, command, timeout=30, dies=False):
        """A command that ends the machine, and QEMU with it; returns what
        the console said until then. dies: by a panic."""
        self.death = NEVER if dies else DEATH
        self.child.sendline(command)
        self._expect(pexpect.EOF, timeout, f"the machine's end by `{command}`")
        self.child.close()
        if self.child.exitstatus != 0:
            raise MachineError(self._story(
                f"QEMU ended with {self.child.exitstatus}"))
        return self.child.before.replace("\r", "")

    def close(self):
        """Let go of everything, whatever the state."""
        if self.child is not None:
            self.child.close(force=True)
        if self._log:
            self._log.close()
            self._log = None
        shutil.rmtree(self._dir, ignore_errors=True)

    # Commands

    def run(self, command, timeout=30):
        """Run a command; returns (exit code, what it printed).

        Each command has a shell of its own: `cd` and variables do not last.
        """
        if len(command) > LINE_MAX // 2 or "\n" in command:
            self.put("/tmp/command", command)
            command = "sh /tmp/command"
        self._begin(command, "< /dev/null")
        return self._end(timeout, command)

    def must(self, command, timeout=30):
        """Run a command that has to succeed; returns what it printed."""
        code, output = self.run(command, timeout)
        if code != 0:
            raise MachineError(self._story(
                f"`{command}` ended with exit code {code}:\n{output}"))
        return output

    def spawn(self, command):
        """Start a command that reads the console; then use send, expect
        and, at its end, wait."""
        self._begin(command, "")

    def send(self, text):
        self.child.send(text)

    def expect(self, pattern, timeout=30):
        """Wait for a pattern on the console; returns the match."""
        self._expect(pattern, timeout, f"/{pattern}/")
        self._seen += self.child.before + self.child.after
        return self.child.match

    def interrupt(self):
        """End a spawned command by Ctrl-C."""
        self.child.send("\x03")
        # If the command dies of it, the shell drops the rest of the line.
        self.child.sendline(f"echo; echo @@END:{self._number}:130@@")

    def wait(self, timeout=30):
        """Wait for the end of a spawned command."""
        return self._end(timeout, "spawned command", ask=False)

    def put(self, path, data):
        """Write a file."""
        if isinstance(data, str):
            data = data.encode()
        text = base64.b64encode(data).decode()
        self.must(f": > {path}.b64")
        step = LINE_MAX // 2 - len(path) - 40
        for start in range(0, len(text), step):
            self.must(f"echo {text[start:start + step]} >> {path}.b64")
        self.must(f"base64 -d {path}.b64 > {path} && rm {path}.b64")

    def get(self, path):
        """Read a file, as bytes."""
        return base64.b64decode(self.must(f"base64 {path}"))

    @contextlib.contextmanager
    def survives(self):
        """Within this, an oops is no end; a panic still is."""
        self.death = PANIC
        try:
            yield
            # The kernel has raised its log level for the oops.
            self.must("dmesg -n 1")
        finally:
            self.death = DEATH

    def dmesg(self):
        """The kernel's log; an oops in it is not one now."""
        before, self.death = self.death, PANIC
        try:
            return self.must("dmesg", timeout=60)
        finally:
            self.death = before

    def complaints(self, tolerate=None):
        """Lines of the kernel's log that no test should cause."""
        return [line for line in self.dmesg().splitlines()
                if COMPLAINT.search(line) and
                not (tolerate and re.search(tolerate, line))]

    # Inside

    def _begin(self, command, stdin):
        self._number += 1
        self._seen = ""
        n = self._number
        # On one line, so that the command cannot read what follows it.
        self.child.sendline(
            f"echo @@BEGIN:{n}@@; sh -c {shlex.quote(command)} {stdin}; "
            f"rc=$?; echo; echo @@END:{n}:$rc@@")

    def _end(self, timeout, command, ask=True):
        n = self._number
        what = f"the end of `{command}`"
        left = timeout * SCALE
        while True:
            # EL2 may print into the middle of a marker. The shell keeps the
            # exit code, so it is asked once more when time gets long. The
            # question waits in the terminal while the command is running.
            part = min(left, 10 * SCALE)
            left -= part
            try:
                self._expect(rf"@@END:{n}:(\d+)@@\r*\n", part / SCALE,
                             what, last=left <= 0)
                break
            except Timeout:
                if left <= 0:
                    raise
                if ask:
                    self.child.sendline(f"echo; echo @@END:{n}:$rc@@")
        output = self._seen + self.child.before
        code = int(self.child.match.group(1))
        output = output.rpartition(f"@@BEGIN:{n}@@")[2]
        output = re.sub(r"@@END:\d+:\d*@@", "", output)
        return Result(code, output.replace("\r", "").strip("\n"))

    def _expect(self, pattern, timeout, what, last=True):
        """Wait for a pattern, for the kernel's death or for the limit."""
        try:
            index = self.child.expect(
                [pattern, self.death, pexpect.EOF, pexpect.TIMEOUT],
                timeout=timeout * SCALE)
        except (OSError, ValueError) as error:
            raise MachineError(self._story(
                f"waiting for {what}: {error}")) from error
        if index == 0 or (index == 2 and pattern is pexpect.EOF):
            return
        if index == 1:
            # The trace is on its way; panic=-1 ends QEMU after it.
            died = self.child.match.group(0)
            self.child.expect([pexpect.EOF, pexpect.TIMEOUT],
                              timeout=5 * SCALE)
            raise Crash(self._story(
                f"the kernel died ({died.strip()}) during {what}"))
        if index == 2:
            self.child.close()
            raise Crash(self._story(
                f"QEMU ended (exit code {self.child.exitstatus}, signal "
                f"{self.child.signalstatus}) before {what}"))
        if last:
            self._note_registers()
            raise Timeout(self._story(
                f"no sign of {what} within {timeout} s"))
        raise Timeout(what)

    def _story(self, headline):
        """The headline, and what the console said last."""
        tail = ""
        if self.child is not None:
            after = self.child.after if isinstance(self.child.after,
                                                   str) else ""
            text = f"{self.child.before or ''}{after}"
            if isinstance(self.child.buffer, str):
                text += self.child.buffer
            tail = "\n".join(text.replace("\r", "").splitlines()[-40:])
        if self._log:
            self._log.flush()
        where = f"log: {self.log_path}\n" if self.log_path else ""
        return (f"{headline}\n[kernel {self.kernel}, {self.cpu}, "
                f"{self.smp} CPUs]\n{where}--- end of the console ---\n"
                f"{tail}")

    def qmp(self, timeout=10):
        """A connection to QEMU, which has but one at a time."""
        return Qmp.connect(self._qmp, timeout * SCALE)

    def monitor(self, command):
        """Ask QEMU's monitor for people; returns its answer."""
        with self.qmp() as qmp:
            return qmp.execute("human-monitor-command", command_line=command)

    def _note_registers(self):
        """A machine that hangs: note in the log where each CPU is."""
        if not self._log:
            return
        try:
            text = self.monitor("info registers -a")
        except (OSError, ValueError, QmpError) as error:
            text = str(error)
        self._log.write(f"\n--- registers at the timeout ---\n{text}\n")
