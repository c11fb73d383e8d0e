"""The broker that AMQP_URL and MANAGEMENT_URL name: does it answer, and can we start it."""

from rabbitmq_tutorial.address import nodes
from rabbitmq_tutorial.connection import connect
from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab.run.nodes import Broker
from rabbitmq_tutorial.lab.run.ports import HOST, speaks_amqp
from rabbitmq_tutorial.lab.see.management import Management

HERE = {"localhost", HOST, "::1"}
LAST_PORT = 65535


def answers() -> bool:
    """Whether a broker answers at AMQP_URL; raises Failure (77) if it refuses the login."""
    known = nodes()
    plain = all(node.host in HERE and not node.ssl_options for node in known)
    if plain and not any(speaks_amqp(node.host, node.port) for node in known):
        return False  # at once; connect would have patience with a program that says nothing
    try:
        connect(lambda _: None).close()
    except Failure as failure:
        if failure.status != Exit.UNAVAILABLE:
            raise
        return False
    return True


def names(broker: Broker) -> bool:
    """Whether AMQP_URL names this broker."""
    return any(node.host in HERE and node.port in broker.amqp for node in nodes())


def need_plain_local() -> None:
    """Raise Failure (69) if what `up` starts could never be at AMQP_URL and MANAGEMENT_URL."""
    node, api = nodes()[0], Management().url
    if node.host not in HERE:
        problem = "it is not for this machine to start it"
    elif node.host == "::1":
        problem = f"broker up would start it at {HOST} only"
    elif node.ssl_options:
        problem = "broker up would start it without TLS (amqp://, not amqps://)"
    elif api.host not in HERE or api.scheme != "http":
        problem = f"broker up would start it with its management API on {HOST}, not at {api}"
    else:
        return
    raise Failure(
        f"cannot reach RabbitMQ at {node.host}:{node.port}, and {problem}", Exit.UNAVAILABLE
    )


def need_login() -> None:
    """Raise Failure if the broker that was just started refuses the login of AMQP_URL."""
    try:
        connect(lambda _: None).close()
    except Failure as failure:
        raise Failure(
            f"RabbitMQ was started, but AMQP_URL gets no connection: {failure}", failure.status
        ) from None


def ports(count: int) -> tuple[list[int], list[int]]:
    """Return the ports for AMQP and management API of so many nodes, from those in the URLs on.

    Raises Failure (2) where they overlap, or are no ports.
    """
    amqp, api = nodes()[0].port, Management().url.port
    first, second = list(range(amqp, amqp + count)), list(range(api, api + count))
    wanted = [*first, *second]
    if len(set(wanted)) < len(wanted) or min(wanted) < 1 or max(wanted) > LAST_PORT:
        raise Failure(
            f"AMQP_URL and MANAGEMENT_URL need {count} ports each, from {amqp} and {api} on",
            Exit.USAGE,
        )
    return first, second
