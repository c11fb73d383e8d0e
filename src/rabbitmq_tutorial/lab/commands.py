"""Start a RabbitMQ, look inside it, clean it up, break it."""

import re
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable
from difflib import get_close_matches

from rabbitmq_tutorial.command_line import argument_parser, whole_number
from rabbitmq_tutorial.faults import Exit, Failure
from rabbitmq_tutorial.lab import tidy
from rabbitmq_tutorial.lab.run import lifecycle

# Adds a command by its name, what it calls, what it does, and a further sentence for its --help.
Add = Callable[[str, Callable[[Namespace], None], str, str], ArgumentParser]

RULE = (
    "If messages would be lost or somebody listens, it asks first;"
    " where nobody can be asked, it needs --force."
)
FORCE = "do not ask"
TABLES = {  # what to list, and a further sentence
    "queues": ("the queues with their messages and consumers", ""),
    "connections": (
        "the connections under the names of their scripts",
        "send_cnt counts the frames that RabbitMQ has sent to them, its answers included.",
    ),
    "exchanges": ("the exchanges of every kind", ""),
    "bindings": ("the bindings from exchanges to queues", ""),
    "consumers": (
        "the consumers of each queue",
        "In a pipe, and with --json, there is also their consumer_tag.",
    ),
    "nodes": ("the nodes of the cluster, with the quorum queues they lead", ""),
}
TAKE_NAMES = "delete", "purge", "expire"
MEANT = {  # words that look like none of our commands
    "status": "'nodes' or 'queues'",
    "cluster_status": "'nodes'",
    "stop": "'down'",
}


def run() -> None:
    """Do what the command line says; what only one command needs is imported by that command."""
    arguments, commands = grammar()
    check(sys.argv[1:], arguments, commands)
    options = arguments.parse_args()
    if options.version:
        do_version()
    elif options.command is None:
        raise Failure("say which command: broker --help lists them", Exit.USAGE)
    else:
        options.do(options)


def grammar() -> tuple[ArgumentParser, dict[str, ArgumentParser]]:
    """Return the parser of the command line, and the commands' own parsers by their names."""
    arguments = argument_parser(__doc__)
    arguments.add_argument("--version", action="store_true", help=SUPPRESS)
    commands = arguments.add_subparsers(dest="command", help=SUPPRESS)
    overview = [str(__doc__), ""]

    def add(name: str, do: Callable[[Namespace], None], what: str, more: str) -> ArgumentParser:
        sentence = f"{what[0].upper()}{what[1:]}."
        command = commands.add_parser(
            name, description=f"{sentence} {more}".strip(), allow_abbrev=False
        )
        command.set_defaults(do=do)
        overview.append(f"  {name:<12} {what}")
        return command

    add_running(add)
    add_looking(add)
    add_tidying(add)
    # argparse's own list of the commands is too long for a terminal of 24 lines.
    arguments.usage = "%(prog)s [-h] [--version] COMMAND ..."
    arguments.description = "\n".join(overview)
    return arguments, commands.choices


def add_running(add: Add) -> None:
    """Add the commands that start and stop a broker."""
    up = add("up", do_up, "find or start RabbitMQ, and say where it is", "")
    how_many = "nodes of the cluster, 1 (default) to 3"
    up.add_argument("--nodes", metavar="N", type=int, choices=(1, 2, 3), default=1, help=how_many)
    down = add("down", do_down, "stop what up started", "")
    down.add_argument("--wipe", action="store_true", help="delete its data too")
    add("restart", do_restart, "stop and start what up started", "")
    kill = add("kill", do_kill, "end a node without a chance to clean up", "")
    start = add("start", do_start, "start a node again", "")
    for command in kill, start:
        command.add_argument("node", metavar="NODE", type=int, choices=(1, 2, 3), help="1, 2 or 3")


def add_looking(add: Add) -> None:
    """Add the commands that show what the broker holds."""
    for name, (what, more) in TABLES.items():
        table = add(name, do_table, f"list {what}", more)
        table.add_argument("--json", action="store_true", help="for a program")
    picture = add("picture", do_picture, "draw who publishes to what, and who consumes it", "")
    picture.add_argument("--all", action="store_true", help="also what RabbitMQ comes with")
    how = picture.add_mutually_exclusive_group()
    how.add_argument("--watch", action="store_true", help="draw again every second, until Ctrl-C")
    how.add_argument("--web", action="store_true", help="show it in the browser, until Ctrl-C")
    how.add_argument("--mermaid", action="store_true", help="print a flowchart that GitHub renders")
    how.add_argument("--svg", metavar="FILE", default="", help="write an SVG picture")


def add_tidying(add: Add) -> None:
    """Add the commands that delete."""
    delete = add("delete", do_delete, "delete queues and exchanges", RULE)
    delete.add_argument("names", metavar="NAME", nargs="+")
    purge = add("purge", do_purge, "delete the messages of a queue", RULE)
    purge.add_argument("queue", metavar="QUEUE")
    reset = add(
        "reset",
        do_reset,
        "delete what the tutorial declared, and nothing else",
        "That is its queues and exchanges, and each policy whose name begins with tutorial-."
        f" (rabbitmqctl reset deletes everything, users too.) {RULE}",
    )
    for command in delete, purge, reset:
        command.add_argument("--force", action="store_true", help=FORCE)
    expire = add(
        "expire",
        do_expire,
        "have a queue deleted that nobody uses for a time",
        "RabbitMQ deletes it, messages too, when it had no consumer and nobody declared it for so"
        " many seconds. broker reset takes that back.",
    )
    expire.add_argument("queue", metavar="QUEUE")
    expire.add_argument("seconds", metavar="SECONDS", type=whole_number)


def check(words: list[str], arguments: ArgumentParser, commands: dict[str, ArgumentParser]) -> None:
    """Raise Failure (2) for a command or option that does not exist, and name the nearest."""
    parser, command = arguments, ""
    if words and not words[0].startswith("-"):
        command, *words = words
        if command not in commands:
            meant = MEANT.get(command) or near(command, list(commands))
            raise Failure(f"there is no command {command!r}{suggestion(meant)}", Exit.USAGE)
        parser = commands[command]
    if "--" in words:
        words = words[: words.index("--")]
    known = ["--help", *re.findall("--?[a-z]+", parser.format_usage())]
    for word in words:
        option = word.partition("=")[0]
        if re.match("--?[^0-9]", option) and option not in known:
            advice = suggestion(near(option, known))
            if command in TAKE_NAMES and not option.startswith("--"):
                advice = "; put -- before a name that begins with a dash"
            raise Failure(f"{parser.prog} has no option {option!r}{advice}", Exit.USAGE)


def near(word: str, known: list[str]) -> str:
    """Return the known word that looks like this one, in quotes; "" if none does."""
    found = get_close_matches(word, known, 1)
    return repr(found[0]) if found else ""


def suggestion(meant: str) -> str:
    """Return how a message goes on that may know what was meant."""
    return f"; did you mean {meant}?" if meant else " (--help lists them)"


def do_version() -> None:
    """Print the version of what is installed."""
    from importlib.metadata import version  # noqa: PLC0415 - takes 50 ms

    print(f"rabbitmq-tutorial {version('rabbitmq-tutorial')}")


def do_up(options: Namespace) -> None:
    """Find or start a broker."""
    print(lifecycle.up(options.nodes))


def do_down(options: Namespace) -> None:
    """Stop what was started."""
    print(lifecycle.down(wipe=options.wipe))


def do_restart(_: Namespace) -> None:
    """Stop and start it."""
    print(lifecycle.restart())


def do_kill(options: Namespace) -> None:
    """End a node."""
    print(lifecycle.kill(options.node))


def do_start(options: Namespace) -> None:
    """Start a node."""
    print(lifecycle.start(options.node))


def do_table(options: Namespace) -> None:
    """List queues, connections, ..."""
    from rabbitmq_tutorial.lab.see import tables  # noqa: PLC0415 - only tables need it

    note = "(this broker's messages_unacknowledged and send_cnt may be 5 s old)"
    if lifecycle.started():
        note = ""
    tables.show(options.command, as_json=options.json, note=note)


def do_picture(options: Namespace) -> None:
    """Draw what the broker holds."""
    from rabbitmq_tutorial.lab.see import watch, web  # noqa: PLC0415 - rich takes 60 ms

    if options.web:
        web.serve(everything=options.all)
    elif options.watch:
        watch.watch(everything=options.all)
    else:
        watch.once(everything=options.all, as_mermaid=options.mermaid, file=options.svg)


def do_delete(options: Namespace) -> None:
    """Delete queues and exchanges."""
    tidy.delete(options.names, force=options.force)


def do_purge(options: Namespace) -> None:
    """Empty a queue."""
    tidy.purge(options.queue, force=options.force)


def do_reset(options: Namespace) -> None:
    """Delete what the tutorial declared."""
    tidy.reset(force=options.force)


def do_expire(options: Namespace) -> None:
    """Have a queue deleted when nobody uses it."""
    tidy.expire(options.queue, options.seconds)
