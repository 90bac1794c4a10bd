"""What the YAML may say: one closed block, `recipe_loss`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator, model_validator

from recipe_losses.codes import code
from recipe_losses.losses.objective import Objective, TaskMix
from recipe_losses.losses.terms import CLOUD_TERMS, TERMS
from recipe_losses.term_args import DEFAULTS, Closed, TermBlocks

Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]

THESIS_MIXES = {
    "thesis-ce": {"cross_entropy": 1.0},
    "thesis-focal": {"cross_entropy": 0.6, "focal": 0.4},
    "thesis-dice": {"cross_entropy": 0.6, "dice": 0.4},
    "thesis-topological": {"cross_entropy": 0.6, "topological": 0.4},
    "thesis-mixed": {"cross_entropy": 0.6, "dice": 0.2, "topological": 0.2},
    "thesis-numeric": {"numeric": 1.0},
}


class SamplesArgs(Closed):
    """Answers generated during training."""

    every: int = Field(default=1, ge=1, description="Evaluations from one generation to the next")
    rows: int = Field(default=4, ge=1, le=256, description="Rows of the evaluation set to answer")
    max_new_tokens: int = Field(default=512, ge=1, description="Where an answer is cut off")
    temperature: float = Field(
        default=0.6, ge=0, allow_inf_nan=False, description="0 takes the likeliest token"
    )
    top_p: float = Field(
        default=0.95, gt=0, le=1, description="Draw among the likeliest that make up this share"
    )
    min_p: float = Field(
        default=0.05, ge=0, lt=1, description="And only those with this share of the likeliest's"
    )
    repeat_penalty: float = Field(
        default=1.0,
        ge=1,
        le=2,
        description="Divides the logits of an answer's last 64 tokens where they are positive, "
        "else multiplies them; 1 is none",
    )
    seed: int = Field(default=0, ge=0, description="Of what is drawn, at every generation anew")
    json_schema: str | None = Field(
        default=None,
        description="package.module.NAME of a JSON schema that answers must follow",
    )
    metrics: str | None = Field(
        default=None,
        description="package.module.function from answers and gold answers to named numbers",
    )


class RecipeLossConfig(TermBlocks):
    """The block `recipe_loss` of an Axolotl config."""

    tasks: dict[str, dict[str, Weight]] = Field(
        min_length=1,
        description="Term weights of each task, or the name of a thesis mix; `default` for tasks "
        "not named, `numeric` for those that have `number` spans",
    )
    gradient_shares_every: int = Field(
        default=100,
        ge=0,
        description="Steps from one measurement of the terms' gradient norms to the next; 0 is off",
    )
    samples: SamplesArgs | None = None

    @field_validator("tasks", mode="before")
    @classmethod
    def _named_mixes(cls, tasks: Any) -> Any:
        if not isinstance(tasks, dict):
            return tasks
        for task, mix in tasks.items():
            if isinstance(mix, str) and mix not in THESIS_MIXES:
                raise ValueError(
                    f"recipe_loss.tasks.{task}: no mix is called {mix}: "
                    f"use {', '.join(THESIS_MIXES)}, or weights"
                )
        return {t: THESIS_MIXES[m] if isinstance(m, str) else m for t, m in tasks.items()}

    @field_validator("tasks")
    @classmethod
    def _weights_are_a_mix(cls, tasks: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        if "default" not in tasks:
            raise ValueError("recipe_loss.tasks: `default` is missing: add the mix of other tasks")
        for task, mix in tasks.items():
            if unknown := sorted(set(mix) - set(TERMS)):
                raise ValueError(
                    f"recipe_loss.tasks.{task}: unknown term {', '.join(unknown)}: "
                    f"use {', '.join(TERMS)}"
                )
            if abs(sum(mix.values()) - 1) > 1e-6:
                raise ValueError(
                    f"recipe_loss.tasks.{task}: the weights add up to {sum(mix.values()):g}, "
                    "not to 1: a mix must add up to 1"
                )
        return tasks

    @model_validator(mode="after")
    def _terms_and_blocks_agree(self) -> RecipeLossConfig:
        weighted = {term for mix in self.tasks.values() for term, w in mix.items() if w}
        for term in TERMS:
            if getattr(self, term) is not None and term not in weighted:
                raise ValueError(
                    f"recipe_loss.{term}: has settings but no weight in recipe_loss.tasks: "
                    "give it a weight or remove the block"
                )
        for term in TERMS:
            if term in weighted and self._block(term) is None:
                raise ValueError(
                    f"recipe_loss.{term}: missing: the term needs its points, "
                    f"for example `{term}: {{spans: [ingredient]}}`"
                )
        if len(set(self._top_ks().values())) > 1:
            raise ValueError(
                f"recipe_loss: {' and '.join(self._top_ks())} share their soft embeddings: "
                "give both the same top_k"
            )
        return self

    def kinds(self) -> set[str]:
        """Return the span kinds that the run's terms look at."""
        restricted = {kind for kinds in self._spans().values() for kind in kinds}
        return restricted | set(self._block("cross_entropy").span_weights)

    def objective(self) -> Objective:
        """Translate names into codes: what the losses need."""
        weights = self._block("cross_entropy").span_weights
        return Objective(
            mixes=tuple(
                TaskMix(
                    None if task == "default" else code(task),
                    tuple(mix.get(term, 0.0) for term in TERMS),
                )
                for task, mix in self.tasks.items()
            ),
            spans={term: tuple(map(code, kinds)) for term, kinds in self._spans().items()},
            settings=tuple(block.build() for term in TERMS if (block := self._block(term))),
            span_weights={code(kind): weight for kind, weight in weights.items()},
            top_k=next(iter(self._top_ks().values()), None),
        )

    def _block(self, term: str) -> Any:
        """Return a term's block or the default one; None for a term that needs one and has none."""
        return getattr(self, term) or DEFAULTS.get(term)

    def _top_ks(self) -> dict[str, int | None]:
        """Return the `top_k` of every cloud term that has a block."""
        names = (term.name for term in CLOUD_TERMS)
        return {name: block.top_k for name in names if (block := getattr(self, name))}

    def _spans(self) -> dict[str, list[str]]:
        weighted = {term for mix in self.tasks.values() for term, w in mix.items() if w}
        blocks = {term: self._block(term) for term in TERMS if term in weighted}
        return {term: block.spans for term, block in blocks.items() if block.spans}


class RecipeLossArgs(BaseModel):
    """What the plugin adds to Axolotl's config."""

    recipe_loss: RecipeLossConfig
