"""The command `recipe-eval tune-sampler`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.datasets import VALIDATION_FILE
from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint, sha256
from recipe_base.runs import Run
from recipe_base.writer import inside
from recipe_data.sampling import Sampler, option
from recipe_data.sampling_arguments import HELP, reader
from recipe_data.schema import WHOLE
from recipe_eval.generating.session import Session, add_model, add_part
from recipe_kitchen.asking import Decoder

FOLDER = "sampler"


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    tune = commands.add_parser(
        "tune-sampler", help="search temperature, top_p, min_p and penalty on validation titles"
    )
    add_model(tune, parallel=16)
    tune.add_argument("--titles", type=positive, default=60, help="the first N validation titles")
    tune.add_argument("--seed", type=int, default=0, help="of what is drawn (default 0)")
    tune.add_argument(
        "--grid",
        type=_axis,
        action="append",
        metavar="SETTING=X,Y",
        help="search these settings alone, at these values: temperature=0.4,0.8",
    )
    add_part(tune, "where steps are not what is searched for")
    command(tune, _tune, writes=inside("run"))


def _axis(text: str) -> tuple[str, tuple[float, ...]]:
    """Read the values of one setting.

    >>> _axis("top-p=0.9,1")
    ('top_p', (0.9, 1.0))
    """
    name, _, values = text.partition("=")
    name = name.strip().replace("-", "_")
    if name not in HELP:
        known = ", ".join(HELP)
        raise argparse.ArgumentTypeError(f"{name!r} is no setting: choose of {known}")
    try:
        return name, tuple(map(reader(name), values.split(",")))
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{option(name)}: {error}") from error


def _tune(arguments: argparse.Namespace) -> None:
    from recipe_eval.generating.requests import read_requests
    from recipe_eval.tuning.marks import Row, mark_all
    from recipe_eval.tuning.search import GRID, most_rows, search
    from recipe_eval.tuning.table import show_search

    run: Path = arguments.run
    requests = read_requests(arguments.data, arguments.titles, VALIDATION_FILE)
    session = Session(arguments)
    folder = run / FOLDER / fingerprint(_inputs(arguments, session))[:8]
    grid = dict(arguments.grid) if arguments.grid else GRID
    begun = 0

    def evaluate(sampler: Sampler) -> Row:
        nonlocal begun
        begun += 1
        print(f"{sampler} ({begun} of at most {most_rows(grid)})", file=sys.stderr)
        written = folder / str(sampler)
        # It asks once: a second try would hide what the first is worth.
        decoder = Decoder(
            arguments.max_tokens, sampler, arguments.seed, tries=1, part=arguments.part
        )
        session.predict(written, decoder, arguments.titles, VALIDATION_FILE)
        return mark_all(sampler, requests, list(Run(written).predictions.read()), arguments.part)

    found = search(evaluate, grid)
    rows = [{**row.to_dict(), **_distance(row, found.chosen)} for row in found.rows]
    facts = _facts(arguments, session, len(requests))
    chosen = found.chosen.sampler.to_dict()
    found_in = Run(run).sampler
    found_in.write({"chosen": chosen, **facts, "rows": rows})
    show_search(found, f"{run.name}: {len(requests)} validation titles, seed {arguments.seed}")
    print(found_in.path)


def _inputs(arguments: argparse.Namespace, session: Session) -> list[Any]:
    """Return what all rows of a search share: with other inputs it goes into another folder."""
    data = arguments.data / VALIDATION_FILE
    if not data.is_file():
        raise TopochefError(f"{data} does not exist: run `recipe-data build` first")
    asked = [arguments.titles, arguments.seed, arguments.max_tokens, arguments.parallel]
    asked += [] if arguments.part == WHOLE else [arguments.part]
    return [session.model, sha256(data), *asked]


def _distance(row: Any, best: Any) -> dict[str, float]:
    behind, error = row.behind(best)
    return {"behind": round(behind, 4), "behind_standard_error": round(error, 4)}


def _facts(arguments: argparse.Namespace, session: Session, titles: int) -> dict[str, Any]:
    from importlib.metadata import version

    from recipe_data.repeats import RULE
    from recipe_eval.reading.entities import code_hash
    from recipe_eval.reading.names import NAME_RULE
    from recipe_eval.tuning.marks import OBJECTIVE

    signed: Sequence[str] = (
        "sampler", OBJECTIVE, NAME_RULE, f"entities:rules-{code_hash()}", f"rule:{RULE}",
        f"n:{titles}", f"seed:{arguments.seed}", f"max:{arguments.max_tokens}",
        f"batch:{arguments.parallel}", f"part:{arguments.part}", f"v:{version('topochef')}",
    )  # fmt: skip
    return {
        "signature": "|".join(signed),
        "titles": titles,
        "seed": arguments.seed,
        "model": session.model,
    }
