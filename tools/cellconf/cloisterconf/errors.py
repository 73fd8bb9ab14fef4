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


class TreeError(Exception):
    """A device tree cannot be made, or the user's cannot be merged into it."""

    def __init__(self, text, of_user):
        self.of_user = of_user
        super().__init__(text)
