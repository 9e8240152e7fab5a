"""Draws the reports' figures as SVG whose colours follow the page's theme."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainer.archs import ARCHS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Draw = Callable[["Axes"], None]

# matplotlib wants fixed colours; each stands for a CSS variable that the page defines twice,
# for light and for dark. The second colour is for a figure that is taken out of its page.
INK, FAINT, FIRST, SECOND = "#010101", "#020202", "#030303", "#040404"
VARIABLES = {
    INK: "var(--ink, #24211f)",
    FAINT: "var(--line, #ddd6cf)",
    FIRST: "var(--first, #b3324c)",
    SECOND: "var(--second, #3d7a8c)",
}
# Okabe and Ito's palette, which colour-blind readers can distinguish, darkened where it would fade
# on white. A network keeps its colour and its dashes, whichever others it is compared with.
COLOURS = (
    *("#24211f", "#c98500", "#3a9bd1", "#009e73"),
    *("#a89a00", "#0072b2", "#d55e00", "#b85c90"),
)
DASHES: tuple[Any, ...] = (
    *("-", (0, (5, 1.5)), (0, (6, 1.5, 1.5, 1.5)), (0, (1.5, 1.2))),
    *((0, (9, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (8, 1, 1, 1)), (0, (2.5, 2.5))),
)
VARIABLES |= {
    f"#0501{place:02}": f"var(--network-{place}, {colour})"
    for place, colour in enumerate(COLOURS, start=1)
}
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "malar",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
}
SIZE_INCHES = (4.6, 4.0)


def palette_place(arch: str) -> int:
    """Return the place of a network's colour in the palette, from 1."""
    return list(ARCHS).index(arch) % len(COLOURS) + 1


def colour_of(arch: str) -> str:
    """Return the colour of a network, which the page replaces by its own."""
    return f"#0501{palette_place(arch):02}"


def line_of(arch: str) -> dict[str, Any]:
    """Return the colour and the dashes of a network's line; no other network has both."""
    rounds, place = divmod(list(ARCHS).index(arch), len(COLOURS))
    return {"color": colour_of(arch), "linestyle": DASHES[(place + rounds) % len(DASHES)]}


def drawn(name: str, draw: Draw, size_inches: tuple[float, float] = SIZE_INCHES) -> str:
    """Draw a figure as SVG.

    Args:
        name: a prefix for the ids in the figure, which must be unique on a page.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size_inches, layout="constrained")
        draw(figure.add_subplot())
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return _themed(buffer.getvalue(), name)


def _themed(svg: str, prefix: str) -> str:
    """Remove the file's header, let colours follow the page, and make ids unique."""
    text = svg[svg.index("<svg") :]
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, variable)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r"url\(#", f"url(#{prefix}-", text)
    text = re.sub(r'href="#', f'href="#{prefix}-', text)
    text = re.sub(r"font: ([^;']*)'[^\"]*", r"font: \1inherit", text)
    return re.sub(r' (width|height)="[0-9.]+pt"', "", text, count=2)


def unit_square(axes: Axes, across: str, up: str, steps: int = 4) -> None:
    """Set both axes from 0 to 1, equally long."""
    at = [step / steps for step in range(steps + 1)]
    labels = [f"{value:g}" for value in at]
    axes.set_box_aspect(1)
    axes.set(xlabel=across, ylabel=up, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.set_xticks(at, labels)
    axes.set_yticks(at, labels)
