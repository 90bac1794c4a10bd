"""Run in a trainer's own environment: record what every forward gets, or what is refused.

python record.py steps FILE MODULE:FUNCTION WORD...   runs a command, and writes every micro-batch
python record.py refusals FILE CONFIG...              what the launcher says of each config
python record.py names FILE                           private names of LLaMA-Factory that are there
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def main() -> None:
    what, file, *words = sys.argv[1:]
    with Path(file).open("w") as out:
        if what == "steps":
            _steps(out, words)
        elif what == "refusals":
            _refusals(out, words)
        else:
            json.dump(_names(), out)


def _steps(out: Any, words: list[str]) -> None:
    from recipe_losses.losses.marks import OPTIONAL, PADDING
    from recipe_losses.mixin import RecipeLossMixin

    theirs = RecipeLossMixin.compute_loss

    def recording(self: Any, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        loss = theirs(self, model, inputs, *args, **kwargs)
        value = loss[0] if isinstance(loss, tuple) else loss
        mask = inputs["attention_mask"].bool()
        columns = {
            name: [row[real].tolist() for row, real in zip(inputs[name], mask, strict=True)]
            for name in ("input_ids", "labels", *PADDING, *OPTIONAL)
            if inputs.get(name) is not None
        }
        step = self.state.global_step if model.training else None
        out.write(json.dumps({"step": step, "loss": float(value), "columns": columns}) + "\n")
        out.flush()
        return loss

    RecipeLossMixin.compute_loss = recording
    command, *sys.argv[1:] = words
    module, _, function = command.partition(":")
    getattr(import_module(module), function)()


def _refusals(out: Any, configs: list[str]) -> None:
    from recipe_losses.errors import RecipeLossError
    from recipe_losses.llamafactory.launcher import run

    for config in configs:
        try:
            run(Path(config))
            said = None
        except RecipeLossError as error:
            said = str(error)
        out.write(json.dumps({"config": Path(config).stem, "said": said}) + "\n")
        out.flush()


def _names() -> dict[str, Any]:
    import inspect

    import llamafactory.data.converter as converting
    import llamafactory.data.loader as loading
    import llamafactory.train.sft.workflow as workflow
    from llamafactory.data.parser import DatasetAttr, get_dataset_list
    from llamafactory.data.processor import SupervisedDatasetProcessor
    from llamafactory.data.template import TEMPLATES
    from llamafactory.hparams import DataArguments, read_args
    from llamafactory.train.tuner import run_exp

    def parameters(function: Any) -> list[str]:
        return [*inspect.signature(function).parameters]

    chatml = TEMPLATES["chatml"]
    return {
        "get_dataset_converter is called by align_dataset":
            "get_dataset_converter" in converting.align_dataset.__code__.co_names,
        "a converter is called with one row": parameters(converting.DatasetConverter.__call__)
            == ["self", "example"],
        "align_dataset is called by the loader":
            "align_dataset" in loading._load_single_dataset.__code__.co_names,
        "_get_dataset_processor is called by the preprocessing":
            "_get_dataset_processor" in loading._get_preprocessed_dataset.__code__.co_names,
        "_get_preprocessed_dataset is called by get_dataset, with is_eval":
            "_get_preprocessed_dataset" in loading.get_dataset.__code__.co_names
            and "is_eval" in parameters(loading._get_preprocessed_dataset),
        "CustomSeq2SeqTrainer is built by run_sft":
            "CustomSeq2SeqTrainer" in workflow.run_sft.__code__.co_names,
        "_encode_data_example takes a conversation": parameters(
            SupervisedDatasetProcessor._encode_data_example)
            == ["self", "prompt", "response", "system", "tools", "images", "videos", "audios"],
        "it asks for template, tokenizer, processor and data_args": {
            "template", "tokenizer", "processor", "data_args"
        } <= {*inspect.signature(SupervisedDatasetProcessor).parameters},
        "preprocess_dataset and print_data_example are a processor's": all(
            hasattr(SupervisedDatasetProcessor, name)
            for name in ("preprocess_dataset", "print_data_example")),
        "a template writes an answer in pieces":
            chatml.format_assistant.apply(content="Rice.") == ["Rice.<|im_end|>\n"],
        "_convert_elements_to_ids turns pieces into ids":
            parameters(chatml._convert_elements_to_ids) == ["tokenizer", "elements"],
        "efficient_eos and get_stop_token_ids are a template's":
            chatml.efficient_eos is False and callable(chatml.get_stop_token_ids),
        "cutoff_len is of the data": hasattr(DataArguments(), "cutoff_len"),
        "get_dataset_list says where a dataset is": parameters(get_dataset_list)
            == ["dataset_names", "dataset_dir"]
            and {"load_from", "dataset_name"} <= {*inspect.signature(DatasetAttr).parameters},
        "read_args and run_exp take a config": parameters(read_args) == ["args"]
            and parameters(run_exp)[0] == "args",
    }  # fmt: skip


if __name__ == "__main__":
    main()
