"""In which order the tests run, and which of them in one process."""

from __future__ import annotations

import pytest

# The longest begin first, so that none of them is left for the end.
EARLY = [
    "test_pages",
    "test_cluster",
    "victim",
    "test_lifecycle",  # after the others with the victim: it ends with the victim's end
    "test_demo",
    "test_wheel",
    "test_play",
]
# Tests that share what takes long to make are for one process.
TOGETHER = {
    "victim": "victim",
    "test_lifecycle": "victim",
    "test_cluster": "cluster",
    "test_pages": "pages",
    "test_picture": "mermaid",
    "test_topology": "mermaid",
    "test_wheel": "wheel",
}


def subject(item: pytest.Item) -> str:
    """Return the name by which a test is found above."""
    stem = item.path.stem
    uses_victim = "victim" in getattr(item, "fixturenames", ())
    return "victim" if uses_victim and stem != "test_lifecycle" else stem


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say in which order the tests run, and which of them in one process (--dist=loadgroup)."""
    order = {name: place for place, name in enumerate(EARLY)}
    items.sort(key=lambda item: order.get(subject(item), len(order)))
    for item in items:
        if subject(item) in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(TOGETHER[subject(item)]))
