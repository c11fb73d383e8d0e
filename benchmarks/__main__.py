"""Measure the scripts beside other clients, and print medians and ratios.

Whole processes, as a user runs them, take turns. Every run is checked: the queue holds exactly
what was sent, every task is done, every call is answered.
"""

import os
import platform
import statistics
from datetime import datetime, timezone

from bench import ROOT, Bench, Job
from plot import plot
from rich.console import Console
from rich.table import Table

from rabbitmq_tutorial.lab.run.private import private_broker

OTHERS = "benchmarks/others"
ROUNDS = 3


def jobs(bench: Bench) -> dict[str, dict[str, Job]]:
    """Return the jobs, ours first; the others' names in order."""
    ours, official = "work_queues/new_task.py", f"{OTHERS}/official.py"
    drains = {
        f"drain, prefetch {prefetch}": {
            "ours": bench.drain(count, 1, "work_queues/worker.py", "--prefetch", str(prefetch)),
            "official": bench.drain(count, 1, official, "worker", str(prefetch)),
            "kombu": bench.drain(count, 1, f"{OTHERS}/worker_kombu.py", str(prefetch)),
            "aio-pika": bench.drain(count, 1, f"{OTHERS}/worker_aio_pika.py", str(prefetch)),
        }
        for prefetch, count in ((1, 4000), (100, 15_000))
    }
    return {
        "publish from stdin": {
            "ours": bench.publish(100_000, ours, "-"),
            "py-amqp": bench.publish(100_000, f"{OTHERS}/publish_amqp.py"),
            "aio-pika": bench.publish(50_000, f"{OTHERS}/publish_aio_pika.py"),
            "amqpstorm": bench.publish(500, f"{OTHERS}/publish_amqpstorm.py"),
            "official": bench.publish(5_000, official, "publish"),
        },
        **drains,
        "workers": {
            f"{workers}": bench.drain(15_000, workers, "work_queues/worker.py", "--prefetch", "100")
            for workers in (1, 2, 4)
        },
        "RPC one at a time": {
            "ours": bench.calls(1000, "rpc/rpc_client.py", "-", one_by_one=True),
            "official": bench.calls(1000, official, "rpc", one_by_one=True),
        },
        "RPC in flight": {
            "ours": bench.calls(5000, "rpc/rpc_client.py", "-"),
            "official": bench.calls(1000, official, "rpc"),
        },
        "one message": {
            "ours": bench.once("hello_world/send.py"),
            "official": bench.once(official, "send"),
        },
    }


def main() -> None:
    """Measure everything, print the table, write the plot."""
    console = Console()
    results: dict[str, dict[str, float]] = {}
    with private_broker() as broker:
        bench = Bench(broker)
        for job, rivals in jobs(bench).items():
            console.print(f"{job} ...", style="dim")
            runs: dict[str, list[float]] = {name: [] for name in rivals}
            for _ in range(ROUNDS):
                for name, run in rivals.items():
                    runs[name].append(run())
            results[job] = {name: statistics.median(rates) for name, rates in runs.items()}
        table = Table("job", "client", "per second", "ours / theirs")
        for job, rates in results.items():
            first = next(iter(rates.values()))
            for name, rate in rates.items():
                table.add_row(job, name, f"{rate:,.0f}", f"{first / rate:.2f}")
        console.print(table)
        (small, cheap), (large, dear) = bench.resources(100_000), bench.resources(1_000_000)
    console.print("publishing 1,000,000 lines instead of 100,000:")
    console.print(f"  peak memory {large:.0f} instead of {small:.0f} MB: ratio {large / small:.2f}")
    console.print(
        f"  CPU {dear:.1f} instead of {cheap:.1f} microseconds a message: ratio {dear / cheap:.2f}"
    )
    where = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    when = datetime.now(timezone.utc).date().isoformat()
    plot(results, f"{where}, {when}", ROOT / "pictures" / "benchmarks.svg")


if __name__ == "__main__":
    main()
