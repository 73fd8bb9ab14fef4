# SPDX-License-Identifier: GPL-2.0-only
"""The command line of cellconf."""

import json
import os
import sys

from . import abi, blob, check, diff, dt, show
from .errors import ConfigError, LibraryError, TreeError
from .files import (BuildError, compile_config, read_config, read_file,
                    write_file)
from .usage import parser_for

EXIT_OK = 0
EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_FILE = 3
# Those of diff(1), for `cellconf diff`
EXIT_DIFFERENT = 1
EXIT_TROUBLE = 2


def read_tree(path):
    """A device tree's bytes; of a file that is too large, just enough to
    tell."""
    with open(path, "rb") as stream:
        return stream.read(dt.MAX_SIZE + 1)


def report(text):
    """One line on stderr."""
    print(f"cellconf: {text}", file=sys.stderr)


def cmd_seal(args):
    """cellconf seal IN OUT"""
    try:
        sealed = blob.seal(read_file(args.input))
    except ConfigError as error:
        report(f"{args.input}: {error}")
        return EXIT_REFUSED
    write_file(args.output, sealed)
    return EXIT_OK


def cmd_show(args):
    """cellconf show [--json] FILE"""
    try:
        config = blob.parse(read_file(args.file))
    except ConfigError as error:
        report(f"{args.file}: {error}")
        return EXIT_REFUSED
    if args.json:
        print(json.dumps({"file": args.file, **show.to_dict(config)},
                         indent=2))
    else:
        print(f"{args.file}: {show.to_text(config)}")
    return EXIT_OK


def compiler_options(args):
    """-D and -I"""
    return ([f"-D{d}" for d in args.define or ()]
            + [f"-I{i}" for i in args.include or ()])


def as_json(problem):
    """A problem for programs."""
    return {"file": problem.path, "other": problem.other,
            "rule": problem.rule, "rule_name": problem.rule_name,
            "text": problem.text}


def count(number, what):
    """A number of things, in words."""
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def cmd_check(args):
    """cellconf check [--any] [--json] FILE..."""
    candidates = []
    for path in args.files:
        try:
            candidates.append(check.Candidate(
                path, read_config(path, compiler_options(args))))
        except (BuildError, ConfigError) as error:
            report(f"{path}: {error}")
            return EXIT_REFUSED
    problems = check.run(candidates, args.any, pa_bits=args.pa_bits,
                         max_spi=args.max_spi)
    errors, warnings = ([p for p in problems if p.severity == severity]
                        for severity in (check.ERROR, check.WARNING))
    if args.json:
        print(json.dumps({"files": args.files,
                          "problems": [as_json(p) for p in errors],
                          "warnings": [as_json(p) for p in warnings]},
                         indent=2))
    else:
        for problem in problems:
            kind = "" if problem.severity == check.ERROR else "warning: "
            report(f"{problem.path}: {kind}{problem.text}")
        if not errors:
            print(f"{count(len(candidates), 'config')}, no problem found"
                  + (f", {count(len(warnings), 'warning')}" if warnings
                     else ""))
    return EXIT_REFUSED if errors else EXIT_OK


def cmd_build(args):
    """cellconf build [-D NAME[=VALUE]] [-I FOLDER] SOURCE OUT"""
    try:
        data = compile_config(args.source, compiler_options(args))
    except (BuildError, ConfigError) as error:
        report(f"{args.source}: {error}")
        return EXIT_REFUSED
    write_file(args.output, data)
    return EXIT_OK


def cmd_diff(args):
    """cellconf diff [--json] A B"""
    configs = []
    for path in (args.a, args.b):
        try:
            configs.append(blob.parse(read_config(path)))
        except (BuildError, ConfigError) as error:
            report(f"{path}: {error}")
            return EXIT_TROUBLE
        except OSError as error:
            report(f"{path}: {error.strerror}")
            return EXIT_TROUBLE
    changes = diff.compare(*configs)
    if args.json:
        print(json.dumps({
            "a": args.a, "b": args.b,
            "changes": [vars(change) for change in changes]}, indent=2))
    else:
        for change in changes:
            print(change.text)
    return EXIT_DIFFERENT if changes else EXIT_OK


def cmd_report(args):
    """cellconf report [-o PAGE] [--title TEXT] SYSTEM CELL..."""
    # jinja2 is needed here only, and a target may well have none.
    try:
        from .report import page
    except ModuleNotFoundError as error:
        report(f"the Python package {error.name} is not installed"
               " (Debian: python3-jinja2)")
        return EXIT_FILE
    try:
        candidates = [check.Candidate(p, read_config(p)) for p in args.files]
    except (BuildError, ConfigError) as error:
        report(str(error))
        return EXIT_REFUSED
    text, problems = page.render(candidates, args.title)
    write_file(args.output, text.encode())
    return EXIT_REFUSED if problems else EXIT_OK


def cmd_create(args):
    """cellconf create [--blob] [-o FOLDER] ..."""
    from .create import CreateError, emit, machine, memory, plan, target
    try:
        facts = machine.read(target.Target(args.root))
        hypervisor = args.hypervisor_memory
        placement = memory.place(
            facts, hypervisor and memory.parse_range(hypervisor),
            [memory.parse_range(c) for c in args.cell_memory or ()])
        made = plan.make(facts, placement)
        files = emit.files(made, args.blob)
    except (CreateError, ConfigError) as error:
        report(str(error))
        return EXIT_REFUSED
    os.makedirs(args.output, exist_ok=True)
    paths = {os.path.join(args.output, n): data for n, data in files.items()}
    there = [path for path in paths if os.path.exists(path)]
    if there and not args.force:
        report(f"{there[0]} is there already; --force overwrites it")
        return EXIT_REFUSED
    for path, data in paths.items():
        write_file(path, data)
    for line in emit.summary(made):
        print(line)
    print("written:           " + " ".join(paths))
    for note in made.notes:
        report(f"note: {note}")
    return EXIT_OK


def checked_pair(args):
    """[system, cell] of `cellconf dt`, or None after a message."""
    candidates = []
    for path, kind in ((args.system, abi.KIND_SYSTEM),
                       (args.cell, abi.KIND_CELL)):
        try:
            data = read_config(path, compiler_options(args))
            blob.parse(data, kind)
        except (BuildError, ConfigError) as error:
            report(f"{path}: {error}")
            return None
        candidates.append(check.Candidate(path, data))
    errors = [p for p in check.run(candidates) if p.severity == check.ERROR]
    for problem in errors:
        report(f"{problem.path}: {problem.text}")
    return None if errors else [c.blob for c in candidates]


def cmd_dt(args):
    """cellconf dt [-o FILE] [--append ARGS] [--dtb FILE] SYSTEM CELL"""
    if not args.output and sys.stdout.isatty():
        report("dt: a device tree is no text: name a file with -o, or pipe"
               " it into `dtc -I dtb`")
        return EXIT_USAGE
    user = read_tree(args.dtb) if args.dtb else None
    configs = checked_pair(args)
    if not configs:
        return EXIT_REFUSED
    try:
        tree = dt.build(*configs, args.append, user)
    except TreeError as error:
        report(f"{args.dtb if error.of_user else args.cell}: {error}")
        return EXIT_REFUSED
    if args.output:
        write_file(args.output, tree)
    else:
        sys.stdout.buffer.write(tree)
        sys.stdout.buffer.flush()
    return EXIT_OK


FUNCTIONS = {"seal": cmd_seal, "show": cmd_show, "check": cmd_check,
             "build": cmd_build, "diff": cmd_diff, "create": cmd_create,
             "report": cmd_report, "dt": cmd_dt}


def main(argv=None):
    """Entry point; returns the exit status."""
    args = parser_for(FUNCTIONS).parse_args(argv)
    try:
        return args.function(args)
    except BrokenPipeError:
        # The reader has seen enough; keep the exit from complaining again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except OSError as error:
        report(f"{error.filename}: {error.strerror}")
        return EXIT_FILE
    except LibraryError as error:
        report(str(error))
        return EXIT_FILE
