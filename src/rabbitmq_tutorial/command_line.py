"""What every command line shares: one-line errors and exit codes."""


class Failure(Exception):  # noqa: N818 - it is what a person reads, not a name that they see
    """Ends the program with one line on stderr and an exit status (the README lists them)."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
