"""Bars of the rates, for docs/production.md."""

from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

OURS, THEIRS, INK, PAPER = "#2563eb", "#cbd5e1", "#1f2328", "#ffffff"
DARK = {OURS: "#4184e4", THEIRS: "#4b5563", INK: "#e6edf3", PAPER: "#12161d"}
TITLES = {  # what is measured, in words that need no explanation
    "publish from stdin": "Sending many messages",
    "drain, prefetch 1": "Empty tasks, prefetch 1",
    "drain, prefetch 100": "Empty tasks, prefetch 100",
    "workers": "Empty tasks, more workers",
    "RPC one at a time": "Questions, one after the other",
    "RPC in flight": "Questions, many at once",
    "one message": "A script for one message",
}


def plot(results: dict[str, dict[str, float]], machine: str, file: Path) -> None:
    """Write an SVG with a panel for each job, and one that says what is to be seen."""
    mpl.rcParams.update({"svg.fonttype": "none", "text.color": INK, "ytick.color": INK})
    figure, axes = plt.subplots(2, 4, figsize=(12, 5), facecolor=PAPER)
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, (job, rates) in zip(axes.flat, results.items(), strict=False):
        axis.set_axis_on()
        names = list(rates)
        if "ours" in rates:
            names.sort(key=lambda name: rates[name], reverse=True)
        colors = [THEIRS if "ours" in rates and name != "ours" else OURS for name in names]
        bars = axis.barh(names, [rates[name] for name in names], color=colors)
        axis.bar_label(bars, fmt="{:,.0f}", padding=3)
        axis.invert_yaxis()
        axis.set_title(TITLES.get(job, job), fontsize=10, loc="left")
        axis.set_facecolor(PAPER)
        axis.spines[:].set_visible(False)
        axis.tick_params(left=False)
        axis.set_xticks([])
        axis.margins(x=0.25)
    legend = f"Messages a second:\nmore is better.\n\nBlue: this tutorial.\n\n{machine}"
    axes.flat[-1].text(0, 1, legend.replace(", ", ",\n"), va="top", fontsize=10)
    figure.tight_layout(w_pad=2)
    figure.savefig(file, metadata={"Date": None})
    file.write_text(with_dark(file.read_text(encoding="utf-8")), encoding="utf-8")


def with_dark(svg: str) -> str:
    """Return the picture with other colours for who prefers a dark screen."""
    rules = [f'[style*="{light}"] {{ fill: {dark} !important }}' for light, dark in DARK.items()]
    style = "@media (prefers-color-scheme: dark) { " + " ".join(rules) + " }"
    return svg.replace("<defs>", f"<style>{style}</style>\n <defs>", 1)
