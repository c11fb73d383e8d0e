"""Texts in so many cells of a terminal: a Chinese character takes two, a combining one none."""

import re

from rich.cells import cell_len, chop_cells, set_cell_size

__all__ = [
    "SERVER_NAMED",
    "cell_len",
    "fit",
    "least",
    "least_in_one_line",
    "narrow",
    "pad",
    "shorten",
    "wrap",
]

SCRIPT = re.compile(r"\S+/(\S+\.py \d+)")  # its folder goes first; then script and pid
LAST = 22  # cells that a last word may have to be kept: it may be a pid, an address, a header
WORD = 12  # cells in which a part of a name can be read
BREAK = re.compile(r"(?<=[\s_/,=-])(?<!pid )|(?<=\.)(?!py\b|\d)")  # where a line may end
SERVER_NAMED = "amq.gen-"  # RabbitMQ has made this name up: its first letters tell it apart


def pad(text: str, width: int) -> str:
    """Return the text in exactly so many cells."""
    return set_cell_size(text, width)


def fit(text: str, width: int) -> str:
    """Return the text, cut at the end to so many cells if it is wider."""
    return (
        text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)).rstrip() + "…"
    )


def shorten(text: str, width: int) -> str:
    """Return the text, cut before its last word if it is wider: that may be a pid or a count."""
    start, blank, last = text.rpartition(" ")
    room = width - cell_len(last) - 1
    if cell_len(text) <= width or not blank or cell_len(last) > LAST or room < 1:
        return fit(text, width)
    return f"{fit(start, room)} {fit(last, width)}"


def without_folder(text: str) -> str:
    """Return the name of a script, if it is one, without its folder."""
    script = SCRIPT.fullmatch(text)
    return f"…/{script[1]}" if script else text


def wrap(text: str, width: int, most: int = 8) -> list[str]:
    """Return the text in lines of so many cells, broken between its words or their parts.

    The folder of a script goes first. What does not fit into so many lines is cut before its last
    word; a name that RabbitMQ has made up has one line.
    """
    if cell_len(text) > width:
        text = without_folder(text)
    if text.startswith(SERVER_NAMED):
        return [shorten(text, width)]
    text = shorten(text, width * most)
    lines = [""]
    for word in re.split(r"(?<= )(?<!pid )", text):
        fits = cell_len(lines[-1] + word.rstrip()) <= width or cell_len(word.rstrip()) <= width
        for part in [word] if fits else BREAK.split(word):
            if cell_len(lines[-1] + part.rstrip()) <= width:
                lines[-1] += part
            else:
                lines += chop_cells(part.rstrip(), width)
                lines[-1] += part[len(part.rstrip()) :]
    found = [line.rstrip() for line in lines if line.strip()] or [""]
    return found if len(found) <= most else [*found[: most - 2], "…", found[-1]]


def least(text: str, word: int = WORD) -> int:
    """Return the cells in which a text can be wrapped well: those of its widest part, or a word."""
    if text.startswith(SERVER_NAMED):
        _, blank, last = text.partition(" ")
        return WORD + cell_len(blank + last)
    parts = [part.strip() for part in BREAK.split(text)]
    return max(min(cell_len(part), LAST if part[-1:].isdigit() else word) for part in parts)


def least_in_one_line(text: str) -> int:
    """Return the cells that a text needs in one line, in which the name of a script is short."""
    return least(text) if text.startswith(SERVER_NAMED) else cell_len(without_folder(text))


def narrow(columns: list[int], enough: list[int], room: int) -> None:
    """Take from the widest column until all fit into the room, but no more than leaves enough."""
    while sum(columns) > room:
        spare = [have if have > need else 0 for have, need in zip(columns, enough, strict=True)]
        if not any(spare):
            return
        columns[spare.index(max(spare))] -= 1
