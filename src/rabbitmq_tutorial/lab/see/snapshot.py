"""What the broker holds now: the rows of each table, by the names that rabbitmqctl has for the columns."""

from collections.abc import Iterable
from typing import Any

from pika.adapters.thread_safe_connection import Channel

from rabbitmq_tutorial.connection import connect
from rabbitmq_tutorial.faults import Failure
from rabbitmq_tutorial.lab.see.management import Management

Row = dict[str, Any]


def queues(management: Management) -> list[Row]:
    """Return the queues, with counts as live as the broker gives them.

    The management API's own are seconds old; in this form of the request they are not, but for quorum queues, whose
    ready messages and consumers a passive declaration tells.
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
        ready, consumers = live.get(
            queue["name"], (queue.get("messages_ready") or 0, queue.get("consumers"))
        )
        rows.append(
            {
                "name": queue["name"],
                "messages_ready": ready,
                "messages_unacknowledged": queue.get("messages_unacknowledged") or 0,
                "consumers": consumers,
                "state": queue.get("state") or "running",
                "type": queue.get("type")
                or queue.get("arguments", {}).get("x-queue-type", "classic"),
                "exclusive": bool(queue.get("exclusive")),
                "policy": queue.get("policy") or "",
                "arguments": queue.get("arguments") or {},
            }
        )
    if any(row["consumers"] is None for row in rows):  # exclusive queues: who else may ask
        known = [consumer["queue"] for consumer in consumers_of(management)]
        for row in rows:
            row["consumers"] = (
                known.count(row["name"]) if row["consumers"] is None else row["consumers"]
            )
    return sorted(rows, key=lambda row: str(row["name"]))


def expires(queue: Row, policies: set[str]) -> bool:
    """Whether a queue may be deleted when unused: to ask for it by a declaration, even a passive one, is to use it."""
    return "x-expires" in (queue.get("arguments") or {}) or queue.get("policy") in policies


def live_counts(names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return for each queue how many messages are ready and how many consumers it has, asked over AMQP."""
    counts: dict[str, tuple[int, int]] = {}
    rest = list(names)

    def ask(channel: Channel) -> None:
        while rest:
            name = (
                rest.pop()
            )  # also one whose question closes the channel: it is gone, or not for us
            answer = channel.queue_declare(name, passive=True).method
            counts[name] = answer.message_count or 0, answer.consumer_count or 0

    while rest:
        before = len(rest)
        try:
            connect(ask).close()
        except Failure:
            if len(rest) == before:  # no connection: the counts of the management API have to do
                break
    return counts


def connections(management: Management) -> list[Row]:
    """Return the connections, each under the name that it gave itself."""
    found = management.get("vhosts", management.vhost, "connections") or []
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
    found = management.get("queues", management.vhost, disable_stats="true") or []
    return [
        {
            "name": node["name"],
            "running": bool(node.get("running")),
            "leads": ", ".join(
                queue["name"] for queue in found if queue.get("leader") == node["name"]
            ),
        }
        for node in sorted(management.get("nodes") or [], key=lambda node: str(node["name"]))
    ]


def consumers_of(management: Management) -> list[Row]:
    """Return the consumers, each under the name of its connection."""
    named = {row["id"]: row["name"] for row in connections(management)}
    rows = []
    for one in management.get("consumers", management.vhost) or []:
        if not (channel := one.get("channel_details")):
            continue  # RabbitMQ's statistics have not heard of it yet, or not that it is gone
        connection = channel.get("connection_name", "")
        rows.append(
            {
                "queue": (one.get("queue") or {}).get("name", ""),
                "consumer": named.get(connection, connection) or "?",
                "prefetch_count": one.get("prefetch_count") or 0,
                "ack_required": bool(one.get("ack_required")),
                "consumer_tag": one.get("consumer_tag") or "",
            }
        )
    return sorted(rows, key=lambda row: (row["queue"], row["consumer"]))
