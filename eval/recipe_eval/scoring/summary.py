"""One scored run in the terminal, and what its numbers rest on."""

from __future__ import annotations

from typing import Any


def show_summary(summary: dict[str, Any]) -> None:
    """Print one run's metrics, what they rest on, and its failures by name."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{summary['run']}: {summary['recipes']} recipes, {summary['profile']}")
    for heading in ("metric", "mean", "95 % interval", "sd", "n", "rests on"):
        table.add_column(heading, justify="right" if heading in ("mean", "sd", "n") else "left")
    for facts in summary["metrics"].values():
        title = facts["title"] + (" ↓" if facts["lower_is_better"] else "")
        if facts["mean"] is None:
            table.add_row(title, "–", "does not apply", "", "0", "")
            continue
        interval = f"{facts['low']:.3f} – {facts['high']:.3f}"
        numbers = (f"{facts['mean']:.4f}", interval, f"{facts['sd']:.3f}", str(facts["n"]))
        table.add_row(title, *numbers, rests_on(facts))
    console = Console()
    console.print(table)
    for line in remarks(summary):
        console.print(line, markup=False, highlight=False)
    for reason, ids in summary["failures"].items():
        some = ", ".join(ids[:3]) + (", …" if len(ids) > 3 else "")
        console.print(f"{len(ids)} failed ({reason}): {some}", markup=False, style="yellow")


def rests_on(facts: dict[str, Any]) -> str:
    """Return which entities a metric rests on, and how well they are read.

    >>> rests_on({"rests_on": {"actions": 0.93, "all amounts": 0.994}})
    'actions .93, amounts .99'
    >>> rests_on({"rests_on": {"actions": None}}), rests_on({"rests_on": {}})
    ('actions: not measured here', '')
    """
    named = {name.split()[-1]: value for name, value in facts["rests_on"].items()}
    if None in named.values():
        return f"{', '.join(named)}: not measured here"
    return ", ".join(f"{name} {f'{value:.2f}'.lstrip('0')}" for name, value in named.items())


def remarks(summary: dict[str, Any]) -> list[str]:
    """Return what a summary says of entities and of all recipes together, one fact a line."""
    entities, diversity = summary["entities"], summary["diversity"]
    lines = [f"Entities: {entities['extractor']}"]
    if agreement := entities["agreement_with_rules"]:
        fields = (f"{name} {_or_dash(value)}" for name, value in agreement.items())
        lines.append(f"F1 with the rules: {', '.join(fields)}")
    lines.append(
        f"Of {diversity['recipes']} recipes {diversity['distinct_recipes']} are distinct, "
        f"{diversity['distinct_ingredient_lists']} by their ingredients, "
        f"{diversity['distinct_action_sequences']} by their actions"
    )
    if own := [facts for facts in summary["metrics"].values() if facts["gold"] is not None]:
        means = (f"{facts['title'].lower()} {facts['gold']:.3f}" for facts in own)
        lines.append(f"Gold itself: {', '.join(means)}")
    if diversity["copied"] is None:
        return [*lines, "Copied training recipes: not measured here (no train.jsonl)"]
    return [
        *lines,
        f"Longest run of words from one training recipe: {_or_dash(diversity['longest_match'])} of "
        f"a recipe (gold: {_or_dash(diversity['gold_longest_match'])}); "
        f"{len(diversity['copied'])} copied",
    ]


def _or_dash(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
