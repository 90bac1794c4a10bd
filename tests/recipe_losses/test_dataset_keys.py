"""Every key that Axolotl documents for chat datasets does what it says, or is refused."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from axolotl.prompt_strategies import load
from axolotl.utils.config import validate_config
from axolotl.utils.dict import DictDefault
from axolotl.utils.schemas.datasets import SFTDataset
from torch.utils.data import RandomSampler
from transformers import AutoTokenizer

from recipe_losses.args import RecipeLossConfig
from recipe_losses.codes import code
from recipe_losses.data import checked_datasets, data_hashes
from recipe_losses.dataset_keys import CHAT, LOADING, OTHER_TYPES, TYPE
from recipe_losses.errors import RecipeLossError
from recipe_losses.plugin import RecipeLossPlugin
from recipe_losses.refusals import refuse_conflicts

pytestmark = pytest.mark.heavy

LOSS = {"tasks": {"default": {"cross_entropy": 1.0}}}
ANSWER = "Boil 2 eggs."
SPANS = [
    {"start": 5, "end": 6, "kind": "quantity", "group": 0},
    {"start": 7, "end": 11, "kind": "ingredient", "group": 0},
]
END = "<|im_end|>"
HARMONY = "{% for m in messages %}<{{ m.role }}>{{ m.content }}<|im_end|>{% endfor %}"


@pytest.fixture(scope="module")
def tokenizer(workshop):
    return AutoTokenizer.from_pretrained(workshop.folder / "tiny-init")


def row(**changes: Any) -> dict[str, Any]:
    messages = [
        {"role": "system", "content": "Cook."},
        {"role": "user", "content": "What is for breakfast?"},
        {"role": "assistant", "content": ANSWER},
    ]
    return {"id": "eggs", "task": "recipe", "messages": messages, "spans": SPANS, **changes}


def strategy(tokenizer: Any, top: dict[str, Any] | None = None, **entry: Any) -> Any:
    """As Axolotl makes it: the entry validated, the loader called by its signature."""
    entry = SFTDataset(path="x.jsonl", type=TYPE, **entry).model_dump(exclude_none=True)
    cfg = {"chat_template": "chatml", "sequence_len": 512, "recipe_loss": LOSS, **(top or {})}
    return load(TYPE, tokenizer, DictDefault(cfg), DictDefault(entry))


def tokenize(tokenizer: Any, example: dict[str, Any], **entry: Any) -> dict[str, list[int]]:
    return strategy(tokenizer, **entry).tokenize_prompt(example)


def trained(tokenizer: Any, tokens: dict[str, list[int]]) -> str:
    return tokenizer.decode([label for label in tokens["labels"] if label != -100])


def marked(tokenizer: Any, tokens: dict[str, list[int]], kind: str) -> str:
    columns = zip(tokens["input_ids"], tokens["span_kind"], strict=True)
    return tokenizer.decode([token for token, found in columns if found == code(kind)]).strip()


def test_no_key_of_axolotls_schema_is_unknown_here():
    """A key that a new Axolotl brings fails here, and is refused at run time."""
    tables = [LOADING, CHAT, OTHER_TYPES]
    for key in SFTDataset.model_fields:
        assert sum(key in table for table in tables) == 1, key
    assert set().union(*tables) == set(SFTDataset.model_fields)


@pytest.mark.parametrize(
    "key", [*OTHER_TYPES, "field_system", "shuffle", "eot_tokens", "roles_to_trian"]
)
def test_a_key_without_use_is_refused_before_axolotl_drops_it(key):
    entry = {"path": "x.jsonl", "type": TYPE, key: "x"}
    for place in ("datasets", "test_datasets"):
        with pytest.raises(RecipeLossError, match=f"`{key}`"):
            refuse_conflicts(DictDefault({"recipe_loss": LOSS, place: [entry]}))


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("train_on_inputs", "top level"),
        ("eot_tokens", "top level"),
        ("roles_to_trian", "write roles_to_train"),
        ("field_system", "call the column `system`"),
    ],
)
def test_a_refused_key_comes_with_what_to_write(key, remedy):
    entry = {"path": "x.jsonl", "type": TYPE, key: True}
    with pytest.raises(RecipeLossError, match=remedy):
        refuse_conflicts(DictDefault({"recipe_loss": LOSS, "datasets": [entry]}))


def test_settings_of_the_data_of_other_types_are_axolotls_own_affair():
    entry = {"path": "x.jsonl", "type": "completion", "field": "text"}
    refuse_conflicts(DictDefault({"recipe_loss": LOSS, "datasets": [entry]}))
    with pytest.raises(RecipeLossError, match="field"):
        refuse_conflicts(DictDefault({"recipe_loss": LOSS, "datasets": [{**entry, "type": TYPE}]}))


@pytest.mark.parametrize("key", sorted(LOADING))
def test_a_key_of_loading_passes(key, tokenizer):
    value = {"trust_remote_code": True, "shards": 2, "shards_idx": 0, "preprocess_shards": 2}
    entry = {"path": "x.jsonl", "type": TYPE, key: value.get(key, TYPE if key == "type" else "x")}
    refuse_conflicts(DictDefault({"recipe_loss": LOSS, "datasets": [entry]}))
    entry.pop("path"), entry.pop("type")
    assert tokenize(tokenizer, row(), **entry)["labels"]


def test_chat_template_and_its_text(tokenizer):
    by_name = tokenize(tokenizer, row(), chat_template="phi_4")
    assert "<|im_sep|>" in tokenizer.decode(by_name["input_ids"])
    own = tokenize(tokenizer, row(), chat_template="jinja", chat_template_jinja=HARMONY)
    assert f"<assistant>{ANSWER}" in tokenizer.decode(own["input_ids"])
    for tokens in (by_name, own):
        assert marked(tokenizer, tokens, "ingredient") == "eggs"
        assert marked(tokenizer, tokens, "quantity") == "2"


@pytest.mark.parametrize("legacy", [False, True])
def test_data_with_other_names(tokenizer, legacy):
    talk = [{"from": "human", "value": "Breakfast?"}, {"from": "gpt", "value": ANSWER}]
    example = {"id": 1, "conversations": talk, "spans": SPANS}
    keys = (
        {"message_field_role": "from", "message_field_content": "value"}
        if legacy
        else {"message_property_mappings": {"role": "from", "content": "value"}}
    )
    tokens = tokenize(tokenizer, example, field_messages="conversations", **keys)
    assert trained(tokenizer, tokens) == ANSWER + END
    assert marked(tokenizer, tokens, "ingredient") == "eggs"
    with pytest.raises(RecipeLossError, match=r"row 1 has no `messages`.*field_messages"):
        tokenize(tokenizer, example)
    with pytest.raises(RecipeLossError, match=r"row 1: message 0 has no `role`.*property_mappings"):
        tokenize(tokenizer, example, field_messages="conversations")


def test_roles(tokenizer):
    talk = [{"role": "guest", "content": "Breakfast?"}, {"role": "chef", "content": ANSWER}]
    with pytest.raises(RecipeLossError, match="'chef'"):
        tokenize(tokenizer, row(messages=talk))
    names = {"user": ["guest"], "assistant": ["chef"]}
    tokens = tokenize(tokenizer, row(messages=talk), roles=names)
    assert trained(tokenizer, tokens) == ANSWER + END
    assert "user\nBreakfast?" in tokenizer.decode(tokens["input_ids"])
    by_source = tokenize(tokenizer, row(messages=talk), roles=names, roles_to_train=["chef"])
    for key in tokens:  # numpy knows no truth of empty columns
        assert list(by_source[key]) == list(tokens[key]), key


def test_roles_to_train(tokenizer):
    tokens = tokenize(tokenizer, row(), roles_to_train=["user", "assistant"])
    assert trained(tokenizer, tokens) == f"What is for breakfast?{END}{ANSWER}{END}"
    assert marked(tokenizer, tokens, "ingredient") == "eggs"
    for none in (["user"], []):
        with pytest.raises(RecipeLossError, match="`roles_to_train"):
            tokenize(tokenizer, row(), roles_to_train=none)
    whole = strategy(tokenizer, {"train_on_inputs": True}, roles_to_train=["user"])
    assert ANSWER in trained(tokenizer, whole.tokenize_prompt(row()))


@pytest.mark.parametrize("key", ["train_on_eos", "train_on_eot"])
def test_ends_of_turns(tokenizer, key):
    other = {"train_on_eos": "train_on_eot", "train_on_eot": "train_on_eos"}[key]
    ends = {
        value: tokenize(tokenizer, row(), **{key: value, other: value})["labels"].count(
            tokenizer.eos_token_id
        )
        for value in ("none", "turn", "last", "all")
    }
    assert ends == {"none": 0, "turn": 1, "last": 1, "all": 3}


def test_training_by_message(tokenizer):
    first = {"role": "assistant", "content": "Hm.", "learn": False}
    asked = {"role": "user", "content": "Well?", "learn": True}
    answer = {"role": "assistant", "content": ANSWER}
    tokens = tokenize(
        tokenizer, row(messages=[asked, first, asked, answer]), message_field_training="learn"
    )
    assert trained(tokenizer, tokens) == f"Well?{END}Well?{END}{ANSWER}{END}"
    assert marked(tokenizer, tokens, "ingredient") == "eggs"
    masked = row(messages=[asked, {**answer, "learn": False}])
    with pytest.raises(RecipeLossError, match="row eggs: no token of its answer is trained"):
        tokenize(tokenizer, masked, message_field_training="learn")
    unclear = row(messages=[asked, {**answer, "learn": "false"}])
    with pytest.raises(RecipeLossError, match="row eggs: message 1: `learn` is 'false'"):
        tokenize(tokenizer, unclear, message_field_training="learn")
    unmarked = tokenize(tokenizer, {**masked, "spans": []}, message_field_training="learn")
    assert ANSWER not in trained(tokenizer, unmarked)


def test_training_by_characters(tokenizer):
    part = [{"begin_offset": 0, "end_offset": 4, "train": False},
            {"begin_offset": 5, "end_offset": 11, "train": True}]  # fmt: skip
    messages = [row()["messages"][1], {"role": "assistant", "content": ANSWER, "parts": part}]
    tokens = tokenize(tokenizer, row(messages=messages), message_field_training_detail="parts")
    assert "Boil" not in trained(tokenizer, tokens)
    assert "eggs" in trained(tokenizer, tokens)
    assert marked(tokenizer, tokens, "ingredient") == "eggs"


def test_parts_of_text_are_one_text(tokenizer):
    parts = [{"type": "text", "text": "Boil 2 "}, {"type": "text", "text": "eggs."}]
    messages = [row()["messages"][1], {"role": "assistant", "content": parts}]
    tokens = tokenize(tokenizer, row(messages=messages))
    assert trained(tokenizer, tokens) == ANSWER + END
    assert marked(tokenizer, tokens, "ingredient") == "eggs"
    picture = [{"type": "image_url", "image_url": {"url": "egg.png"}}, parts[0]]
    messages = [{"role": "user", "content": picture}, row()["messages"][2]]
    with pytest.raises(RecipeLossError, match=r"row eggs: message 0 \(user\)"):
        tokenize(tokenizer, row(messages=messages))


def test_drop_system_message(tokenizer):
    tokens = tokenize(tokenizer, row(), drop_system_message=True)
    assert "Cook." not in tokenizer.decode(tokens["input_ids"])
    assert marked(tokenizer, tokens, "ingredient") == "eggs"


THOUGHT = "<think>\nTwo will do.\n</think>\n\n"


def with_thought(shift: int = len(THOUGHT)) -> dict[str, Any]:
    messages = [row()["messages"][1], {"role": "assistant", "content": THOUGHT + ANSWER}]
    spans = [{**s, "start": s["start"] + shift, "end": s["end"] + shift} for s in SPANS]
    return row(messages=messages, spans=spans)


@pytest.mark.parametrize("split", [None, True])
def test_split_thinking_moves_the_spans(tokenizer, split):
    tokens = tokenize(tokenizer, with_thought(), chat_template="qwen3", split_thinking=split)
    assert THOUGHT + ANSWER in tokenizer.decode(tokens["input_ids"])
    assert marked(tokenizer, tokens, "ingredient") == "eggs"
    assert marked(tokenizer, tokens, "quantity") == "2"


def test_split_thinking_with_tags_around_the_answer(tokenizer):
    thought = "<|begin_of_thought|>Two will do.<|end_of_thought|>\n<|begin_of_solution|>\n"
    example = with_thought(len(thought))
    example["messages"][1]["content"] = f"{thought}{ANSWER}\n<|end_of_solution|>"
    tokens = tokenize(tokenizer, example, chat_template="qwen3", split_thinking=True)
    assert "<think>\nTwo will do.\n</think>\n\n" + ANSWER in tokenizer.decode(tokens["input_ids"])
    assert marked(tokenizer, tokens, "ingredient") == "eggs"


def test_spans_in_reasoning_that_is_split_off_are_refused(tokenizer):
    with pytest.raises(RecipeLossError, match=r"row eggs: span .*split_thinking"):
        tokenize(tokenizer, with_thought(shift=0), chat_template="qwen3", split_thinking=True)
    bare = with_thought()
    bare["messages"][1]["content"], bare["spans"] = THOUGHT, []
    with pytest.raises(RecipeLossError, match="row eggs: `split_thinking` leaves nothing"):
        tokenize(tokenizer, bare, chat_template="qwen3", split_thinking=True)


@pytest.mark.parametrize(
    ("template", "keys"),
    [
        ("qwen3", {"field_thinking": "because"}),
        ("thought", {"field_thinking": "because", "template_thinking_key": "thought"}),
        ("thought", {"template_thinking_key": "thought", "field_thinking": "because"}),
    ],
)
def test_reasoning_in_a_field_of_its_own(tokenizer, template, keys):
    if template == "thought":
        text = HARMONY.replace("{{ m.content }}", "{{ m.thought or '' }}{{ m.content }}")
        keys = {**keys, "chat_template": "jinja", "chat_template_jinja": text}
    else:
        keys = {**keys, "chat_template": template}
    answer = {"role": "assistant", "content": ANSWER, "because": "Two will do."}
    tokens = tokenize(tokenizer, row(messages=[row()["messages"][1], answer]), **keys)
    assert "Two will do." in tokenizer.decode(tokens["input_ids"])
    assert marked(tokenizer, tokens, "ingredient") == "eggs"


def test_tools(tokenizer):
    text = "{{ tools | default([]) | length }} tools" + HARMONY
    keys = {"chat_template": "jinja", "chat_template_jinja": text, "field_tools": "kitchen"}
    tool = {"type": "function", "function": {"name": "timer", "parameters": "{}"}}
    tokens = tokenize(tokenizer, row(kitchen=[tool]), **keys)
    assert tokenizer.decode(tokens["input_ids"]).startswith("1 tools")
    assert marked(tokenizer, tokens, "ingredient") == "eggs"


@pytest.mark.parametrize(
    "keys",
    [
        {"split_thinking": True},
        {"field_thinking": "because"},
        {"template_thinking_key": "thought"},
        {"field_tools": "kitchen"},
    ],
)
def test_what_the_template_has_no_place_for_is_refused(tokenizer, keys):
    with pytest.raises(RecipeLossError, match=f"`{next(iter(keys))}`"):
        strategy(tokenizer, **keys)


def test_a_system_column_and_messages_as_json_text(tokenizer):
    messages = json.dumps(row()["messages"][1:])
    tokens = tokenize(tokenizer, row(messages=messages, system="Be brief."))
    assert "system\nBe brief." in tokenizer.decode(tokens["input_ids"])
    assert marked(tokenizer, tokens, "ingredient") == "eggs"


def test_a_batch_is_its_rows_and_a_broken_one_is_named(tokenizer):
    made = strategy(tokenizer)
    rows = [row(), {**row(id="salt"), "system": None}]
    columns = {key: [r.get(key) for r in rows] for key in rows[1]}
    batch = made.tokenize_prompt(columns)
    assert batch["input_ids"] == [made.tokenize_prompt(row())["input_ids"]] * 2
    columns["messages"][1] = None
    with pytest.raises(RecipeLossError, match="row salt has no `messages`"):
        made.tokenize_prompt(columns)


def test_a_run_without_the_plugin_does_not_train_cross_entropy_in_silence(tokenizer, workshop):
    """Axolotl drops the block that no plugin brings, so the strategy sees a config without it."""
    raw = {
        "base_model": str(workshop.folder / "tiny-init"),
        "datasets": [{"path": str(workshop.folder / "train.jsonl"), "type": TYPE}],
        "recipe_loss": LOSS,
        "micro_batch_size": 1,
        "gradient_accumulation_steps": 1,
        "learning_rate": 0.1,
        "chat_template": "chatml",
    }
    cfg = validate_config(DictDefault(raw))
    with pytest.raises(RecipeLossError, match="plain cross-entropy: add `plugins"):
        load(TYPE, tokenizer, cfg, cfg.datasets[0])


@pytest.mark.parametrize("content", ["", "\n \n", "[]", "\ufeff"])
def test_a_file_without_rows_is_refused(content, tmp_path):
    path = tmp_path / "none.jsonl"
    path.write_text(content, encoding="utf-8")
    entry = {"path": str(path), "ds_type": "json", "type": TYPE}
    with pytest.raises(RecipeLossError, match=r"none\.jsonl is empty"):
        RecipeLossPlugin().register(DictDefault({"recipe_loss": LOSS, "datasets": [entry]}))


def sampler_of_no_rows(cfg: Any) -> Any:
    """What Axolotl does with packed rows, all of them too long."""
    RandomSampler([])


@pytest.mark.parametrize(
    ("loaded", "key"),
    [
        (lambda cfg: SimpleNamespace(train_dataset=[], eval_dataset=None), "datasets"),
        (lambda cfg: SimpleNamespace(train_dataset=[{}], eval_dataset=[]), "val_set_size"),
        (sampler_of_no_rows, "datasets"),
    ],
)
def test_data_of_which_no_row_is_left_is_not_blamed_on_a_span_kind(
    loaded, key, tmp_path, monkeypatch
):
    monkeypatch.setattr("axolotl.common.datasets.load_datasets", loaded)
    cfg = DictDefault({"sequence_len": 16, "dataset_prepared_path": str(tmp_path)})
    config = RecipeLossConfig.model_validate(
        {"tasks": {"default": {"focal": 1.0}}, "focal": {"spans": ["ingredient"]}}
    )
    with pytest.raises(RecipeLossError, match=rf"{key}: no row is left.*\(16 tokens\)"):
        checked_datasets(cfg, config)


def test_rows_are_prepared_anew_where_files_named_apart_change(tmp_path):
    path = tmp_path / "more.jsonl"
    entry = {"path": "json", "data_files": [str(path)]}
    hashes = []
    for text in ("a", "b"):
        path.write_text(text)
        hashes.append(data_hashes(DictDefault({"datasets": [entry]})))
    assert hashes[0].keys() == {str(path)}
    assert hashes[0] != hashes[1]
