"""What the broker holds now: rows for the tables, their columns named as in rabbitmqctl."""

import time
from collections.abc import Iterable
from typing import Any

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial.connection import connect
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.see.management import Management

Row = dict[str, Any]
UNKNOWN = "(name not known yet)"  # of a client that the management API has just heard of
REPORTED = 6.0  # seconds after which a broker with RabbitMQ's own settings has reported everything


def queues(management: Management) -> list[Row]:
    """Return the queues, with counts as live as the broker gives them.

    The management API's own are seconds old; in this form of the request they are not, but for
    quorum queues, whose ready messages and consumers a passive declaration tells.
    """
    path = "queues", management.vhost
    totals = {
        one["name"]: one
        for one in management.get(*path, disable_stats="true", enable_queue_totals="true")
    }
    # The totals of 3.10 leave out queues without a leader.
    found = [
        queue | totals.get(queue["name"], {})
        for queue in management.get(*path, disable_stats="true")
    ]
    policies = management.get("policies", management.vhost)
    expiring = {policy["name"] for policy in policies if "expires" in policy["definition"]}
    live = live_counts(
        queue["name"] for queue in found if not (queue.get("exclusive") or expires(queue, expiring))
    )
    rows = []
    for queue in found:
        counts = queue.get("messages_ready") or 0, queue.get("consumers")
        ready, consumers = live.get(queue["name"], counts)
        arguments = queue.get("arguments") or {}
        rows.append(
            {
                "name": queue["name"],
                "messages_ready": ready,
                "messages_unacknowledged": queue.get("messages_unacknowledged") or 0,
                "consumers": consumers,
                "state": queue.get("state") or "running",
                "type": queue.get("type") or arguments.get("x-queue-type", "classic"),
                "exclusive": bool(queue.get("exclusive")),
                "policy": queue.get("policy") or "",
                "arguments": arguments,
            }
        )
    if any(row["consumers"] is None for row in rows):  # exclusive queues: who else may ask
        known = [consumer["queue"] for consumer in consumers_of(management)]
        for row in rows:
            if row["consumers"] is None:
                row["consumers"] = known.count(row["name"])
    return sorted(rows, key=lambda row: str(row["name"]))


def expires(queue: Row, policies: set[str]) -> bool:
    """Whether a queue may be deleted when unused: a declaration, even a passive one, is use."""
    return "x-expires" in (queue.get("arguments") or {}) or queue.get("policy") in policies


def live_counts(names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return the ready messages and the consumers of each queue, asked over AMQP."""
    counts: dict[str, tuple[int, int]] = {}
    rest = list(names)

    def ask(channel: Channel) -> None:
        while rest:
            name = rest.pop()  # if the question closes the channel, the queue is gone, or not ours
            answer = channel.queue_declare(name, passive=True).method
            counts[name] = answer.message_count or 0, answer.consumer_count or 0

    while rest:
        before = len(rest)
        try:
            connect(ask).close()
        except Failure:
            if len(rest) == before:  # no connection: the management API's counts have to do
                break
    return counts


def connections(management: Management) -> list[Row]:
    """Return the connections, each under the name that it gave itself."""
    deadline = time.monotonic() + REPORTED
    found = management.get("vhosts", management.vhost, "connections")
    while any(is_new(connection) for connection in found) and time.monotonic() < deadline:
        time.sleep(0.1)
        found = management.get("vhosts", management.vhost, "connections")
    return sorted(
        (
            {
                "name": connection.get("user_provided_name") or connection.get("name") or "",
                "peer": f"{connection.get('peer_host', '?')}:{connection.get('peer_port', '?')}",
                "state": connection.get("state") or "",
                "user": connection.get("user") or "",
                "channels": connection.get("channels") or 0,
                "send_cnt": connection.get("send_cnt") or 0,
                "id": connection.get("name") or "",
            }
            for connection in found
        ),
        key=lambda row: (row["name"].rpartition(" ")[0], row["name"].rpartition(" ")[2].zfill(9)),
    )


def is_new(connection: Row) -> bool:
    """Whether a connection has reported only once, at its begin, before it had a channel."""
    age = time.time() - (connection.get("connected_at") or 0) / 1000
    return not connection.get("channels") and 0 <= age < REPORTED


def exchanges(management: Management) -> list[Row]:
    """Return the exchanges; the default one has the name ""."""
    names = "name", "type", "durable", "auto_delete", "internal", "arguments", "policy"
    found = management.get("exchanges", management.vhost) or []
    return sorted(
        ({name: one.get(name) for name in names} for one in found), key=lambda row: str(row["name"])
    )


def bindings(management: Management) -> list[Row]:
    """Return the bindings, those of the default exchange too."""
    names = "source", "destination", "destination_type", "routing_key", "arguments"
    found = management.get("bindings", management.vhost) or []
    rows = [{name: one.get(name) for name in names} for one in found]
    by = "source", "arguments", "routing_key", "destination"
    return sorted(rows, key=lambda row: [str(row[name]) for name in by])


def nodes(management: Management) -> list[Row]:
    """Return the nodes of the cluster, each with the quorum queues that it leads."""
    queues = management.get("queues", management.vhost, disable_stats="true")
    found = sorted(management.get("nodes"), key=lambda node: str(node["name"]))
    running = {node["name"] for node in found if node.get("running")}
    leaders = {queue["name"]: leader(queue, running) for queue in queues}
    return [
        {
            "name": node["name"],
            "running": node["name"] in running,
            "leads": ", ".join(queue for queue in leaders if leaders[queue] == node["name"]),
        }
        for node in found
    ]


def leader(queue: Row, running: set[str]) -> str:
    """Return the node that leads a quorum queue, "" if none does.

    There is a leader as long as more than half of the members run; RabbitMQ names the last one
    even after that.
    """
    members = queue.get("members") or []
    alive = running.intersection(members)
    last = queue.get("leader") or ""
    return last if last in running and 2 * len(alive) > len(members) else ""


def consumers_of(management: Management) -> list[Row]:
    """Return the consumers, each under the name of its connection."""
    named = names(management)
    rows = []
    for one in management.get("consumers", management.vhost):
        channel = one.get("channel_details")
        if not channel:
            continue  # the statistics have not heard of it yet, or not that it is gone
        rows.append(
            {
                "queue": (one.get("queue") or {}).get("name", ""),
                "consumer": named.get(channel.get("connection_name"), UNKNOWN),
                "prefetch_count": one.get("prefetch_count") or 0,
                "ack_required": bool(one.get("ack_required")),
                "consumer_tag": one.get("consumer_tag") or "",
                "channel": channel.get("name", ""),
            }
        )
    return sorted(rows, key=lambda row: (row["queue"], row["consumer"]))


def names(management: Management) -> dict[str, str]:
    """Return the names that connections gave themselves, or else their addresses."""
    return {
        one["name"]: one.get("user_provided_name") or one["name"]
        for one in management.get("vhosts", management.vhost, "connections")
    }
