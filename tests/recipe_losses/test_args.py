"""What the YAML may not say, and that the message names the key."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from recipe_losses.args import RecipeLossArgs, RecipeLossConfig
from recipe_losses.codes import code
from recipe_losses.losses import TERMS, Topological

GOOD = {
    "tasks": {"default": {"cross_entropy": 0.6, "topological": 0.4}},
    "topological": {"spans": ["ingredient"], "preset": "thesis"},
}


def test_a_good_block_becomes_an_objective():
    config = RecipeLossConfig.model_validate(GOOD)
    objective = config.objective()
    weights = dict(zip(TERMS, objective.mixes[0].weights, strict=True))
    assert {term: weight for term, weight in weights.items() if weight} == {
        "cross_entropy": 0.6,
        "topological": 0.4,
    }
    assert objective.spans == {"topological": (code("ingredient"),)}
    assert Topological(preset="thesis", blur=0.05) in objective.settings
    assert config.kinds() == {"ingredient"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"task": {}}, "task"),
        ({"tasks": {}}, "tasks"),
        ({"tasks": {"recipe": {"cross_entropy": 1.0}}}, "default"),
        ({"tasks": {"default": {"cross_entropy": 1.1}}}, "add up to 1.1"),
        ({"tasks": {"default": {"cross_entropy": -1.0, "focal": 2.0}}}, "cross_entropy"),
        ({"tasks": {"default": {"crossentropy": 1.0}}}, "crossentropy"),
        ({"focal": {"gamma": 2.0}}, "recipe_loss.focal"),
        ({"dice": {"gamma": 2.0}}, "gamma"),
        ({"topological": None}, "recipe_loss.topological"),
        ({"tasks": {"default": "thesis-topologic"}}, "no mix is called thesis-topologic"),
        ({"tasks": {"default": {"aligned_mse": 1.0}}, "topological": None}, "aligned_mse: missing"),
        ({"cross_entropy": {"span_weights": {"ingredient": 0}}}, "span_weights"),
        (
            {"topological": {"spans": ["i"], "backend": "geomloss", "order_weight": 1.0}},
            "geomloss knows no order_weight",
        ),
        ({"topological": {"spans": []}}, "spans"),
        ({"topological": {"spans": ["ingredient"], "blur": 0}}, "blur"),
        ({"topological": {"spans": ["ingredient"], "preset": "thesis", "blur": 0.1}}, "preset"),
        ({"topological": {"spans": ["ingredient"], "blurr": 0.1}}, "blurr"),
        ({"topological": {"spans": ["ingredient"], "top_k": 0}}, "top_k"),
        ({"gradient_shares_every": -1}, "gradient_shares_every"),
        ({"samples": {"row": 4}}, "samples.row"),
        (
            {
                "tasks": {"default": {"topological": 0.5, "aligned_mse": 0.5}},
                "topological": {"spans": ["ingredient"], "top_k": 8},
                "aligned_mse": {"spans": ["ingredient"]},
            },
            "give both the same top_k",
        ),
    ],
)
def test_a_bad_block_is_refused_by_name(change, named):
    with pytest.raises(ValidationError, match=named):
        RecipeLossArgs.model_validate({"recipe_loss": {**GOOD, **change}})


def test_mixes_of_the_thesis_have_names():
    config = RecipeLossConfig.model_validate(
        {
            "tasks": {"default": "thesis-mixed", "numeric": "thesis-numeric"},
            "topological": {"spans": ["ingredient"], "preset": "thesis"},
        }
    )
    assert config.tasks["default"] == {"cross_entropy": 0.6, "dice": 0.2, "topological": 0.2}
    assert config.kinds() == {"ingredient", "number"}
    assert config.objective().uses("numeric")


def test_span_weights_are_a_setting_of_cross_entropy():
    config = RecipeLossConfig.model_validate(
        {
            "tasks": {"default": {"cross_entropy": 1.0}},
            "cross_entropy": {"span_weights": {"ingredient": 2.0}},
        }
    )
    assert config.objective().span_weights == {code("ingredient"): 2.0}
    assert config.kinds() == {"ingredient"}


def test_a_block_survives_the_round_through_axolotls_config():
    config = RecipeLossArgs.model_validate({"recipe_loss": GOOD}).recipe_loss
    dumped = config.model_dump(exclude_none=True)
    assert RecipeLossConfig.model_validate(dumped) == config
