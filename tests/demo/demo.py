# SPDX-License-Identifier: GPL-2.0-only
"""Show Cloister at work: boot Linux, take it over, run a cell, give it back.

Without --shell the steps of steps.py are played, with --linux those of
steps_linux.py, and the exit code is 0 only if each did what it must. With
--shell the machine is yours.
"""

import argparse
import os
import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests/system")]

import blobs  # noqa: E402
import payload  # noqa: E402
from machine import Machine, MachineError  # noqa: E402
import steps  # noqa: E402
import steps_linux  # noqa: E402

# So that a user may even try to read what a driver has claimed: not Linux
# but the hypervisor is to be seen refusing it.
APPEND = "iomem=relaxed"

# Cells of the guest `fault`: {name: what it does, see guests/fault/modes.h}
MISCHIEF = {"reach": 1, "attack": 4, "deaf": 5}

# What the cell with a Linux runs, and the modules that its Debian may want
GUEST_KERNEL = "6.12"
GUEST_MODULES = ("autofs4", "evdev", "gpio_keys")


class Failed(Exception):
    """A step did not do what it must."""


def bold(text):
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def say(text=""):
    print(text, flush=True)


def play(machine, step):
    if step.until:
        machine.spawn(step.command)
        machine.expect(step.until, step.timeout)
        machine.interrupt()
        output = machine.wait(step.timeout).output
    else:
        code, output = machine.run(step.command, step.timeout)
    for line in output.splitlines():
        say(f"  {line.rstrip()}")
    if not step.until and code != step.code:
        raise Failed(f"the exit code is {code}, not {step.code}")
    if step.refuse and re.search(step.refuse, output):
        raise Failed(f"the output must not match /{step.refuse}/")
    if step.expect and not re.search(step.expect, output):
        raise Failed(f"the output does not match /{step.expect}/")


def demo(args, chapters, initrd, log):
    say(f"Booting Linux {payload.release(args.kernel)} on {args.smp} CPUs "
        f"({args.cpu}) in QEMU...")
    start = time.monotonic()
    with Machine(args.kernel, initrd, cpu=args.cpu, smp=args.smp,
                 append=APPEND, log=log) as machine:
        number, count = 0, sum(len(chapter.steps) for chapter in chapters)
        for chapter in chapters:
            say()
            say(bold(f"=== {chapter.title} ==="))
            for step in chapter.steps:
                number += 1
                say()
                say(bold(f"[{number}/{count}] {step.why}"))
                say(f"  # {step.command}")
                try:
                    play(machine, step)
                except Failed as error:
                    raise Failed(f"step {number}: `{step.command}`: "
                                 f"{error}") from None
        complaints = machine.complaints()
        if complaints:
            raise Failed("the kernel complained:\n" + "\n".join(complaints))
        machine.poweroff()
    say()
    say(bold(f"All {count} steps did what they must "
             f"({time.monotonic() - start:.0f} s)."))


def files(kernel):
    """What is in the machine, and the cells for guests that misbehave."""
    content = payload.cloister_files(kernel)
    folder = payload.BUILD / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    for name, mode in MISCHIEF.items():
        config = blobs.cell(name, cpus=[3], ram=0x71400000, args=[mode])
        path = folder / f"{name}.cell"
        path.write_bytes(config.encode())
        content[f"cloister/{name}.cell"] = path
    return content


def linux_files():
    """The Linux for a cell."""
    return {
        "cloister/vmlinuz": payload.CACHE / GUEST_KERNEL / "image",
        "bin/type-in": HERE / "type-in.sh",
        "cloister/debian.img": payload.debian(GUEST_KERNEL, GUEST_MODULES),
    }


def shell(args, initrd):
    say("The machine is yours: `exit` or Ctrl-A x ends it.")
    command = [str(ROOT / "ci/qemu"), "--kernel", args.kernel, "--cpu",
               args.cpu, "--smp", str(args.smp), "--initrd", str(initrd),
               "--append", f"quiet {APPEND}", "--mux"]
    os.execv(command[0], command)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", default="6.1")
    parser.add_argument("--cpu", default="cortex-a57")
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--linux", action="store_true",
                        help="show a Linux in a cell")
    parser.add_argument("--shell", action="store_true",
                        help="leave the machine to the user")
    args = parser.parse_args()
    lacking = payload.missing(args.kernel)
    if lacking:
        print("demo: not built: " + ", ".join(lacking), file=sys.stderr)
        return 1
    content = files(args.kernel)
    if args.linux:
        content.update(linux_files())
    initrd = payload.initramfs(
        content,
        run=HERE / "shell.sh" if args.shell else None)
    if args.shell:
        shell(args, initrd)
    name, chapters = ("demo-linux", steps_linux.CHAPTERS) if args.linux else \
        ("demo", steps.CHAPTERS)
    log = payload.BUILD / "logs" / f"{name}-{args.kernel}.log"
    try:
        demo(args, chapters, initrd, log)
    except (Failed, MachineError) as error:
        say()
        print(f"demo: FAILED: {error}\ndemo: the whole log: {log}",
              file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
