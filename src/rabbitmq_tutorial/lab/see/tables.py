"""Rows as a table for a person, tab-separated for a pipe, or JSON for a program."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any

from rabbitmq_tutorial.lab.see import snapshot
from rabbitmq_tutorial.lab.see.management import Management
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

LEAST = 6  # cells that a shortened text has


def show(kind: str, *, as_json: bool, note: str = "") -> None:
    """Print a table of this kind; a note is for persons only."""
    with Management() as management:
        read, columns = TABLES[kind]
        rows = [{column: row[column] for column in columns} for row in read(management)]
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    lines = [columns, *([cell(value) for value in row.values()] for row in rows)]
    person = (sys.stdout and sys.stdout.isatty()) or os.environ.get(
        "TTY_COMPATIBLE"
    ) == "1"  # as rich has it
    for line in (
        aligned(lines, shutil.get_terminal_size().columns) if person else map("\t".join, lines)
    ):
        print(line)
    if person and note:
        print(note)


def aligned(lines: list[list[str]], room: int) -> Iterator[str]:
    """Yield lines whose cells stand below each other, numbers at the right, two blanks apart.

    If they are wider than the room, the widest texts are shortened; numbers never are.
    """
    from rabbitmq_tutorial.lab.see.cells import cell_len, least, pad, shorten  # noqa: PLC0415 - rich, for pipes no use

    columns = list(zip(*lines, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    needed = [
        max([LEAST, *(least(text) for text in column if " " in text or text.isdecimal())])
        for column in columns
    ]
    while sum(widths) + 2 * len(widths) - 2 > room and any(
        spare := [
            width if width > enough else 0 for width, enough in zip(widths, needed, strict=True)
        ]
    ):
        widths[spare.index(max(spare))] -= 1
    for line in lines:
        parts = [
            text.rjust(width) if text.isdecimal() else pad(shorten(text, width), width)
            for text, width in zip(line, widths, strict=True)
        ]
        yield "  ".join(parts).rstrip()


def cell(value: Any) -> str:  # noqa: ANN401 - JSON
    """Return a value in one line: no tab and no line break gets out."""
    if isinstance(value, dict):
        value = " ".join(f"{key}={content}" for key, content in sorted(value.items()))
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text
    )
