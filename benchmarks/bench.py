"""What is measured: whole processes, each run checked."""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pika
from pika.adapters.thread_safe_connection import Connection

from rabbitmq_tutorial.lab.run.nodes import Broker

ROOT = Path(__file__).resolve().parents[1]
BODY = b"x" * 100 + b"\n"
QUORUM = {"x-queue-type": "quorum"}
PATIENCE = 60  # seconds: a queue with a million messages may take long to answer
Job = Callable[[], float]


def reader(process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """Read what a process prints, as a terminal would."""
    return subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)


class Bench:
    """The jobs: each returns messages (or calls, or processes) a second."""

    def __init__(self, broker: Broker) -> None:
        self.environment = os.environ | broker.environment
        self.environment.pop(
            "PYTHONUNBUFFERED", None
        )  # it would cost every client's print a second system call
        self.channel = Connection(pika.URLParameters(broker.amqp_url)).channel()

    def start(self, *command: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
        """Start a script."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=stdout,
        )

    def fill(self, queue: str, count: int) -> int:
        """Make the queue anew with so many messages; return how many it held before."""
        self.channel.queue_declare(queue, durable=True, arguments=QUORUM, timeout=PATIENCE)
        held = (
            self.channel.queue_declare(queue, passive=True, timeout=PATIENCE).method.message_count
            or 0
        )
        self.channel.queue_delete(queue, timeout=PATIENCE)
        self.channel.queue_declare(queue, durable=True, arguments=QUORUM, timeout=PATIENCE)
        if count:
            self.start("work_queues/new_task.py", "-").communicate(BODY * count)
        return held

    def publish(self, count: int, *command: str) -> Job:
        """Publish so many lines from stdin."""

        def run() -> float:
            self.fill("task_queue", 0)
            began = time.perf_counter()
            process = self.start(*command)
            process.communicate(BODY * count)
            seconds = time.perf_counter() - began
            assert process.returncode == 0
            assert self.fill("task_queue", 0) == count
            return count / seconds

        return run

    def drain(self, count: int, workers: int, *command: str) -> Job:
        """Let workers do so many tasks on a terminal, from their start to the last Done."""

        def run() -> float:
            if sys.platform == "win32":
                raise OSError("Windows has no pseudo-terminals")
            self.fill("task_queue", count)
            began = time.perf_counter()
            terminals, processes = [], []
            for _ in range(workers):
                terminal, stdout = os.openpty()
                terminals.append(terminal)
                processes.append(self.start(*command, stdout=stdout))
                os.close(stdout)
            done, rest = 0, dict.fromkeys(terminals, b"")
            while done < count:
                for terminal in select.select(terminals, [], [], 30)[0]:
                    seen = rest[terminal] + os.read(terminal, 65536)
                    *lines, rest[terminal] = seen.split(b"\n")
                    done += sum(b"Done" in line for line in lines)
            seconds = time.perf_counter() - began
            for process, terminal in zip(processes, terminals, strict=True):
                process.kill()
                process.communicate()
                os.close(terminal)
            return count / seconds

        return run

    def once(self, *command: str) -> Job:
        """Send one message: the whole process."""

        def run() -> float:
            self.fill("hello", 0)
            began = time.perf_counter()
            for _ in range(10):
                assert self.start(*command).wait() == 0
            seconds = time.perf_counter() - began
            assert self.fill("hello", 0) == 10  # noqa: PLR2004
            return 10 / seconds

        return run

    def calls(self, count: int, *command: str, one_by_one: bool = False) -> Job:
        """Have so many calls answered, by one server."""

        def run() -> float:
            self.fill("rpc_queue", 0)
            server = self.start("rpc/rpc_server.py", "--prefetch", "100")
            assert server.stdout
            server.stdout.readline()
            sink = reader(server)
            client = self.start("-u", *command)
            assert client.stdin
            assert client.stdout
            got = 0
            began = time.perf_counter()
            if one_by_one:
                while got < count:
                    client.stdin.write(b"10\n")
                    client.stdin.flush()
                    while b"Got" not in client.stdout.readline():
                        pass
                    got += 1
                client.stdin.close()
                client.wait()
            else:
                output, _ = client.communicate(b"10\n" * count)
                got = output.count(b"Got 55")
            seconds = time.perf_counter() - began
            for process in server, sink:
                process.kill()
                process.communicate()
            assert got == count
            return count / seconds

        return run

    def resources(self, count: int) -> tuple[float, float]:
        """Publish so many lines; return the peak memory in MB, and CPU microseconds a message."""
        if sys.platform == "win32":
            raise OSError("Windows does not tell of a process that has ended")
        self.fill("task_queue", 0)
        process = self.start("work_queues/new_task.py", "-")
        assert process.stdin
        for _ in range(count // 1000):
            process.stdin.write(BODY * 1000)
        process.stdin.close()
        peak = 0
        status = Path(f"/proc/{process.pid}/status")
        while found := re.search(r"VmHWM:\s+(\d+)", status.read_text("utf-8")):
            peak = int(found[1])  # in kB; the line is gone when the process has ended
            time.sleep(0.01)
        _, process.returncode, used = os.wait4(process.pid, 0)
        assert process.returncode == 0
        assert self.fill("task_queue", 0) == count
        return peak / 1000, (used.ru_utime + used.ru_stime) / count * 1e6
