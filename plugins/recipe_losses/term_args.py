"""The block of every term: what the YAML may set."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from recipe_losses.losses.token_terms import TOKEN_TERMS, TokenTerm

Spans = Annotated[
    list[str] | None,
    Field(default=None, min_length=1, description="Span kinds the term sees; null for all tokens"),
]
Points = Annotated[list[str], Field(min_length=1, description="Span kinds whose tokens are points")]

THESIS_GEOMETRY = {"blur": 0.05, "cost_scale": "absolute", "order_weight": 0.0, "points": "token"}


class Closed(BaseModel):
    """A block whose unknown keys are errors: a misspelt setting must not train silently."""

    model_config = ConfigDict(extra="forbid")


class TokenTermArgs(Closed):
    """Settings that every token term has."""

    spans: Spans = None


class CrossEntropyArgs(TokenTermArgs):
    """Settings of the cross-entropy term."""

    span_weights: dict[str, Annotated[float, Field(gt=0, le=100)]] = Field(
        default_factory=dict,
        description="How much more a token of a kind counts in the mean; 1 for the others",
    )


class AlignedMseArgs(Closed):
    """Settings of the control without transport: soft and gold embeddings matched by position."""

    spans: Points
    points: Literal["token", "group"] = Field(
        default="token", description="A point a token, or one, their mean, a group"
    )
    cost_scale: Literal["absolute", "relative"] = Field(
        default="absolute", description="`relative` divides costs by the embeddings' spread"
    )
    top_k: int | None = Field(
        default=None,
        ge=1,
        description="Soft embeddings of the k likeliest tokens, the mean embedding for the rest; "
        "null is exact",
    )


class TopologicalArgs(AlignedMseArgs):
    """Settings of the topological term."""

    preset: Literal["thesis"] | None = Field(
        default=None,
        description="`thesis` fixes blur 0.05, cost ½‖x−y‖², a point a token, no order",
    )
    blur: float = Field(default=0.05, gt=0, le=10, description="Entropic blur, ε = blur²")
    order_weight: float = Field(default=0.0, ge=0, description="λ of the cost λ(i−j)²/n²")
    backend: Literal["own", "geomloss"] = Field(
        default="own", description="geomloss: the slow reference, cloud by cloud"
    )

    @model_validator(mode="after")
    def _settings_agree(self) -> TopologicalArgs:
        changed = [k for k, v in THESIS_GEOMETRY.items() if getattr(self, k) != v]
        if self.preset == "thesis" and changed:
            raise ValueError(
                f"recipe_loss.topological: preset `thesis` contradicts {', '.join(changed)}: "
                "remove the preset or those keys"
            )
        if self.backend == "geomloss" and self.order_weight:
            raise ValueError(
                "recipe_loss.topological: geomloss knows no order_weight: remove one of the two"
            )
        return self


class NumericArgs(Closed):
    """Settings of the numeric term."""

    spans: list[str] = Field(
        default=["number"], min_length=1, description="Span kinds whose first number is meant"
    )


def _token_term_args(term: type[TokenTerm]) -> type[TokenTermArgs]:
    """Turn the settings that a token term declares into a block."""
    types = get_type_hints(term)
    settings: dict[str, Any] = {
        f.name: (types[f.name], Field(default=f.default, **f.metadata)) for f in fields(term)
    }
    base = CrossEntropyArgs if term.name == "cross_entropy" else TokenTermArgs
    return create_model(f"{term.__name__}Args", __base__=base, __doc__=term.__doc__, **settings)


_TOKEN_TERM_ARGS = {term.name: _token_term_args(term) for term in TOKEN_TERMS}
DEFAULTS: dict[str, Closed] = {
    **{name: args() for name, args in _TOKEN_TERM_ARGS.items()},
    "numeric": NumericArgs(),
}
"""Blocks of the terms that need none in the YAML."""

# A type checker cannot know which terms are registered.
if TYPE_CHECKING:
    TokenTermBlocks = Closed
else:
    TokenTermBlocks = create_model(
        "TokenTermBlocks",
        __base__=Closed,
        **{name: (args | None, None) for name, args in _TOKEN_TERM_ARGS.items()},
    )
