"""Texts in so many cells of a terminal: a Chinese character takes two, a combining one none."""

import re

from rich.cells import cell_len, set_cell_size

__all__ = ["cell_len", "fit", "least", "pad", "shorten"]

LAST = 22  # cells that a last word may have to be kept: it may be a pid, an address, a header of a binding


def pad(text: str, width: int) -> str:
    """Return the text in exactly so many cells."""
    return set_cell_size(text, width)


def fit(text: str, width: int) -> str:
    """Return the text in one line, cut at the end to so many cells if it is wider."""
    text = "".join(character if character.isprintable() else "?" for character in text)
    return (
        text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)).rstrip() + "…"
    )


def shorten(text: str, width: int) -> str:
    """Return the text, cut before its last word if it is wider: that may be the pid of one script among several.

    A script's folder goes first.
    """
    if cell_len(text) > width:
        text = re.sub(r"^\S+/(\S+\.py \d+)$", r"…/\1", text)
    start, blank, last = text.rpartition(" ")
    room = width - cell_len(last) - 1
    if cell_len(text) <= width or not blank or cell_len(last) > LAST or room < 1:
        return fit(text, width)
    return f"{fit(start, room)} {fit(last, width)}"


def least(text: str) -> int:
    """Return the cells in which a shortened text can be recognised: a pid or an address at its end, and some."""
    last = text.rpartition(" ")[2]
    return min(
        cell_len(text),
        4 + (cell_len(last) if last[-1:].isdigit() and cell_len(last) <= LAST else 0),
    )
