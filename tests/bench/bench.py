# SPDX-License-Identifier: GPL-2.0-only
"""What Cloister costs, in instructions: a table, and build/bench.json.

A stock kernel and the cells run under QEMU's -icount, where every instruction
counts the same and two runs agree exactly. What a guest's operation costs is
measured by the guest `bench` with the PMU of its CPU (EL2 only); what a
command costs by tests/bench/el2count, a module that counts what root's CPUs
execute at EL2 meanwhile: all of it, the timer interrupts included that happen
to come, but nothing of Linux's own work. A Linux in a cell: see linux.py.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests/system")]

import blobs  # noqa: E402
import linux  # noqa: E402
import payload  # noqa: E402
from machine import Machine  # noqa: E402

KERNEL = "6.1"
CROSS = "aarch64-linux-gnu-"

# id: (what, goal, what Jailhouse needs); None where there is none
ROWS = {
    "el2.hypercall_null": ("null hypercall at EL2", None, 134),
    "el2.hypercall_null_roundtrip":
        ("null hypercall as the caller sees it", 60, 139),
    "el2.psci_version": ("PSCI_VERSION by SMC", 70, 141),
    "el2.psci_affinity_info": ("AFFINITY_INFO by SMC", 110, 228),
    "el2.irq": ("interrupt delivered to a guest", 60, 206),
    "el2.sgi_self": ("SGI to itself", 250, 1231),
    "el2.gicd_typer_read": ("GICD_TYPER read", 130, 285),
    "el2.gicd_isenabler_read": ("GICD_ISENABLER read", 200, 985),
    "el2.gicd_isenabler_write": ("GICD_ISENABLER write", 200, 983),
    "el2.gicr_typer_read": ("GICR_TYPER read", 130, 259),
    "el2.mmio_unassigned": ("load from nowhere", None, None),
    "el2.uart_char": ("character to the emulated UART", None, None),
    "el2.irq_direct": ("the same in direct mode", 0, 206),
    "el2.irq_direct_exits": ("exits for it", 0, 1),
    "el2.irq_direct_root": ("root's, with a call at its end", None, None),
    "el2.irq_direct_root_eoi": ("root's, without", 0, None),
    "el2.sgi_direct": ("SGI to itself, direct", 45, 1231),
    "el2.wfi_direct": ("WFI, direct", 60, None),
    "el2.kick": ("a CPU asked for something, direct", None, None),
    "lat.irq_virtual": ("ns from the timer's due time to the handler",
                        None, None),
    "lat.irq_direct": ("the same in direct mode", None, None),
    "el2.irq_v2": ("GICv2: interrupt delivered to a guest", 60, None),
    "el2.sgi_self_v2": ("SGI to itself", 250, None),
    "el2.gicd_typer_read_v2": ("GICD_TYPER read", 130, None),
    "el2.gicd_isenabler_read_v2": ("GICD_ISENABLER read", 200, None),
    "el2.gicd_isenabler_write_v2": ("GICD_ISENABLER write", 200, None),
    "el2.mmio_unassigned_v2": ("load from nowhere", None, None),
    "el2.uart_char_v2": ("character to the emulated UART", None, None),
    "el2.irq_direct_v2": ("interrupt in direct mode", 0, None),
    "el2.irq_direct_exits_v2": ("exits for it", 0, None),
    "el2.sgi_direct_v2": ("SGI to itself, direct", None, None),
    "el2.wfi_direct_v2": ("WFI, direct", 60, None),
    "el2.kick_v2": ("a CPU asked for something, direct", None, None),
    "lat.irq_virtual_v2": ("ns from the timer's due time to the handler",
                           None, None),
    "lat.irq_direct_v2": ("the same in direct mode", None, None),
    **linux.ROWS,
    "mgmt.enable": ("enable, 2 CPUs", 400_000, 955_000),
    "mgmt.create": ("create, 64 KiB of RAM", None, None),
    "mgmt.start_64k": ("start, 64 KiB of RAM", 40_000, 62_700),
    "mgmt.start_128m": ("start, 128 MiB of RAM", 40_000, 27_700_000),
    "mgmt.destroy_64k": ("destroy, 64 KiB of RAM", 150_000, 431_000),
    "mgmt.destroy_128m": ("destroy, 128 MiB of RAM", 150_000, 28_000_000),
    "mgmt.disable": ("disable, 2 CPUs", None, None),
    "size.text": ("bytes of code, without the next", 49_152, 54_600),
    "size.text_inspect": ("bytes of code that inspects tables", None, None),
    "size.sloc": ("lines of code compiled into it", 8_000, 9_561),
}

SCRIPT = r"""
cd /cloister
spent() {
        awk -v cpus="$cpus" '$1 < cpus { sum += $2 } END { print sum }' /proc/el2count
}
# count CPUS ID COMMAND: on the first CPUS of root, those that stay its own
count() {
        cpus=$1 id=$2
        shift 2
        # Twice before, so that what reading costs is known
        a=$(spent); b=$(spent)
        "$@" > /tmp/out 2>&1 || { cat /tmp/out; echo "FAILED: $*"; exit 1; }
        c=$(spent)
        echo "mgmt.$id $((c - b - (b - a)))"
}
# run CELL: the guest to its end, with its console in /tmp/console
run() {
        cellctl console -f $1 > /tmp/console &
        console=$!
        until grep -q 'bench: kick me' /tmp/console; do
                [ -d /proc/$console ] || { cat /tmp/console; exit 1; }
                usleep 1000
        done
        until grep -q 'bench: done' /tmp/console; do
                cellctl translate --gva 1 0 > /tmp/out 2>&1 ||
                        { cat /tmp/out; exit 1; }
        done
        kill $console
}
insmod ./cloister.ko && insmod ./el2count.ko || exit 1
if [ $MANAGEMENT = 1 ]; then
        count 2 enable cellctl enable system.cell
        for size in 64k 128m; do
                count 1 create_$size cellctl create bench$size.cell
                count 1 load_$size cellctl load bench$size bench.bin
                count 1 start_$size cellctl start bench$size
                run bench$size
                [ $size = 64k ] && sed 's/^bench /virtual /' /tmp/console
                count 1 destroy_$size cellctl destroy bench$size
        done
else
        cellctl enable system.cell || exit 1
fi
for mode in $MODES; do
        cell=bench64k
        [ $mode = direct ] && cell=bench64k-direct
        cellctl create $cell.cell && cellctl load bench64k bench.bin &&
                cellctl start bench64k || exit 1
        run bench64k
        sed "s/^bench /$mode /" /tmp/console
        [ $mode = direct ] && cellctl stats --cpu=1
        cellctl destroy bench64k || exit 1
done
if [ $MANAGEMENT = 1 ]; then
        count 2 disable cellctl disable
fi
"""

# What root's interrupts cost in direct mode, on a machine with one CPU. A loop
# of the shell is a time with interrupts of the timer in it.
ROOT_SCRIPT = r"""
cd /cloister
spent() { awk '{ sum += $2 } END { print sum }' /proc/el2count; }
taken() { awk 'NR > 1 { sum += $2 } END { print sum }' /proc/interrupts; }
insmod ./cloister.ko && insmod ./el2count.ko || exit 1
for mode in direct direct-eoi; do
        cellctl enable $mode.cell || exit 1
        before=$(spent) i=$(taken) n=0
        while [ $n -lt 20000 ]; do n=$((n + 1)); done
        echo "root $mode $(($(spent) - before)) $(($(taken) - i))"
        cellctl disable || exit 1
done
"""
ROOT_IDS = {"direct": "el2.irq_direct_root",
            "direct-eoi": "el2.irq_direct_root_eoi"}

# Of what the guest says in direct mode, as the table has it
DIRECT = {"irq": "irq_direct", "sgi_self": "sgi_direct", "wfi": "wfi_direct",
          "kick": "kick"}
# What interrupts did there nevertheless
EXITS = r"(?:irq|maintenance) +(\d+)$"


def system(name, *, mitigations=False, irq_mode="virtual"):
    """A system config of the tree, changed."""
    config = blobs.load(name)
    config.system["flags"] = 0 if mitigations else blobs.abi.NO_MITIGATIONS
    config.cell["irq_mode"] = next(
        number for number, text in blobs.abi.IRQ_MODES.items()
        if text == irq_mode)
    return config.encode()


def run_machine(name, script, systems, more=None, **options):
    """The output of a script in a machine with these system configs."""
    files = {**payload.cloister_files(KERNEL), **(more or {})}
    files["cloister/el2count.ko"] = (
        payload.BUILD / "bench" / KERNEL / "el2count.ko")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for file, data in systems.items():
            (folder / file).write_bytes(data)
            files[f"cloister/{file}"] = folder / file
        run = folder / "run"
        run.write_text(script, encoding="utf-8")
        initrd = payload.initramfs(files, mode="script", run=str(run))
    log = payload.BUILD / "logs" / f"bench-{name}.log"
    machine = Machine(KERNEL, initrd, log=log, icount=True, **options)
    code, output = machine.run_script(1200)
    if code:
        raise SystemExit(f"bench: the script failed ({code}):\n{output}")
    return output


def run_cells(gic, mitigations):
    """The output of SCRIPT."""
    management = int(gic == 3 and not mitigations)
    modes = "direct" if management else "virtual direct"
    name = "qemu-virt-2" if gic == 3 else "qemu-virt-gicv2-2"
    return run_machine(
        f"gicv{gic}" + "-mitigated" * mitigations,
        f'MANAGEMENT={management} MODES="{modes}"\n{SCRIPT}',
        {"system.cell": system(name, mitigations=mitigations)},
        smp=2, gic=gic, cpu="cortex-a76" if mitigations else "cortex-a57")


def root_figures():
    """{id: cost} of root's interrupts in direct mode."""
    output = run_machine(
        "root", ROOT_SCRIPT,
        {f"{mode}.cell": system("qemu-virt-1", irq_mode=mode)
         for mode in ROOT_IDS}, smp=1)
    result = {}
    for mode, spent, taken in re.findall(r"^root (\S+) (\d+) (\d+)\s*$",
                                         output, re.M):
        assert int(taken) > 20, output
        result[ROOT_IDS[mode]] = int(spent) // int(taken)
    return result


def figures(output, suffix):
    """{id: cost} of the guest's lines and the script's own."""
    result = {}
    exits = re.findall(EXITS, output, re.M)
    if len(exits) != 2:
        raise SystemExit(f"bench: no exits of a CPU in direct mode:\n{output}")
    result[f"el2.irq_direct_exits{suffix}"] = sum(map(int, exits))
    for line in output.splitlines():
        match = re.match(r"(virtual|direct) (\w+) (\d+) (\d+)$",
                         line.strip())
        if match:
            mode, name, el2, total = match.groups()
            roundtrip = name.endswith("_roundtrip")
            if mode == "direct":
                name = DIRECT.get(name)
            if name and (mode == "direct" or name not in ("kick", "wfi")):
                cost = total if roundtrip else el2
                result[f"el2.{name}{suffix}"] = int(cost)
        match = re.match(r"(virtual|direct) latency (\d+)$", line.strip())
        if match:
            result[f"lat.irq_{match[1]}{suffix}"] = int(match[2])
        match = re.match(r"(mgmt\.\w+) (-?\d+)$", line.strip())
        if match:
            result[match[1]] = int(match[2])
    return result


def linux_figures():
    """({id: cost}, {id: {reason: exits}}) of a Linux in a cell."""
    files, qemu_args = linux.prepare(KERNEL)
    output = run_machine("linux", linux.SCRIPT,
                         {"system.cell": system("qemu-virt-4")}, files,
                         smp=4, qemu_args=qemu_args)
    return linux.figures(output)


def section_size(elf, name):
    out = subprocess.run([f"{CROSS}size", "-A", elf], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    return int(re.search(rf"^\.{name}\s+(\d+)", out, re.M)[1])


def sloc(build):
    """Lines that are neither empty nor comment, of all sources and headers
    of ours that the image is made of: the compiler's own list of them."""
    files = set()
    for dep in (build / "hypervisor").rglob("*.d"):
        words = dep.read_text(encoding="utf-8").replace("\\\n", " ").split()
        files.update((ROOT / "hypervisor" / word).resolve()
                     for word in words[1:] if not word.endswith(":"))
    total = 0
    for file in sorted(files):
        if ROOT not in file.parents or build in file.parents:
            continue
        text = file.read_text(encoding="utf-8")
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
        total += sum(1 for line in text.splitlines() if line.strip())
    return total


def show_reasons(exits):
    """Exits of the Linux cell by reason, those that there are."""
    print(f"\n{'exits by reason':34}" + "".join(
        f"{name.split('.')[1]:>26}" for name in exits))
    for reason in next(iter(exits.values())):
        if any(by[reason] for by in exits.values()):
            print(f"{reason:34}" + "".join(
                f"{by[reason]:>26,}" for by in exits.values()))


def show(result):
    print(f"{'':34}{'cost':>12}{'mitigated':>12}{'goal':>12}{'Jailhouse':>12}")
    for name, (what, goal, other) in ROWS.items():
        cost = result[name]
        mark = "" if goal is None or cost <= goal else "  MISSED"
        goal, other, mitigated = (
            "" if n is None else f"{n:,}"
            for n in (goal, other, result.get(f"{name}_mitigated")))
        print(f"{name:34}{cost:>12,}{mitigated:>12}{goal:>12}{other:>12}"
              f"{mark}  {what}")


def main():
    result = {}
    for gic in 3, 2:
        suffix = "_v2" * (gic == 2)
        result.update(figures(run_cells(gic, False), suffix))
        result.update((f"{name}_mitigated", cost) for name, cost in
                      figures(run_cells(gic, True), suffix).items())
    result.update(root_figures())
    costs, exits = linux_figures()
    result.update(costs)
    result["mgmt.create"] = result.get("mgmt.create_64k")
    elf = payload.BUILD / "hypervisor/cloister.elf"
    for section in "text", "text_inspect":
        result[f"size.{section}"] = section_size(elf, section)
    result["size.sloc"] = sloc(payload.BUILD)
    lacking = [name for name in ROWS if result.get(name) is None]
    if lacking:
        raise SystemExit("bench: not measured: " + ", ".join(lacking) +
                         f"; see {payload.BUILD}/logs/bench-*.log")
    show(result)
    show_reasons(exits)
    path = payload.BUILD / "bench.json"
    previous = {}
    if path.exists():
        previous = json.loads(path.read_text(encoding="utf-8"))
    previous.update(result)
    path.write_text(json.dumps(previous, indent=1, sort_keys=True) + "\n",
                    encoding="utf-8")
    print(f"bench: written to {os.path.relpath(path)}")


if __name__ == "__main__":
    main()
