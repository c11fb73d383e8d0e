"""The lab: start a RabbitMQ, look inside it, clean it up, break it."""

from rabbitmq_tutorial.command_line import argument_parser, run_program, whole_number
from rabbitmq_tutorial.lab.run import lifecycle

TABLES = {
    "queues": "with their messages and consumers",
    "connections": "under the names of their scripts, with what RabbitMQ has sent to them",
    "exchanges": "of every kind",
    "bindings": "from exchanges to queues",
    "consumers": "of each queue",
    "nodes": "of the cluster, with the quorum queues that each leads",
}


def command() -> None:
    """Do what the command line says; what only one command needs is imported by that command."""
    arguments = argument_parser(__doc__)
    commands = arguments.add_subparsers(dest="command", metavar="COMMAND", required=True)
    up = commands.add_parser("up", help="find or start RabbitMQ, and say where it is")
    up.add_argument(
        "--nodes",
        metavar="N",
        type=whole_number(1, 3),
        default=1,
        help="nodes of the cluster, 1 (default) to 3",
    )
    down = commands.add_parser("down", help="stop what up started")
    down.add_argument("--wipe", action="store_true", help="delete its data too")
    for name, what in TABLES.items():
        table = commands.add_parser(name, help=f"list the {name} {what}")
        table.add_argument("--json", action="store_true", help="for a program")
    picture = commands.add_parser("picture", help="draw who publishes to what, and who consumes it")
    picture.add_argument("--all", action="store_true", help="also what RabbitMQ comes with")
    how = picture.add_mutually_exclusive_group()
    how.add_argument("--watch", action="store_true", help="draw again every second, until Ctrl-C")
    how.add_argument(
        "--web", action="store_true", help="show it in the browser, live, until Ctrl-C"
    )
    how.add_argument("--mermaid", action="store_true", help="print a flowchart that GitHub renders")
    how.add_argument("--svg", metavar="FILE", default="", help="write an SVG picture")
    delete = commands.add_parser("delete", help="delete queues and exchanges")
    delete.add_argument("names", metavar="NAME", nargs="+")
    delete.add_argument("--force", action="store_true", help="even with messages or consumers")
    commands.add_parser("purge", help="delete the messages of a queue").add_argument(
        "queue", metavar="QUEUE"
    )
    expire = commands.add_parser("expire", help="have a queue deleted that nobody uses for a time")
    expire.add_argument("queue", metavar="QUEUE")
    expire.add_argument("seconds", metavar="SECONDS", type=whole_number(1, 86_400))
    commands.add_parser(
        "reset", help="delete what the tutorial declared (rabbitmqctl reset: everything, users too)"
    )
    commands.add_parser("restart", help="stop and start what up started")
    for name, what in ("kill", "end a node by SIGKILL"), ("start", "start a node again"):
        one = commands.add_parser(name, help=what)
        one.add_argument("node", metavar="NODE", type=whole_number(1, 3), help="its number, from 1")
    options = arguments.parse_args()
    if options.command == "up":
        print(lifecycle.up(options.nodes))
    elif options.command == "down":
        print(lifecycle.down(wipe=options.wipe))
    elif options.command in ("kill", "start", "restart"):
        print(lifecycle.again(options.command, getattr(options, "node", 1)))
    elif options.command in TABLES:
        from rabbitmq_tutorial.lab.see import tables  # noqa: PLC0415

        stale = (
            ""
            if lifecycle.started()
            else "(this broker's messages_unacknowledged and send_cnt may be 5 s old)"
        )
        tables.show(options.command, as_json=options.json, note=stale)
    elif options.command == "picture":
        from rabbitmq_tutorial.lab.see import watch, web  # noqa: PLC0415 - rich takes 60 ms

        if options.web:
            web.serve(everything=options.all)
        elif options.watch:
            watch.watch(everything=options.all)
        else:
            watch.once(everything=options.all, as_mermaid=options.mermaid, file=options.svg)
    else:
        from rabbitmq_tutorial.lab import tidy  # noqa: PLC0415

        {
            "delete": lambda: tidy.delete(options.names, force=options.force),
            "purge": lambda: tidy.purge(options.queue),
            "expire": lambda: tidy.expire(options.queue, options.seconds),
            "reset": tidy.reset,
        }[options.command]()


def main() -> None:
    """Run as the command `broker`."""
    run_program(command)
