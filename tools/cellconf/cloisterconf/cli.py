# SPDX-License-Identifier: GPL-2.0-only
"""The command line of cellconf."""

import argparse
import json
import os
import sys

from . import blob, check, diff, show
from .errors import ConfigError
from .files import (BuildError, compile_config, read_config, read_file,
                    write_file)

EXIT_OK = 0
EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_FILE = 3
# Those of diff(1), for `cellconf diff`
EXIT_DIFFERENT = 1
EXIT_TROUBLE = 2

EPILOG = """exit status:
  0  success
  1  a config is not valid
  2  wrong usage
  3  a file cannot be read or written
"""


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


def cmd_check(args):
    """cellconf check [--json] FILE..."""
    candidates = [check.Candidate(p, read_file(p)) for p in args.files]
    problems = check.run(candidates)
    if args.json:
        print(json.dumps({
            "files": args.files,
            "problems": [{"file": p.path, "rule": p.rule,
                          "rule_name": p.rule_name, "text": p.text}
                         for p in problems]}, indent=2))
    else:
        for problem in problems:
            report(f"{problem.path}: {problem.text}")
        if not problems:
            print(f"{len(candidates)} configs, no problem found"
                  if len(candidates) != 1 else "1 config, no problem found")
    return EXIT_REFUSED if problems else EXIT_OK


def cmd_build(args):
    """cellconf build [-D NAME[=VALUE]] [-I FOLDER] SOURCE OUT"""
    options = ([f"-D{d}" for d in args.define or ()]
               + [f"-I{i}" for i in args.include or ()])
    try:
        data = compile_config(args.source, options)
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
    """cellconf report [-o PAGE] SYSTEM CELL..."""
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
    text, problems = page.render(candidates)
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


def parser():
    """The argument parser."""
    top = argparse.ArgumentParser(
        prog="cellconf", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Makes, seals, shows, checks and compares configs of"
                    " Cloister. cellconf COMMAND --help tells more.")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    seal = commands.add_parser(
        "seal", help="fill in kind, size and checksum of a linked config")
    seal.add_argument("input", metavar="IN",
                      help="what objcopy made of the linked config")
    seal.add_argument("output", metavar="OUT", help="the config to write")
    seal.set_defaults(function=cmd_seal)

    shown = commands.add_parser("show", help="print what a config says")
    shown.add_argument("--json", action="store_true", help="as JSON")
    shown.add_argument("file", metavar="FILE")
    shown.set_defaults(function=cmd_show)

    checked = commands.add_parser(
        "check", help="check a system config and cell configs")
    checked.add_argument("--json", action="store_true", help="as JSON")
    checked.add_argument("files", metavar="FILE", nargs="+")
    checked.set_defaults(function=cmd_check)

    built = commands.add_parser(
        "build", help="compile, link and seal a config in C",
        description="Compiles, links and seals a config in C. The compiler is"
                    " gcc with the prefix CROSS_COMPILE, by default"
                    " aarch64-linux-gnu- (none on arm64).")
    built.add_argument("-D", dest="define", metavar="NAME[=VALUE]",
                       action="append", help="define a macro")
    built.add_argument("-I", dest="include", metavar="FOLDER",
                       action="append", help="look there for headers")
    built.add_argument("source", metavar="SOURCE", help="a config in C")
    built.add_argument("output", metavar="OUT", help="the config to write")
    built.set_defaults(function=cmd_build)

    differ = commands.add_parser(
        "diff", help="what changed between two configs",
        description="Says what changed from A to B, field by field. Each is a"
                    " sealed config, or a source in C (named *.c). Regions,"
                    " CPUs and interrupts are told apart by what they are, not"
                    " by their place in a list.",
        epilog="exit status: 0 no difference, 1 different, 2 trouble",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    differ.add_argument("--json", action="store_true", help="as JSON")
    differ.add_argument("a", metavar="A")
    differ.add_argument("b", metavar="B")
    differ.set_defaults(function=cmd_diff)

    creator = commands.add_parser(
        "create", help="make configs for the machine that this runs on",
        description="Writes a system config and a cell to begin with, both in"
                    " C, for the machine that it runs on; run it as root. Of"
                    " the machine it reads /proc and /sys. Memory for the"
                    " hypervisor and for cells is what mem= on the kernel's"
                    " command line left out, and nodes of /reserved-memory"
                    " that have no-map and a name that begins with cloister"
                    " or cell. If there is none, it says what to add and"
                    " stops.")
    creator.add_argument("-o", "--output", metavar="FOLDER", default=".",
                         help="where the files go (default: here)")
    creator.add_argument("--blob", action="store_true",
                         help="write sealed configs, too: no compiler is"
                              " needed then")
    creator.add_argument("--force", action="store_true",
                         help="overwrite files that are there")
    creator.add_argument("--hypervisor-memory", metavar="SIZE@START",
                         help="memory for the hypervisor, such as"
                              " 4M@0x70000000")
    creator.add_argument("--cell-memory", metavar="SIZE@START",
                         action="append", help="memory that cells may have;"
                         " may be given several times")
    creator.add_argument("--root", metavar="FOLDER", default="/",
                         help="read proc and sys in there: a record of"
                              " another machine")
    creator.set_defaults(function=cmd_create)

    reporter = commands.add_parser(
        "report", help="an HTML page with pictures of a machine and its cells",
        description="Writes a page that shows who has which memory, CPUs and"
                    " interrupts, what each cell sees, and what is wrong or"
                    " odd. It is one file, without scripts, and needs no"
                    " network. Each FILE is a sealed config or a source in C"
                    " (named *.c). The page is written even if a config is not"
                    " valid; the exit status is 1 then.")
    reporter.add_argument("-o", "--output", metavar="PAGE",
                          default="report.html",
                          help="the page to write (default: report.html)")
    reporter.add_argument("files", metavar="FILE", nargs="+",
                          help="one system config and any cell configs")
    reporter.set_defaults(function=cmd_report)
    return top


def main(argv=None):
    """Entry point; returns the exit status."""
    args = parser().parse_args(argv)
    try:
        return args.function(args)
    except BrokenPipeError:
        # The reader has seen enough; keep the exit from complaining again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except OSError as error:
        report(f"{error.filename}: {error.strerror}")
        return EXIT_FILE
