"""`recipe-eval report`: scored runs as one HTML file, with Markdown and CSV beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipe_data.errors import TopochefError
from recipe_data.files import write_text
from recipe_eval import plots
from recipe_eval.comparison import Comparison, Run, compare, load_run
from recipe_eval.curves import read_curves
from recipe_eval.gallery import choose_samples
from recipe_eval.tables import comma_separated, gain_text, markdown

TEMPLATE = "report.html.j2"


def write_report(
    folders: Sequence[Path], output: Path, baseline: str | None = None, samples: int = 6
) -> Comparison:
    """Compare scored runs and write `output`, and `.md` and `.csv` beside it.

    Raises `TopochefError` if a run is not scored, or the runs cannot be compared.
    """
    if output.suffix != ".html":
        raise TopochefError(f"--output {output}: the report is one .html file")
    comparison = compare([load_run(folder) for folder in folders], baseline)
    page = render(comparison, samples)
    write_text(output.with_suffix(".md"), markdown(comparison))
    write_text(output.with_suffix(".csv"), comma_separated(comparison))
    write_text(output, page)
    return comparison


def render(comparison: Comparison, samples: int = 6) -> str:
    """Return the page: self-contained, and everything that came from a model is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("recipe_eval"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["gain"] = gain_text
    environment.globals["colour_of"] = plots.colour_of
    curves = {run.name: read_curves(run.folder) for run in comparison.runs}
    trained = {name: run_curves for name, run_curves in curves.items() if run_curves}
    return environment.get_template(TEMPLATE).render(
        comparison=comparison,
        means=Markup(plots.plot_means(comparison)),
        gains=Markup(plots.plot_gains(comparison)) if comparison.others else None,
        losses=Markup(plots.plot_losses(trained)) if trained else None,
        samples=choose_samples(comparison, samples),
        facts=[(run, _facts(run)) for run in comparison.runs],
    )


def _facts(run: Run) -> dict[str, Any]:
    """Return what the manifest says, stage by stage, as readable JSON."""
    return {
        stage: json.dumps(facts, ensure_ascii=False, indent=2)
        for stage, facts in run.manifest.items()
    }
