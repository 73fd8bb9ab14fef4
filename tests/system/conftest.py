# SPDX-License-Identifier: GPL-2.0-only
"""Fixtures of the system tests: machines in QEMU.

    def test_something(machine_factory, kernel):
        machine = machine_factory(kernel, smp=2, cloister=True)
        assert machine.must("nproc") == "2"

A test that asks for `kernel` runs once for each kernel, one that asks for
`cpu` once for each CPU model. At the end of each test its machines have to be
alive, free of kernel warnings, and able to switch off. A test of the fault
catalogue, @pytest.mark.fault(ROW, ...), is followed by a look at Linux's CPUs,
too, and --faults says which rows hold; see faults.py.
"""

import os
import re
import tempfile

import pytest

import faults
import payload
import snapshots
from machine import Machine, MachineError

CPUS = ("cortex-a57", "cortex-a76", "neoverse-n1")


def pytest_addoption(parser):
    parser.addoption("--kernels", default=os.environ.get("CLOISTER_KERNELS"),
                     help="comma separated list, of " +
                     ",".join(payload.KERNELS))
    parser.addoption("--cpus", default=os.environ.get("CLOISTER_CPUS"),
                     help="comma separated list of CPU models")
    parser.addoption("--every-kernel", action="store_true",
                     help="run each test on every kernel, also where one "
                     "would do")
    parser.addoption("--fresh", action="store_true",
                     help="boot each machine; see snapshots.py")
    parser.addoption("--faults", metavar="FILE",
                     help="write {row: outcome} of the fault catalogue there, "
                     "and a table beside it")


def pytest_configure(config):
    path = config.getoption("--faults")
    # Of several processes, the one that hears of all tests, and has the others
    if hasattr(config, "workerinput"):
        return
    if path:
        config.pluginmanager.register(faults.Catalogue(path))
    if not config.getoption("--fresh"):
        snapshots.begin(payload.BUILD)


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput") and not config.getoption("--fresh"):
        snapshots.end()


def chosen(config, option, everything):
    value = config.getoption(option)
    return value.split(",") if value else everything


def kernel_param(kernel, *marks):
    marks = list(marks)
    if not payload.is_cached(kernel):
        marks.append(pytest.mark.skip(
            reason=f"kernel {kernel} is not in the cache"))
    elif not payload.is_proven(kernel):
        # A kernel that appeared since is tried and reported, but it is not
        # this tree's fault if something fails.
        marks.append(pytest.mark.xfail(
            strict=False, reason=f"kernel {kernel} is now "
            f"{payload.release(kernel)}, not proven yet"))
    return pytest.param(kernel, marks=marks)


def marks_of(metafunc, kernel, kernels):
    """On the others a test marked mostly(NAME) is a long one."""
    mark = metafunc.definition.get_closest_marker("mostly")
    if not mark or metafunc.config.getoption("--every-kernel"):
        return []
    name, = mark.args
    if kernel == (name if name in kernels else kernels[0]):
        return []
    return [pytest.mark.long]


def pytest_generate_tests(metafunc):
    kernels = chosen(metafunc.config, "kernels", payload.KERNELS)
    if "kernel" in metafunc.fixturenames:
        metafunc.parametrize("kernel", [
            kernel_param(kernel, *marks_of(metafunc, kernel, kernels))
            for kernel in kernels])
    elif ("default_kernel" in metafunc.fixturenames and
          metafunc.config.getoption("--every-kernel")):
        metafunc.parametrize("default_kernel", [
            kernel_param(kernel) for kernel in kernels], indirect=True)
    if "cpu" in metafunc.fixturenames:
        metafunc.parametrize("cpu", chosen(metafunc.config, "cpus", CPUS))


class Factory:
    """Boots machines for one test and checks them at its end."""

    def __init__(self, request, default_kernel):
        self.default_kernel = default_kernel
        name = re.sub(r"[^\w.=-]+", "-", request.node.nodeid).strip("-")
        self.log = payload.BUILD / "logs" / "system" / name
        self.machines = []

    def __call__(self, kernel=None, *, cloister=False, files=None,
                 tolerate=None, **options):
        """Boot one to its prompt, or go on where another one has been then.

        kernel:    where any will do, none is named
        cloister:  have everything of Cloister's in it (see payload.py)
        files:     more files, {path in the machine: path here}
        tolerate:  a regular expression; kernel complaints that match it are
                   no failure
        All other options are those of Machine.
        """
        kernel = kernel or self.default_kernel
        initrd = payload.initramfs(self._files(kernel, cloister, files))
        options.setdefault("fresh", False)
        machine = self._machine(kernel, initrd, options, tolerate)
        return machine.boot()

    def script(self, text, kernel="6.1", *, cloister=False, files=None,
               timeout=120, **options):
        """Run a script on one that nobody types to, until it switches off;
        returns (exit code, output)."""
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            initrd = payload.initramfs(self._files(kernel, cloister, files),
                                       mode="script", run=file.name)
        return self._machine(kernel, initrd, options).run_script(timeout)

    @staticmethod
    def _files(kernel, cloister, files):
        content = {}
        if cloister:
            lacking = payload.missing(kernel)
            if lacking:
                pytest.fail("not built: " + ", ".join(lacking))
            content.update(payload.cloister_files(kernel))
        content.update(files or {})
        return content

    def _machine(self, kernel, initrd, options, tolerate=None):
        number = len(self.machines)
        log = self.log.with_name(
            f"{self.log.name}{f'-{number}' if number else ''}.log")
        machine = Machine(kernel, initrd, log=log, **options)
        self.machines.append((machine, tolerate))
        return machine

    def finish(self, try_cpus=False):
        """Each machine that the test left running must be well."""
        for machine, tolerate in self.machines:
            if machine.child is None or not machine.child.isalive():
                continue
            if try_cpus and machine.run("which cpus").code == 0:
                machine.must("cpus $(nproc)", timeout=60)
            complaints = machine.complaints(tolerate)
            machine.poweroff()
            if complaints:
                raise MachineError(
                    "the kernel complained:\n" + "\n".join(complaints) +
                    f"\nlog: {machine.log_path}")

    def close(self):
        for machine, _ in self.machines:
            machine.close()


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    rows = faults.rows_of(item)
    if rows:
        report.user_properties += [("fault rows", rows),
                                   ("machines", faults.machines_of(item))]
    if report.when == "call":
        item.call_failed = report.failed
    if report.failed and report.when in ("setup", "call"):
        factory = getattr(item, "machine_factory", None)
        if factory:
            for machine, _ in factory.machines:
                report.sections.append(
                    ("serial log", str(machine.log_path)))


@pytest.fixture
def default_kernel(request):
    """For tests that one kernel is enough for; see --every-kernel."""
    kernels = chosen(request.config, "kernels", payload.KERNELS)
    proven = [kernel for kernel in kernels
              if payload.is_cached(kernel) and payload.is_proven(kernel)]
    return getattr(request, "param", (proven or kernels)[0])


@pytest.fixture
def machine_factory(request, default_kernel):
    factory = Factory(request, default_kernel)
    request.node.machine_factory = factory
    try:
        yield factory
        # A test that failed has said why: its machine may hang.
        if not getattr(request.node, "call_failed", True):
            factory.finish(try_cpus=bool(faults.rows_of(request.node)))
    finally:
        factory.close()


@pytest.fixture
def machine(machine_factory):
    """A machine of the default kind with Cloister's files in it."""
    return machine_factory(cloister=True)
