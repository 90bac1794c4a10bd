"""What a build did, as a table in the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from recipe_base.datasets import LINES


def print_facts(facts: dict[str, Any]) -> None:
    """Print what a build kept, rejected, split and checked."""
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    rows = facts["rows"]
    table.add_row("rows read", f"{rows['read']:,}")
    table.add_row("[bold]kept[/bold]", f"[bold]{rows['kept']:,}[/bold]")
    for reason, count in sorted(rows["rejected"].items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"rejected: {reason}", f"{count:,}")
    table.add_section()
    if lines := facts["inputs"].get(LINES):
        table.add_row("lines of answers", lines)
    for split, count in facts["splits"].items():
        table.add_row(split, f"{count:,}")
    for split, grounded in facts.get("grounded", {}).items():
        table.add_row(
            f"{split} rows that lean on recipes, nearness of the nearest",
            f"{grounded['rows']:,} / {grounded['nearest']:.2f}",
        )
    if others := facts.get("others"):
        table.add_row("texts of other dishes, for pretraining", f"{others['texts']:,}")
    if "tasks" in facts["inputs"] or "consensus" in facts["inputs"]:
        table.add_section()
        for task in sorted({task for counts in facts["tasks"].values() for task in counts}):
            counts = [facts["tasks"][split].get(task, 0) for split in facts["splits"]]
            table.add_row(f"{task}, by split", " / ".join(f"{count:,}" for count in counts))
    if approved := facts.get("approved_questions"):
        share = f"{approved['used']:,} / {approved['given']:,}"
        table.add_row("approved questions used, of those given", share)
    overlap = facts["largest_title_overlap"]
    table.add_section()
    table.add_row("groups of alike recipes", f"{facts['groups']:,}")
    table.add_row("largest group", f"{facts['largest_group']['recipes']:,}")
    table.add_row("largest title overlap, test to train", f"{overlap['similarity']:.2f}")
    similarity = facts["largest_similarity"]["similarity"]
    table.add_row("largest similarity with ingredients", f"{similarity:.2f}")
    table.add_row("recipes that state servings", f"{facts['with_servings']:,}")
    table.add_row("headers, notes and credits dropped", f"{facts['dropped_lines']:,}")
    if conversion := facts.get("conversion"):
        _add_conversion(table, conversion)
    Console().print(table)


def _add_conversion(table: Table, conversion: dict[str, Any]) -> None:
    table.add_section()
    table.add_row("lines and steps that a model read", f"{conversion['checked_texts']:,}")
    for field, count in conversion["disagreements"].items():
        table.add_row(f"unlike the rules: {field}", f"{count:,}")
    for reason, count in conversion["fallbacks"].items():
        table.add_row(f"left to the rules: {reason}", f"{count:,}")
