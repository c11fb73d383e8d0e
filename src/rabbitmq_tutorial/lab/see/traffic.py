"""What flows: who publishes where, what exchanges route, what consumers are sent.

RabbitMQ tells this exchange by exchange and queue by queue, and only with management.rates_mode =
detailed, which the brokers that the lab starts have.
"""

from collections import defaultdict

from rabbitmq_tutorial.lab.see import snapshot
from rabbitmq_tutorial.lab.see.management import Management
from rabbitmq_tutorial.lab.see.snapshot import Row


def silence(management: Management) -> str:
    """Return why nothing is known of the producers, "" if it would be."""
    mode = management.get("overview").get("rates_mode")
    if mode == "detailed":
        return ""
    return f"no producers: this broker has management.rates_mode = {mode}, detailed tells of them"


def of_exchanges(management: Management) -> tuple[list[Row], list[Row]]:
    """Return a row for each exchange and producer, and one for each exchange and what it routes to.

    With messages and rate: how many so far, and how many in a second.
    """
    named = snapshot.names(management)
    published, routed = [], []
    for one in management.get("exchanges", management.vhost):
        name = one["name"]
        if not one.get("message_stats") or name in (".", ".."):  # such names no URL can carry
            continue
        told = management.request("GET", "exchanges", management.vhost, name or "amq.default") or {}
        by_producer: defaultdict[str, list[Row]] = defaultdict(list)
        for source in told.get("incoming") or []:
            channel = source.get("channel_details") or {}  # an empty list at times
            if channel:
                by_producer[channel["connection_name"]].append(source["stats"])
        for connection, stats in by_producer.items():
            producer = named.get(connection, snapshot.UNKNOWN)
            published.append({"exchange": name, "producer": producer, **total(stats, "publish")})
        for target in told.get("outgoing") or []:
            kind = "queue" if "queue" in target else "exchange"
            row = {"exchange": name, "kind": kind, "target": target[kind]["name"]}
            routed.append(row | total([target["stats"]], "publish"))
    return sorted(published, key=lambda row: (row["exchange"], row["producer"])), routed


def of_consumers(management: Management, consumers: list[Row]) -> list[Row]:
    """Return the consumers with what was delivered to each, in messages and rate."""
    delivered: dict[tuple[str, str], Row] = {}
    for queue in {row["queue"] for row in consumers} - {"", ".", ".."}:
        told = management.request("GET", "queues", management.vhost, queue) or {}
        for one in told.get("deliveries") or []:
            channel = one.get("channel_details") or {}
            if channel:
                delivered[queue, channel["name"]] = total([one["stats"]], "deliver_get")
    return [row | delivered.get((row["queue"], row["channel"]), {}) for row in consumers]


def total(stats: list[Row], what: str) -> Row:
    """Return messages and rate of some statistics together."""
    return {
        "messages": sum(one.get(what) or 0 for one in stats),
        "rate": sum((one.get(f"{what}_details") or {}).get("rate") or 0.0 for one in stats),
    }
