"""The command `broker`, where it is installed."""

from rabbitmq_tutorial.command_line import run_program
from rabbitmq_tutorial.faults import Failure

EXTRA = {"filelock", "platformdirs", "rich"}  # what the extra "lab" brings


def command() -> None:
    """Do what the command line says; raises Failure (1) without what it needs."""
    try:
        from rabbitmq_tutorial.lab.commands import run  # noqa: PLC0415 - it may not be possible

        run()
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing not in EXTRA:
            raise
        advice = 'pip install "rabbitmq-tutorial[lab]"'
        raise Failure(f"{missing} is not installed: {advice}") from None


def main() -> None:
    """Run as the command `broker`."""
    run_program(command)
