"""The package as its users get it: a wheel, in an empty environment and an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import ROOT
from rabbitmq_tutorial.lab.run.ports import free_ports

PROGRAMS = "Scripts" if sys.platform == "win32" else "bin"
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
VERSION = re.findall(r"^## \[(\d.*)\]", CHANGELOG, re.MULTILINE)[0]  # the newest


@dataclass
class Place:
    """A virtual environment, and an empty folder to use it in."""

    programs: Path
    folder: Path

    def run(
        self,
        program: str,
        *words: str | Path,
        status: int = 0,
        env: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the virtual environment, and check how it ends."""
        done = subprocess.run(
            [self.programs / program, *words],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a source distribution, and of the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return folder


def install(folder: Path, what: str) -> Place:
    """Make a virtual environment of nothing but this, and return it with an empty folder."""
    environment = folder / "environment"
    command = [sys.executable, "-m", "venv", "--without-pip", str(environment)]
    subprocess.run(command, check=True, timeout=60)
    place = Place(environment / PROGRAMS, folder / "empty")
    place.folder.mkdir()
    pip = [sys.executable, "-m", "pip", "--python", str(place.programs / "python")]
    command = [*pip, "install", "--quiet", "--no-compile", what]
    subprocess.run(command, check=True, timeout=120)
    return place


@pytest.fixture(scope="module")
def alone(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a place with the wheel and what it cannot do without."""
    return install(tmp_path_factory.mktemp("alone"), str(next(built.glob("*.whl"))))


@pytest.fixture(scope="module")
def with_lab(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a place with the wheel and its extra `lab`."""
    return install(tmp_path_factory.mktemp("lab"), f"{next(built.glob('*.whl'))}[lab]")


def test_everything_is_in_it(built: Path) -> None:
    package = ROOT / "src" / "rabbitmq_tutorial"
    files = {
        file.relative_to(package.parent).as_posix()
        for file in package.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert "rabbitmq_tutorial/lab/run/compose.yaml" in files
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        assert {name for name in wheel.namelist() if ".dist-info/" not in name} == files
    with tarfile.open(next(built.glob("*.tar.gz"))) as sources:
        names = {name.partition("/")[2] for name in sources.getnames()}
    assert {"README.md", "CHANGELOG.md", "hello_world/send.py", "tests/test_wheel.py"} <= names


def test_it_says_what_it_is(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        about = wheel.read(f"rabbitmq_tutorial-{VERSION}.dist-info/METADATA").decode()
    assert f"\nVersion: {VERSION}\n" in about
    needed = [
        line
        for line in re.findall(r"^Requires-Dist: (.*)$", about, re.MULTILINE)
        if "extra" not in line
    ]
    assert [re.split(r"\W", line)[0] for line in needed] == ["pika"]
    for minor in range(10, 15):
        assert f"\nClassifier: Programming Language :: Python :: 3.{minor}\n" in about


def test_pika_is_all_that_comes_with_it(alone: Place) -> None:
    installed = alone.programs.parent.rglob("*.dist-info")
    assert {name.name.partition("-")[0] for name in installed} == {"pika", "rabbitmq_tutorial"}
    alone.run("python", "-W", "error", "-c", "import rabbitmq_tutorial")


def test_a_script_needs_no_more(alone: Place, vhost: str) -> None:
    shutil.copy(ROOT / "hello_world" / "send.py", alone.folder)
    sent = alone.run("python", "send.py", env={"AMQP_URL": vhost})
    assert sent.stdout == " [x] Sent 'Hello World!'\n"


def test_the_lab_says_what_it_needs(alone: Place) -> None:
    said = alone.run("broker", "queues", status=1).stderr
    assert len(said.splitlines()) == 1
    assert 'pip install "rabbitmq-tutorial[lab]"' in said


@pytest.fixture
def broker_home(with_lab: Place) -> Iterator[dict[str, str]]:
    """Return what a broker has to know to be at ports and in a folder of its own; leave nothing."""
    amqp, management = free_ports(2)
    where = {
        "AMQP_URL": f"amqp://localhost:{amqp}/%2F",
        "MANAGEMENT_URL": f"http://localhost:{management}",
        "BROKER_HOME": "",
        "XDG_STATE_HOME": str(with_lab.folder.parent / "state"),
    }
    yield where
    with_lab.run("broker", "down", "--wipe", env=where)
    assert not list(with_lab.folder.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no variable names the folder for state there")
def test_the_lab_plays_its_part(with_lab: Place, broker_home: dict[str, str]) -> None:
    send = ROOT / "hello_world" / "send.py"
    assert with_lab.run("broker", "--version").stdout == f"rabbitmq-tutorial {VERSION}\n"
    assert "is up" in with_lab.run("broker", "up", env=broker_home).stdout
    assert list(Path(broker_home["XDG_STATE_HOME"]).rglob("started.json"))
    with_lab.run("python", send, env=broker_home)
    queues = with_lab.run("broker", "queues", env=broker_home).stdout
    assert "hello\t1\t0" in queues.replace("  ", "\t")
    assert "hello" in with_lab.run("broker", "picture", env=broker_home).stdout
    assert "stopped" in with_lab.run("broker", "down", env=broker_home).stdout


def test_the_demo_needs_a_checkout(with_lab: Place) -> None:
    module = "rabbitmq_tutorial.walkthrough.demo"
    said = with_lab.run("python", "-m", module, status=1).stderr
    assert len(said.splitlines()) == 1
    assert "checkout" in said
