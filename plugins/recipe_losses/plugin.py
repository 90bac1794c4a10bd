"""The hooks by which Axolotl meets the losses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from axolotl.integrations.base import BasePlugin

from recipe_losses.args import RecipeLossConfig
from recipe_losses.cpu.setup import fit_model, fit_to_machine, trains_on_cpu
from recipe_losses.errors import RecipeLossError
from recipe_losses.hosts.versions import refuse_other_versions
from recipe_losses.refusals import refuse_conflicts, refuse_missing_files


class RecipeLossPlugin(BasePlugin):  # type: ignore[misc]
    """Train with the composite loss of the block `recipe_loss`."""

    def register(self, cfg: Any) -> None:
        """Refuse a host or a config that would train something else; fit any other to the machine.

        Axolotl swallows an ImportError of a plugin, so the versions are asked for before anything
        that another one may have moved is imported.
        """
        refuse_other_versions("axolotl", "transformers", "peft")
        if not cfg.get("recipe_loss"):
            raise RecipeLossError(
                "the config lists recipe_losses.plugin.RecipeLossPlugin but has no block "
                "`recipe_loss` (misspelt?): add it, or remove the plugin"
            )
        refuse_conflicts(cfg)
        refuse_missing_files(cfg)
        fit_to_machine(cfg)

    def get_input_args(self) -> str:
        """Name the model of the block."""
        return "recipe_losses.args.RecipeLossArgs"

    def load_datasets(self, cfg: Any, preprocess: bool = False) -> Any:
        """Guard the run's folder, then load and check the data before the model is loaded."""
        from recipe_losses.data import checked_datasets
        from recipe_losses.run import claim_run

        config = self._config(cfg)
        if not preprocess:
            claim_run(cfg)
        return checked_datasets(cfg, config)

    def pre_model_load(self, cfg: Any) -> None:
        """Seed what is drawn before the trainer seeds: the adapter's first weights."""
        from transformers import set_seed

        set_seed(cfg.seed or 42)

    def post_model_load(self, cfg: Any, model: Any) -> None:
        """Put the loss into the model's forward, and on a CPU operations that suit it."""
        from recipe_losses.forward import attach_objective, end_backward_at_adapters

        objective = self._config(cfg).objective()
        attach_objective(model, objective, _digits(cfg) if objective.uses("numeric") else None)
        if not cfg.gradient_checkpointing:
            end_backward_at_adapters(model)
        if trains_on_cpu():
            fit_model(model)

    def get_training_args(self, cfg: Any) -> dict[str, Any] | None:
        """Say that a CPU is meant: transformers refuses bfloat16 there unless it is told."""
        return {"use_cpu": True} if trains_on_cpu() else None

    def post_trainer_create(self, cfg: Any, trainer: Any) -> None:
        """Say how often the terms' gradients are measured."""
        trainer.gradient_shares_every = self._config(cfg).gradient_shares_every

    def add_callbacks_post_trainer(self, cfg: Any, trainer: Any) -> Any:
        """Bring the record of costs, and answers while training where the config asks for them."""
        from recipe_losses.views.cost import CostCallback

        samples = self._config(cfg).samples
        if samples is None:
            return [CostCallback(trainer)]
        from recipe_losses.hosts.axolotl import load_tokenizer
        from recipe_losses.samples import SampleCallback

        folder = Path(cfg.output_dir) / "samples"
        answers = SampleCallback(trainer, samples, load_tokenizer(cfg), folder)
        return [CostCallback(trainer), answers]

    def get_trainer_cls(self, cfg: Any) -> Any:
        """Name the trainer, whether or not the config does."""
        from recipe_losses.trainer import RecipeLossTrainer

        return RecipeLossTrainer

    def get_collator_cls_and_kwargs(self, cfg: Any, is_eval: bool = False) -> Any:
        """Bring the collator that carries the span columns, around Axolotl's own."""
        from recipe_losses.collator import span_collator
        from recipe_losses.hosts.axolotl import collator_class

        packed = cfg.eval_sample_packing if is_eval else cfg.sample_packing
        if is_eval and packed is None:
            packed = cfg.sample_packing
        return span_collator, {
            "inner_cls": collator_class(bool(packed)),
            "packed": bool(packed),
            "needs_spans": bool(self._config(cfg).kinds()),
        }

    def post_train_unload(self, cfg: Any) -> None:
        """Mark the run as complete: everything is saved."""
        from recipe_losses.run import complete_run

        complete_run(cfg)

    @staticmethod
    def _config(cfg: Any) -> RecipeLossConfig:
        block = cfg.recipe_loss
        return RecipeLossConfig.model_validate(
            block.to_dict() if hasattr(block, "to_dict") else dict(block)
        )


def _digits(cfg: Any) -> Any:
    """Find the digit tokens of the run's tokenizer."""
    from recipe_losses.hosts.axolotl import load_tokenizer
    from recipe_losses.losses import DigitVocabulary

    tokenizer = load_tokenizer(cfg)
    return DigitVocabulary.of({i: tokenizer.decode([i]) for i in range(len(tokenizer))})
