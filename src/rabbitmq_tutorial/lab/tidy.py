"""Delete and empty what the tutorial has left behind."""

import re
import sys
from collections import Counter
from contextlib import suppress
from difflib import get_close_matches

from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.see import snapshot
from rabbitmq_tutorial.lab.see.management import Management

QUEUES = ["hello", "task_queue", "rpc_queue"]
EXCHANGES = ["logs", "direct_logs", "topic_logs", "header_logs"]
POLICY = "tutorial-expire-"  # with the name of the queue behind it


def delete(names: list[str], *, force: bool) -> None:
    """Delete queues and exchanges; ask before deleting what is in use, unless forced. Raises Failure (1)."""
    with Management() as management:
        queues = {row["name"]: row for row in snapshot.queues(management)}
        exchanges = {row["name"] for row in snapshot.exchanges(management) if row["name"]}
        for name in names:
            known(name, queues.keys() | exchanges)
            if name in exchanges and name.startswith("amq."):
                raise Failure(f"exchange {name!r} is RabbitMQ's own: it cannot be deleted")
            if name in queues and queues[name]["exclusive"]:
                raise Failure(
                    f"queue {name!r} belongs to a script that runs: it goes when that ends"
                )
        bound = Counter(row["source"] for row in snapshot.bindings(management))
        for name in names if not force else []:
            if name in queues:
                messages = queues[name]["messages_ready"] + queues[name]["messages_unacknowledged"]
                consumers = queues[name]["consumers"]
                if messages or consumers:
                    agree(
                        f"queue {name!r} has {count(messages, 'message')} and {count(consumers, 'consumer')}"
                    )
            elif bound[name]:
                agree(
                    f"exchange {name!r} has {count(bound[name], 'binding')}: who listens there would hear no more"
                )
        for name in names:
            kind = "queue" if name in queues else "exchange"
            management.request("DELETE", f"{kind}s", management.vhost, name)
            print(f"deleted {kind} {name}")


def count(number: int, what: str) -> str:
    """Return so many of what, one without an s."""
    return f"{number} {what}{'s' * (number != 1)}"


def agree(situation: str) -> None:
    """Ask a person; raises Failure if there is none, or if the answer is not yes."""
    if not (sys.stdin and sys.stdin.isatty()):
        raise Failure(f"{situation}: --force deletes it nevertheless")
    answer = ""
    with suppress(EOFError):
        answer = input(f"{situation}. Delete it? [y/N] ").strip().lower()
    if answer not in ("y", "yes"):
        raise Failure("nothing deleted")


def known(name: str, names: set[str]) -> None:
    """Raise Failure for a name that does not exist, with the nearest one that does."""
    if name not in names:
        near = get_close_matches(name, [one for one in names if not one.startswith("amq.")], 1, 0)
        raise Failure(f"there is no {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def purge(name: str) -> None:
    """Delete the ready messages of a queue."""
    with Management() as management:
        queues = {row["name"]: row for row in snapshot.queues(management)}
        known(name, set(queues))
        management.request("DELETE", "queues", management.vhost, name, "contents")
        print(f"purged queue {name}: {count(queues[name]['messages_ready'], 'message')} deleted")


def expire(name: str, seconds: int) -> None:
    """Let RabbitMQ delete a queue that nobody has used for so many seconds, by a policy."""
    with Management() as management:
        known(name, {row["name"] for row in snapshot.queues(management)})
        pattern = f"^{re.escape(name)}$"
        management.request(
            "PUT",
            "policies",
            management.vhost,
            POLICY + name,
            json={
                "pattern": pattern,
                "definition": {"expires": 1000 * seconds},
                "apply-to": "queues",
            },
        )
        print(
            f"queue {name} will be deleted when nobody has used it for {seconds} s (policy {POLICY}{name})"
        )


def reset() -> None:
    """Delete everything that the tutorial declared, and nothing else."""
    with Management() as management:
        done: list[str] = []
        for kind, names in ("queues", QUEUES), ("exchanges", EXCHANGES):
            done += [
                name
                for name in names
                if management.request("DELETE", kind, management.vhost, name) is not None
            ]
        for policy in management.get("policies", management.vhost) or []:
            if policy["name"].startswith(POLICY):
                management.request("DELETE", "policies", management.vhost, policy["name"])
                done.append(policy["name"])
        print(
            f"deleted {', '.join(done)}"
            if done
            else "nothing to delete: the tutorial has left nothing behind"
        )
