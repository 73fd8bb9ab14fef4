# SPDX-License-Identifier: GPL-2.0-only
"""The command line of cellconf."""

import argparse
import json
import os
import sys
import tempfile

from . import abi, blob, check, show
from .errors import ConfigError

EXIT_OK = 0
EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_FILE = 3

EPILOG = """exit status:
  0  success
  1  a config is not valid
  2  wrong usage
  3  a file cannot be read or written
"""


def report(text):
    """One line on stderr."""
    print(f"cellconf: {text}", file=sys.stderr)


def read_file(path):
    """A file's bytes; of a file that is too large, just enough to tell."""
    with open(path, "rb") as stream:
        return stream.read(abi.BLOB_MAX_SIZE + 1)


def write_file(path, data):
    """Write a file so that it is there completely or not at all."""
    folder = os.path.dirname(path) or "."
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".cellconf-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


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


def parser():
    """The argument parser."""
    top = argparse.ArgumentParser(
        prog="cellconf", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Seals, shows and checks configs of Cloister.")
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
