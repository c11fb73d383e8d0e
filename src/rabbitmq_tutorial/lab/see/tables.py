"""Rows as a table for a person, tab-separated for a pipe, or JSON for a program."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any

from rabbitmq_tutorial.lab.see import snapshot
from rabbitmq_tutorial.lab.see.management import Management
from rabbitmq_tutorial.lab.see.plain import visible
from rabbitmq_tutorial.lab.see.snapshot import Row

TABLES: dict[str, tuple[Callable[[Management], list[Row]], list[str]]] = {
    "queues": (
        snapshot.queues,
        ["name", "messages_ready", "messages_unacknowledged", "consumers", "state", "type"],
    ),
    "connections": (
        snapshot.connections,
        ["name", "peer", "state", "user", "channels", "send_cnt"],
    ),
    "exchanges": (
        snapshot.exchanges,
        ["name", "type", "durable", "auto_delete", "internal", "arguments", "policy"],
    ),
    "bindings": (
        snapshot.bindings,
        ["source", "destination", "destination_type", "routing_key", "arguments"],
    ),
    "nodes": (snapshot.nodes, ["name", "running", "leads"]),
    "consumers": (
        snapshot.consumers_of,
        ["queue", "consumer", "prefetch_count", "ack_required", "consumer_tag"],
    ),
}

FOR_PROGRAMS = {"consumer_tag"}  # columns that a terminal has no room for
LEAST = 6  # cells that a column has


def show(kind: str, *, as_json: bool, note: str = "") -> None:
    """Print a table of this kind; a note is for persons only."""
    read, columns = TABLES[kind]
    for_terminal = for_a_person() and not as_json
    if for_terminal:
        columns = [column for column in columns if column not in FOR_PROGRAMS]
    rows = [{column: row[column] for column in columns} for row in read(Management())]
    if as_json:
        text = json.dumps(rows, indent=2, ensure_ascii=False)  # which escapes ASCII's controls only
        print("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))
        return
    lines = [columns, *([cell(value) for value in row.values()] for row in rows)]
    if not for_terminal:
        print("\n".join(map("\t".join, lines)))
        return
    print("\n".join(aligned(lines, shutil.get_terminal_size().columns)))
    if note:
        print(note)


def for_a_person() -> bool:
    """Whether a terminal shows what is printed, or, as rich has it, somebody says so."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return terminal or os.environ.get("TTY_COMPATIBLE") == "1"


def aligned(lines: list[list[str]], room: int) -> Iterator[str]:
    """Yield lines whose cells stand below each other, numbers at the right, two blanks apart.

    If they are wider than the room, the widest texts go on in the next line; numbers never do.
    """
    from rabbitmq_tutorial.lab.see import cells  # noqa: PLC0415 - rich, for pipes no use

    columns = list(zip(*lines, strict=True))
    widths = [max(map(cells.cell_len, column)) for column in columns]
    heads = [cells.cell_len(head) for head in lines[0]]
    words = [cells.least(head, word=room) for head in lines[0]]
    parts = [max(map(cells.least, column)) for column in columns]
    in_one_line = [max(map(cells.least_in_one_line, column)) for column in columns]
    numbers = [max([LEAST, *(len(one) for one in column if one.isdecimal())]) for column in columns]
    levels = (heads, in_one_line), (heads, parts), (words, parts), (numbers, numbers)
    for at_least in levels:  # less and less
        enough = [max(needs) for needs in zip(*at_least, strict=True)]
        cells.narrow(widths, enough, room - 2 * (len(widths) - 1))
    for line in lines:
        wrapped = [
            [text.rjust(width)] if text.isdecimal() else cells.wrap(text, width)
            for text, width in zip(line, widths, strict=True)
        ]
        for number in range(max(map(len, wrapped))):
            texts = [part[number] if number < len(part) else "" for part in wrapped]
            padded = [cells.pad(text, width) for text, width in zip(texts, widths, strict=True)]
            yield "  ".join(padded).rstrip()


def cell(value: Any) -> str:  # noqa: ANN401 - JSON
    r"""Return a value in one line: a tab, a line break and the like are shown as \t, \n, \x1b."""
    if isinstance(value, dict):
        value = " ".join(f"{key}={content}" for key, content in sorted(value.items()))
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return visible(text)
