"""What lets a node boot in half the time.

Erlang looks for each of its thousand modules in one folder after the other, and every plugin has
one, whether it is enabled or not: RabbitMQ gets a folder without the plugins that nobody uses here.
And RabbitMQ loads modules one by one, on one processor: our nodes load them at once, on all.
"""

import re
import shlex
from pathlib import Path

UNUSED = re.compile(
    "rabbitmq_(amqp1_0|auth_|aws|consistent_|event_|federation|jms_|mqtt|prometheus|random_|recent_"
    "|peer_discovery_(aws|consul|etcd|k8s)|sharding|shovel|stomp|stream-|stream_management|top|tracing"
    "|trust_|web_mqtt|web_stomp)"
)

LOADED = (  # applications, in Erlang's sense, whose modules RabbitMQ loads as it boots
    "amqp10_common, amqp_client, aten, compiler, cowboy, cowlib, credentials_obfuscation, crypto,"
    " cuttlefish, inets, jsx, mnesia, observer_cli, os_mon, osiris, public_key, ra, rabbit,"
    " rabbit_common, rabbitmq_management, rabbitmq_management_agent, rabbitmq_prelaunch,"
    " rabbitmq_web_dispatch, ranch, recon, seshat, ssl, stdout_formatter, syntax_tools,"
    " sysmon_handler, systemd, tools, xmerl"
)


def at_once(mark: str) -> str:
    """Return what to set ERL_AFLAGS to: Erlang then loads all modules of LOADED before all else.

    It does so only if it was started with the flag that mark names: a node's environment is also
    that of the short-lived Erlang that starts epmd, which needs none of them.
    """
    modules = (
        f"[Modules || {{ok, _}} <- [init:get_argument({mark})], Application <- [{LOADED}],"
        " ok <- [application:load(Application)],"
        " {ok, Modules} <- [application:get_key(Application, modules)],"
        " ok <- [application:unload(Application)]]"
    )
    return f'-eval "catch code:ensure_modules_loaded(lists:append({modules}))."'


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
