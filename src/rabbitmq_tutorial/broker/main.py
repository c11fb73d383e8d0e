"""The lab: start a RabbitMQ, look inside it, break it."""

from rabbitmq_tutorial.broker import lifecycle
from rabbitmq_tutorial.command_line import number, parser, run


def command() -> None:
    """Do what the command line says."""
    arguments = parser(__doc__)
    commands = arguments.add_subparsers(dest="command", metavar="COMMAND", required=True)
    up = commands.add_parser("up", help="find or start RabbitMQ, and say where it is")
    up.add_argument("--nodes", metavar="N", type=number(1, 3), default=1, help="nodes of the cluster, 1 (default) to 3")
    down = commands.add_parser("down", help="stop what up started")
    down.add_argument("--wipe", action="store_true", help="delete its data too")
    for name, what in ("kill", "end a node by SIGKILL"), ("start", "start a node again"):
        one = commands.add_parser(name, help=what)
        one.add_argument("node", metavar="NODE", type=number(1, 3), help="its number, from 1")
    options = arguments.parse_args()
    if options.command == "up":
        print(lifecycle.up(options.nodes))
    elif options.command == "down":
        print(lifecycle.down(wipe=options.wipe))
    else:
        print(lifecycle.one_node(options.command, options.node))


def main() -> None:
    """Run as the command `broker`."""
    run(command)
