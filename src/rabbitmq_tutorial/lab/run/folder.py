"""The folder of the broker that `broker up` starts, and a lock for who starts and stops it."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rabbitmq_tutorial.command_line import print_notice
from rabbitmq_tutorial.faults import Exit, Failure


def checkout() -> Path | None:
    """Return the checkout that this file lies in; None when it was installed from a wheel."""
    folder = Path(__file__).resolve().parents[4]
    return folder if (folder / "hello_world" / "send.py").is_file() else None


def home() -> Path:
    """Return BROKER_HOME, else .broker in the checkout, else the user's folder for state."""
    if named := os.environ.get("BROKER_HOME"):
        return Path(named).resolve()
    if repository := checkout():
        return repository / ".broker"
    from platformdirs import user_state_path  # noqa: PLC0415 - takes 25 ms, and few need it

    return user_state_path("rabbitmq-tutorial", appauthor=False)


def project(count: int) -> str:
    """Return the name of this folder's broker of so many nodes.

    Docker knows names only, so the folder is in the name. A cluster does not share its data with a
    single node.
    """
    mine = hashlib.sha256(os.fsencode(home())).hexdigest()[:8]
    return f"rabbitmq-tutorial-{mine}" + (f"-{count}" if count > 1 else "")


@contextmanager
def alone(*, create: bool = False) -> Iterator[None]:
    """Wait until no other command starts or stops the broker of this folder; then others wait.

    Without a folder there is nothing to wait for, unless it is to be created. Raises Failure (2)
    for a folder that cannot be used.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - takes 50 ms; who only looks needs none

    folder = home()
    if not create and not folder.is_dir():
        yield
        return
    # It lies beside the folder, which is deleted when it is empty, while others wait.
    lock = FileLock(f"{folder}.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            print_notice("another command is starting or stopping this broker: waiting for it")
            lock.acquire()
        if create:  # it may have been wiped meanwhile
            folder.mkdir(exist_ok=True)
    except OSError as error:
        lock.release()
        raise Failure(
            f"cannot use {folder}: {error.strerror}; BROKER_HOME names another folder", Exit.USAGE
        ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # the folder is not empty; or Windows keeps the lock until released
            folder.rmdir()
            Path(lock.lock_file).unlink()
        lock.release()
