"""The block of every term: what the YAML may set, made from what the term's own file declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from recipe_losses.losses.terms import REGISTRY, CloudTerm, Term, TokenTerm

Kinds = Annotated[list[str], Field(min_length=1)]


class Closed(BaseModel):
    """A block whose unknown keys are errors: a misspelt setting must not train silently."""

    model_config = ConfigDict(extra="forbid")


class TermArgs(Closed):
    """Settings of a term, and the span kinds that it looks at."""

    term: ClassVar[type[Term]]

    def build(self) -> Term:
        """Return the term as it is set; ValueError for settings that contradict each other."""
        return self.term(**{f.name: getattr(self, f.name) for f in self.term.settings()})

    @model_validator(mode="after")
    def _settings_agree(self) -> TermArgs:
        try:
            self.build()
        except ValueError as error:
            raise ValueError(f"recipe_loss.{self.term.name}: {error}") from error
        return self


class TokenTermArgs(TermArgs):
    """Settings that every token term has."""

    spans: Kinds | None = Field(
        default=None, description="Span kinds the term sees; null for all tokens"
    )


class CrossEntropyArgs(TokenTermArgs):
    """Settings of the cross-entropy term."""

    span_weights: dict[str, Annotated[float, Field(gt=0, le=100)]] = Field(
        default_factory=dict,
        description="How much more a token of a kind counts in the mean; 1 for the others",
    )


class CloudTermArgs(TermArgs):
    """Settings that every cloud term has."""

    spans: Kinds = Field(description="Span kinds whose tokens are points")
    top_k: int | None = Field(
        default=None,
        ge=1,
        description="Soft embeddings of the k likeliest tokens, the mean embedding for the rest; "
        "null is exact",
    )


class NumericArgs(TermArgs):
    """Settings of the numeric term."""

    spans: Kinds = Field(default=["number"], description="Span kinds whose first number is meant")


def _block(term: type[Term]) -> type[TermArgs]:
    """Turn the settings that a term declares into a block."""
    base: type[TermArgs] = NumericArgs
    if issubclass(term, TokenTerm):
        base = CrossEntropyArgs if term.name == "cross_entropy" else TokenTermArgs
    elif issubclass(term, CloudTerm):
        base = CloudTermArgs
    types = get_type_hints(term)
    settings: dict[str, Any] = {
        f.name: (types[f.name], Field(default=f.default, **f.metadata)) for f in term.settings()
    }
    block = create_model(f"{term.__name__}Args", __base__=base, __doc__=term.__doc__, **settings)
    block.term = term
    return block


_BLOCKS = {term.name: _block(term) for term in REGISTRY}
DEFAULTS = {name: b() for name, b in _BLOCKS.items() if not b.model_fields["spans"].is_required()}
"""Blocks of the terms that need none in the YAML."""

# A type checker cannot know which terms are registered.
if TYPE_CHECKING:
    TermBlocks = Closed
else:
    TermBlocks = create_model(
        "TermBlocks",
        __base__=Closed,
        **{name: (block | None, None) for name, block in _BLOCKS.items()},
    )
