"""What the YAML may say: one closed block, `recipe_loss`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from recipe_losses.codes import code
from recipe_losses.losses.objective import TERMS, Objective, TaskMix, Topology

Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Spans = Annotated[
    list[str] | None,
    Field(default=None, min_length=1, description="Span kinds the term sees; null for all tokens"),
]

THESIS = {"blur": 0.05, "cost_scale": "absolute", "order_weight": 0.0}


class _Closed(BaseModel):
    """A block whose unknown keys are errors: a misspelt setting must not train silently."""

    model_config = ConfigDict(extra="forbid")


class CrossEntropyArgs(_Closed):
    """Settings of the cross-entropy term."""

    spans: Spans = None


class FocalArgs(_Closed):
    """Settings of the focal term."""

    gamma: float = Field(default=2.0, ge=0, le=10, description="Focusing exponent γ")
    spans: Spans = None


class DiceArgs(_Closed):
    """Settings of the Dice term."""

    epsilon: float = Field(default=1e-5, gt=0, le=1, description="Smoothing ε")
    spans: Spans = None


class TopologicalArgs(_Closed):
    """Settings of the topological term."""

    spans: list[str] = Field(min_length=1, description="Span kinds whose tokens are points")
    preset: Literal["thesis"] | None = Field(
        default=None, description="`thesis` fixes blur 0.05, cost ½‖x−y‖², no order"
    )
    blur: float = Field(default=0.05, gt=0, le=10, description="Entropic blur, ε = blur²")
    cost_scale: Literal["absolute", "relative"] = Field(
        default="absolute", description="`relative` divides costs by the embeddings' spread"
    )
    order_weight: float = Field(default=0.0, ge=0, description="λ of the cost λ(i−j)²/n²")

    @model_validator(mode="after")
    def _preset_is_literal(self) -> TopologicalArgs:
        if self.preset == "thesis":
            changed = [k for k, v in THESIS.items() if getattr(self, k) != v]
            if changed:
                raise ValueError(
                    f"recipe_loss.topological: preset `thesis` contradicts {', '.join(changed)}: "
                    "remove the preset or those keys"
                )
        return self


class RecipeLossConfig(_Closed):
    """The block `recipe_loss` of an Axolotl config."""

    tasks: dict[str, dict[str, Weight]] = Field(
        min_length=1, description="Term weights of each task; `default` for tasks not named"
    )
    cross_entropy: CrossEntropyArgs | None = None
    focal: FocalArgs | None = None
    dice: DiceArgs | None = None
    topological: TopologicalArgs | None = None

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
        if "topological" in weighted and self.topological is None:
            raise ValueError(
                "recipe_loss.topological: missing: the term needs its points, "
                "for example `topological: {spans: [ingredient], preset: thesis}`"
            )
        return self

    def kinds(self) -> set[str]:
        """Return the span kinds that the terms are restricted to."""
        return {kind for kinds in self._spans().values() for kind in kinds}

    def objective(self) -> Objective:
        """Translate names into codes: what the losses need."""
        topology = self.topology()
        return Objective(
            mixes=tuple(
                TaskMix(
                    None if task == "default" else code(task),
                    tuple(mix.get(term, 0.0) for term in TERMS),
                )
                for task, mix in self.tasks.items()
            ),
            spans={term: tuple(map(code, kinds)) for term, kinds in self._spans().items()},
            gamma=self.focal.gamma if self.focal else 2.0,
            epsilon=self.dice.epsilon if self.dice else 1e-5,
            topology=topology,
        )

    def topology(self) -> Topology:
        """Return the settings of the topological term."""
        args = self.topological
        if args is None:
            return Topology()
        return Topology(blur=args.blur, order_weight=args.order_weight, cost_scale=args.cost_scale)

    def _spans(self) -> dict[str, list[str]]:
        blocks = {term: getattr(self, term) for term in TERMS}
        return {term: block.spans for term, block in blocks.items() if block and block.spans}


class RecipeLossArgs(BaseModel):
    """What the plugin adds to Axolotl's config."""

    recipe_loss: RecipeLossConfig
