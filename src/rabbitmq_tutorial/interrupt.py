"""A Ctrl-C while a program is still being imported ends it as quietly as a later one: import this first."""

import sys

sys.excepthook = lambda kind, *error: (
    None if kind is KeyboardInterrupt else sys.__excepthook__(kind, *error)
)
