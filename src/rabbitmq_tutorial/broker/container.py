"""RabbitMQ in containers, through the checkout's compose.yaml."""

from __future__ import annotations

import os
import shutil
import subprocess

from rabbitmq_tutorial.broker.nodes import ROOT, Broker, Ports, output


def has_docker() -> bool:
    """Whether a Docker engine with Compose answers: the client alone is installed on many machines without one."""
    if not shutil.which("docker"):
        return False
    return all(
        subprocess.run(["docker", *words], capture_output=True, check=False).returncode == 0  # noqa: S603, S607
        for words in (["info"], ["compose", "version"])
    )


class Containers(Broker):
    """A Compose project of one node, or of three."""

    def __init__(self, ports: list[Ports], project: str) -> None:
        super().__init__(ports)
        self.project = project

    def compose(self, *words: str) -> str:
        """Run docker compose on this project and return its output; raises Failure with its complaint."""
        environment = dict(os.environ)
        for number, node in enumerate(self.ports, 1):
            environment |= {f"AMQP_PORT_{number}": str(node.amqp), f"HTTP_PORT_{number}": str(node.http)}
        command = ["docker", "compose", "--project-name", self.project, "--file", str(ROOT / "compose.yaml")]
        return output([*command, "--profile", "cluster", *words], environment)

    def node_name(self, node: int) -> str:
        return f"rabbit@rabbit{node}"

    def _launch(self, node: int) -> None:
        self.compose("up", "--detach", "--quiet-pull", f"rabbit{node}")

    def is_running(self, node: int = 1) -> bool:
        return bool(self.compose("ps", "--quiet", "--status", "running", f"rabbit{node}").strip())

    def log_hint(self, node: int) -> str:
        return f"docker compose --project-name {self.project} logs rabbit{node}"

    def stop(self, node: int = 1) -> None:
        self.compose("stop", f"rabbit{node}")

    def kill(self, node: int = 1) -> None:
        self.compose("kill", f"rabbit{node}")

    def down(self) -> None:
        self.compose("down", "--volumes", "--timeout", "3")

    def ctl(self, *arguments: str, node: int = 1) -> str:
        return self.compose("exec", "--no-TTY", f"rabbit{node}", "gosu", "rabbitmq", "rabbitmqctl", "--quiet", *arguments)
