# SPDX-License-Identifier: GPL-2.0-only
"""What can be wrong."""


class LibraryError(Exception):
    """The library with the rules is not there."""


class ConfigError(Exception):
    """A config breaks a rule: library.Broken tells which."""

    def __init__(self, broken):
        self.rule = broken.name
        self.number = broken.rule
        super().__init__(f"{broken.text} (rule {broken.rule} {broken.name})")
