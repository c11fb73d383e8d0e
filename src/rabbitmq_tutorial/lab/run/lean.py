"""RabbitMQ's folder without the plugins that nobody uses here: a node then boots in half the time.

Erlang looks for each of its thousand modules in one folder after the other, and every plugin has
one, whether it is enabled or not.
"""

import re
import shlex
from pathlib import Path

UNUSED = re.compile(
    "rabbitmq_(amqp1_0|auth_|aws|consistent_|event_|federation|jms_|mqtt|prometheus|random_|recent_"
    "|peer_discovery_(aws|consul|etcd|k8s)|sharding|shovel|stomp|stream-|stream_management|top|tracing"
    "|trust_|web_mqtt|web_stomp)"
)


def lean(server: Path, folder: Path) -> str:
    """Return what rabbitmq-env is to read, so that RabbitMQ finds in a folder what it needs.

    That is nothing where the plugins are not beside the folder of the program rabbitmq-server.
    """
    installed = server.resolve().parent.parent
    ours = folder / installed.name  # which has the version in it
    plugins = ours / "plugins"
    if not (installed / "plugins").is_dir():
        return ""
    plugins.mkdir(parents=True, exist_ok=True)
    for part in (installed / "plugins").iterdir():
        link = plugins / part.name
        if not UNUSED.match(part.name) and not link.is_symlink():
            link.symlink_to(part)
    return f"RABBITMQ_HOME={shlex.quote(str(ours))}\n"
