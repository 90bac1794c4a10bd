"""The look that every page of the project shares: colours, figures, templates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

from recipe_base.errors import TopochefError

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.figure import Figure

COLOURS = ("#2f6f73", "#d9743a", "#7d5a86", "#b99a2b", "#4a78a8", "#a84a4a", "#5f8a4c")
INK, FAINT, SOFT, PAPER = "#3a352e", "#e4ddcf", "#a9a294", "#fbf8f1"
_STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.titlesize": 11,
    "axes.titlepad": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "grid.color": FAINT,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


@contextmanager
def figure(width: float, height: float, salt: str, grid: bool = False) -> Iterator[Figure]:
    """Give an empty figure of `width` × `height` inches in the style of the pages.

    `salt` keeps the ids of one page's figures apart. Raises `TopochefError` without matplotlib.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise TopochefError(
            "the report needs matplotlib: run `pip install 'topochef[eval]'`"
        ) from error
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": salt, "axes.grid": grid}):
        yield Figure(figsize=(width, height), layout="constrained")


def to_svg(figure: Any, name: str) -> str:
    """Return the bare <svg> element that stands inside a page: same figure, same bytes."""
    from markupsafe import escape

    out = StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    label = f'<svg role="img" aria-label="{escape(name)}" '
    return svg[svg.index("<svg") :].replace("<svg ", label, 1)


def pages(*packages: str, escape: bool) -> Environment:
    """Return the templates of some packages, with the page that all of them extend.

    With `escape`, whatever came from data or a model is text in the page and never markup.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in (*packages, __package__)]),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = markdown_cell
    return environment


def markdown_cell(text: str) -> str:
    r"""Return text that stays in its cell of a Markdown table and is no markup.

    >>> markdown_cell("Rice | <b>peas</b>\n*now*")
    'Rice \\| \\<b\\>peas\\</b\\> \\*now\\*'
    """
    escaped = "".join(f"\\{c}" if c in r"\|<>*_`[]&" else c for c in text)
    return " ".join(escaped.split())
