"""Comparisons as CSV: one row per profile, configuration and metric, at full precision."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any

from recipe_eval.comparing.comparison import Cell, Comparison, Row
from recipe_eval.comparing.contrasts import Contrast
from recipe_eval.comparing.runs import Configuration

COLUMNS = (
    "profile", "run", "metric", "seeds", "failed", "mean", "sd", "n", "low", "high", "seed_sd",
    "pooled", "baseline", "titles", "difference", "difference_low", "difference_high", "t", "df",
    "p", "p_corrected", "verdict", "detectable", "difference_seed_sd",
    "swing", "d", "welch_t", "welch_df",
    "welch_p", "wilcoxon_p", "bootstrap_low", "bootstrap_high", "signature",
)  # fmt: skip


def comma_separated(comparisons: Iterable[Comparison]) -> str:
    """Return all numbers of some comparisons; what there is none of is empty."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    for comparison in comparisons:
        for column, one in enumerate(comparison.configurations):
            for row in comparison.rows:
                writer.writerow(_row(comparison.profile, one, row, row.cells[column]))
    return out.getvalue()


def _row(profile: str, one: Configuration, row: Row, cell: Cell) -> dict[str, Any]:
    return {
        "profile": profile,
        "run": one.name,
        "metric": row.name,
        "seeds": len(one.runs),
        "failed": one.failed,
        **(cell.mean._asdict() if cell.mean else {"n": 0}),
        "seed_sd": cell.seed_sd,
        "pooled": cell.pooled,
        **(_contrast(cell.contrast) if cell.contrast else {}),
        "signature": cell.signature,
    }


def _contrast(one: Contrast) -> dict[str, Any]:
    effect = one.effect
    return {
        "baseline": one.theirs,
        "titles": one.titles,
        "difference": effect.mean,
        "difference_low": effect.low,
        "difference_high": effect.high,
        "t": effect.test.statistic,
        "df": effect.test.df,
        "p": effect.test.p,
        "p_corrected": one.corrected,
        "verdict": one.verdict,
        "detectable": effect.detectable,
        "difference_seed_sd": effect.seed_sd,
        "swing": one.swing,
        "d": one.d,
        "welch_t": one.welch.statistic,
        "welch_df": one.welch.df,
        "welch_p": one.welch.p,
        "wilcoxon_p": one.wilcoxon,
        "bootstrap_low": one.bootstrap.low,
        "bootstrap_high": one.bootstrap.high,
    }
