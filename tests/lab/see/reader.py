"""Mermaid's own parser, where npm is: `make test` installs it."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import subprocess
from pathlib import Path

VENV = Path(__file__).parents[3] / ".venv"


def reads_mermaid() -> bool:
    """Whether the parser is there."""
    return bool(shutil.which("node")) and (VENV / "mermaid").exists()


def read_by_mermaid(flowchart: list[str]) -> tuple[object, ...]:
    """Return what the parser sees in a flowchart: the kind of diagram, its nodes, its arrows."""
    pipes = node_process()
    assert pipes.stdin
    assert pipes.stdout
    print(json.dumps("\n".join(flowchart)), file=pipes.stdin, flush=True)
    found = json.loads(pipes.stdout.readline())
    assert isinstance(found, dict), found  # else it is an error message
    return found["type"], sorted(found["nodes"]), sorted(found["arrows"])


@functools.cache
def node_process() -> subprocess.Popen[str]:
    """Return one process for all flowcharts: starting it takes longer than reading them."""
    code = Path(__file__).with_name("mermaid.mjs").read_text(encoding="utf-8")
    command = [shutil.which("node") or "node", "--input-type=module", "--eval", code]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=VENV, stdin=pipe, stdout=pipe, encoding="utf-8")
    atexit.register(process.__exit__, None, None, None)  # closes its pipes, waits for its end
    return process
