"""SmolLM2, out of its package: the tokenizer, its template and the prompts, as they really are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recipe_base.files import read_manifest
from recipe_base.runs import Run
from recipe_data.cli import main as recipe_data
from recipe_export import local
from recipe_export.chat import Messages
from recipe_export.importing.command import import_gguf
from recipe_export.modelfile.go import GoTemplate
from recipe_export.modelfile.parity import check_parity
from recipe_export.modelfile.template import ollama_prompt
from recipe_export.modelfile.write import go_template, stops
from recipe_export.proofs.conversations import built_in_rows, rows_of

DEFAULT_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
ROWS = 1000


@pytest.fixture(scope="module")
def tokenizer(smollm2_tokenizer: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(smollm2_tokenizer)


@pytest.fixture(scope="module")
def native(smollm2_file: Path) -> Iterator[Any]:
    with local.vocabulary(smollm2_file) as model:
        yield model


def test_special_tokens_are_those_of_the_file(smollm2_tokenizer: Path, tokenizer: Any) -> None:
    assert tokenizer.is_fast
    assert len(tokenizer) == tokenizer.vocab_size == 49_152
    assert sorted(tokenizer.all_special_ids) == list(range(17))
    assert tokenizer.convert_ids_to_tokens([0, 1, 2, 16]) == [
        "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<empty_output>"
    ]  # fmt: skip
    named = {name: getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad", "unk")}
    assert named == {"bos": 1, "eos": 2, "pad": 2, "unk": 0}
    generation = json.loads((smollm2_tokenizer / "generation_config.json").read_text())
    assert generation == {"eos_token_id": 2, "bos_token_id": 1, "pad_token_id": 2}
    assert tokenizer("rice")["input_ids"] == tokenizer.encode("rice", add_special_tokens=False)
    assert tokenizer.decode(tokenizer("x<|im_end|>")["input_ids"], skip_special_tokens=True) == "x"


def test_digits_are_split_and_letters_are_not_normalised(tokenizer: Any) -> None:
    assert tokenizer.tokenize("1250 g") == ["1", "2", "5", "0", "Ġg"]
    composed, apart = tokenizer.encode("é"), tokenizer.encode("e\u0301")
    assert composed != apart
    assert tokenizer.decode(apart) == "e\u0301"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_any_text_has_the_ids_that_llama_cpp_gives_it(
    text: str, native: Any, tokenizer: Any
) -> None:
    assert local.token_ids(native, text) == tokenizer.encode(text, add_special_tokens=False)


def test_the_template_brings_a_system_prompt_of_its_own(tokenizer: Any) -> None:
    def rendered(*messages: dict[str, str]) -> str:
        return str(tokenizer.apply_chat_template(list(messages), tokenize=False))

    user = {"role": "user", "content": "Rice?"}
    turn = "<|im_start|>user\nRice?<|im_end|>\n"
    assert rendered(user) == f"<|im_start|>system\n{DEFAULT_SYSTEM}<|im_end|>\n{turn}"
    system = {"role": "system", "content": "Cook."}
    assert rendered(system, user) == f"<|im_start|>system\nCook.<|im_end|>\n{turn}"


@pytest.fixture(scope="module")
def run(smollm2_tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose tokenizer and template are the model's; its GGUF file is the package's."""
    folder = tmp_path_factory.mktemp("runs") / "smollm2"
    folder.mkdir()
    for name in ("adapter", "merged"):
        (folder / name).symlink_to(smollm2_tokenizer)
    return Run.open(folder)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """1,000 rows of all tasks, as training sees them."""
    data = tmp_path_factory.mktemp("data")
    corpus = ["demo-corpus", "--output", str(data), "--rows", "600"]
    assert recipe_data(corpus) == 0
    build = ["build", str(data / "corpus.csv"), "--output", str(data / "built"), "--tasks", "all"]
    assert recipe_data(build) == 0
    return rows_of(data / "built", ROWS)


def test_prompts_are_the_same_everywhere_on_a_thousand_rows(
    run: Run, rows: list[Any], smollm2_file: Path
) -> None:
    """With the project's system prompt and, every other row, with the template's own."""
    assert len(rows) == ROWS
    bare = [[m for m in row if m["role"] != "system"] for row in rows[::2]]
    asked = [*rows[1::2], *bare]
    template = GoTemplate(go_template(run, smollm2_file))
    same = {"answers": 0, "transformers": 0, "llama_cpp": 0, "modelfile": 0}
    assert check_parity(run, smollm2_file, template, asked).measured == {"rows": ROWS, **same}
    hard = built_in_rows()
    assert check_parity(run, smollm2_file, template, hard).measured == {"rows": len(hard), **same}


def test_the_modelfile_brings_the_default_system_prompt_and_stops_at_the_turns_end(
    run: Run, smollm2_file: Path
) -> None:
    go = go_template(run, smollm2_file)
    user: Messages = [{"role": "user", "content": "Rice?"}]
    assert ollama_prompt(GoTemplate(go), user) == (
        f"<|im_start|>system\n{DEFAULT_SYSTEM}<|im_end|>\n"
        "<|im_start|>user\nRice?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert "<|im_end|>" in stops(run.merged, go)


@pytest.mark.slow
def test_the_whole_model_is_proven(smollm2_file: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    line = import_gguf(smollm2_file, tmp_path / "smollm2")
    assert "134.5 million parameters as F16, token ids and tensors identical" in line
    record = read_manifest(tmp_path / "smollm2")["import"]
    assert record["tensor_types"] == {"F32": 61, "Q4_1": 210, "Q8_0": 1}
    assert record["general"]["general.license"] == "apache-2.0"
    tokens, sizes, values, logits = (check["measured"] for check in record["checks"])
    assert tokens["different"] == sizes["different"] == values["different"] == 0
    assert values["values"] == 134_515_008
    assert logits["kl"] < 1e-5
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "smollm2", dtype=torch.float32)
    config = model.config
    assert (config.rope_parameters["rope_theta"], config.rms_norm_eps) == (100_000.0, 1e-5)
    assert (config.num_hidden_layers, config.hidden_size, config.head_dim) == (30, 576, 64)
    assert (config.tie_word_embeddings, config.max_position_embeddings) == (True, 8192)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "smollm2")
    asked = [{"role": "user", "content": "What is the capital of France?"}]
    prompt = tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_tensors="pt")
    written = model.generate(**prompt, max_new_tokens=24, do_sample=False)
    answer = tokenizer.decode(written[0, prompt["input_ids"].shape[1] :])
    assert "Paris" in answer
    assert answer.endswith("<|im_end|>")
