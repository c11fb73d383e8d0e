"""A folder and ports of its own for a broker, and the command `broker` there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from forked import run_broker


def environment(home: Path, amqp: int, management: int) -> dict[str, str]:
    """Return what `broker` has to know to work in a folder and at ports of its own."""
    amqp_url, management_url = f"amqp://127.0.0.1:{amqp}/%2F", f"http://127.0.0.1:{management}"
    return {
        **os.environ,
        "BROKER_HOME": str(home),
        "AMQP_URL": amqp_url,
        "MANAGEMENT_URL": management_url,
    }


def lab(
    where: dict[str, str], *arguments: str, status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run `broker` there."""
    done = run_broker([*arguments], where, seconds=120)
    assert done.returncode == status, done.stderr
    return done
