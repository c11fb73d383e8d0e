"""Bars of the rates, for the README."""

from pathlib import Path

from matplotlib import pyplot as plt


def plot(results: dict[str, dict[str, float]], machine: str, file: Path) -> None:
    """Write an SVG with a panel for each job."""
    figure, axes = plt.subplots(2, 4, figsize=(12, 5))
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, (job, rates) in zip(axes.flat, results.items(), strict=False):
        axis.set_axis_on()
        bars = axis.barh(
            list(rates), list(rates.values()), color=["#2563eb"] + ["#cbd5e1"] * (len(rates) - 1)
        )
        axis.bar_label(bars, fmt="{:,.0f}", padding=3)
        axis.invert_yaxis()
        axis.set_title(f"{job} (per second)", fontsize=10)
        axis.spines[["top", "right", "bottom"]].set_visible(False)
        axis.set_xticks([])
        axis.margins(x=0.25)
    figure.suptitle(f"More is better. {machine}", fontsize=10)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
