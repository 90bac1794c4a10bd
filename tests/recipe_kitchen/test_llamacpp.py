"""The backend with a real model file: valid JSON whatever the weights say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recipe_base.errors import TopochefError
from recipe_data.prompts import recipe_messages
from recipe_data.sampling import DEFAULT, GREEDY, Sampler
from recipe_data.schema import ANSWER_SCHEMA, MAX_INGREDIENTS, MAX_INSTRUCTIONS
from recipe_kitchen.answers import read_beginning
from recipe_kitchen.backends import Job, write
from recipe_kitchen.backends.decoding.lanes import Step
from recipe_kitchen.backends.llamacpp import LlamaCpp

HOT = Sampler(1.5, top_p=1.0, min_p=0.0)
SMALL = {
    "type": "object",
    "properties": {"say": {"type": "string", "minLength": 1, "maxLength": 40}},
    "required": ["say"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def backend(tiny_gguf: Path) -> LlamaCpp:
    return LlamaCpp(tiny_gguf, context_tokens=1024, threads=1)


def test_hot_random_weights_still_write_valid_answers(backend: LlamaCpp) -> None:
    reasons = []
    for seed in range(25):
        completion = backend.complete(
            recipe_messages("Rice"), ANSWER_SCHEMA, 700, Sampler(3.0, 1.0, 0.0), seed
        )
        reasons.append(completion.finish_reason)
        if completion.finish_reason == "stop":
            answer = read_beginning(completion.text)  # random letters need not be words
            assert 1 <= len(answer.ingredients) <= MAX_INGREDIENTS
            assert 1 <= len(answer.instructions) <= MAX_INSTRUCTIONS
            assert all(answer.ingredients + answer.instructions)
            assert min(completion.text) >= " "
    assert reasons.count("stop") >= 5


def test_an_exhausted_budget_is_reported(backend: LlamaCpp) -> None:
    completion = backend.complete(recipe_messages("Rice"), ANSWER_SCHEMA, max_tokens=9)
    assert completion.finish_reason == "length"
    assert completion.completion_tokens == 9
    assert completion.prompt_tokens == len(backend.prompt_tokens(recipe_messages("Rice")))


def test_the_context_is_a_budget_too(tiny_gguf: Path) -> None:
    backend = LlamaCpp(tiny_gguf, context_tokens=256, threads=1)
    completion = backend.complete(
        recipe_messages("Rice"), ANSWER_SCHEMA, 9_000, Sampler(2.0, 1.0, 0.0)
    )
    assert completion.prompt_tokens + completion.completion_tokens <= 256
    too_long = backend.complete(recipe_messages("Rice " * 400), ANSWER_SCHEMA, 100)
    assert (too_long.text, too_long.finish_reason) == ("", "length")


def test_the_same_request_gives_the_same_text_whatever_came_before(backend: LlamaCpp) -> None:
    def write(title: str, sampler: Sampler) -> str:
        messages = recipe_messages(title)
        return backend.complete(messages, SMALL, 100, sampler, seed=4).text

    first = write("Rice", GREEDY), write("Rice", HOT)
    write("Something else entirely", DEFAULT)
    assert (write("Rice", GREEDY), write("Rice", HOT)) == first
    assert backend.complete(recipe_messages("Rice"), SMALL, 100, HOT, seed=5).text != first[1]


def test_pieces_add_up_to_the_text(backend: LlamaCpp) -> None:
    pieces: list[str] = []
    completion = backend.complete(
        recipe_messages("Crème brûlée ½"), SMALL, 100, HOT, seed=2, on_text=pieces.append
    )
    assert len(pieces) > 1
    assert "".join(pieces) == completion.text
    assert completion.text.startswith('{"say":"')


def test_the_prompt_is_the_template_of_the_file_token_for_token(
    backend: LlamaCpp, tiny_gguf: Path
) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_gguf.parent / "model")
    for title in ("Rice", "Crème brûlée ½ 日本", "Cafe\u0301 toast"):
        messages = recipe_messages(title, servings=2)
        expected = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_dict=False
        )
        assert backend.prompt_tokens(messages) == expected
    start = tokenizer.convert_tokens_to_ids("<|im_start|>")
    assert backend.prompt_tokens(recipe_messages("Rice")).count(start) == 3


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match="recipe-export"):
        LlamaCpp(tmp_path / "none.gguf")
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    with pytest.raises(TopochefError, match="export it again"):
        LlamaCpp(broken)


def test_a_schema_that_cannot_be_enforced_is_refused(backend: LlamaCpp) -> None:
    with pytest.raises(TopochefError, match="cannot be enforced"):
        backend.complete(recipe_messages("Rice"), {"type": "string", "pattern": "("}, 10)


def test_without_a_schema_the_model_ends_its_text_and_the_mark_is_no_text(
    backend: LlamaCpp,
) -> None:
    reasons = set()
    for seed in range(12):
        completion = backend.complete(recipe_messages("Rice"), None, 400, HOT, seed)
        reasons.add(completion.finish_reason)
        assert "<|im_end|>" not in completion.text
    assert "stop" in reasons


def test_texts_written_side_by_side_are_valid_repeatable_and_their_own(tiny_gguf: Path) -> None:
    together = LlamaCpp(tiny_gguf, threads=1, parallel=4)
    jobs = [Job(recipe_messages(title), SMALL, 60, HOT, seed)
            for seed, title in enumerate(("Rice", "Soup", "Rice", "Toast"))]  # fmt: skip
    texts = [completion.text for completion in together.complete_all(jobs)]
    together.complete_all(jobs[2:])
    assert [completion.text for completion in together.complete_all(jobs)] == texts
    assert len(set(texts)) == 4
    assert all(text.startswith('{"say":"') for text in texts)
    alone = [write(together, job).text for job in jobs]
    assert sum(a[:12] == b[:12] for a, b in zip(alone, texts, strict=True)) >= 3


@pytest.mark.parametrize(
    "titles",
    [
        ("Rice", "Leek and potato soup", "Rye toast"),
        ("Rice", "Rice", "Rice"),
        ("Rice",),
    ],
)
def test_what_prompts_have_in_common_is_computed_once_and_changes_last_bits_alone(
    tiny_gguf: Path, titles: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = LlamaCpp(tiny_gguf, threads=1, parallel=4)
    lanes = backend._lanes
    prompts = {i: backend.prompt_tokens(recipe_messages(one)) for i, one in enumerate(titles, 1)}

    def begun() -> dict[int, Any]:
        lanes.clear()
        return {lane: logits.copy() for lane, logits in lanes.prompts(prompts)}

    def next_step() -> list[Any]:
        steps = [Step(lane, len(prompt), 65) for lane, prompt in prompts.items()]
        return [logits.copy() for logits in lanes.step(steps)]

    computed: list[int] = []
    decode = lanes._decode

    def counted(steps: Sequence[Step], outputs_from: int = 0) -> None:
        computed.append(len(steps))
        decode(steps, outputs_from)

    monkeypatch.setattr(lanes, "_decode", counted)
    together, went_on = begun(), next_step()
    saved = sum(map(len, prompts.values())) + len(prompts) - sum(computed)
    assert saved >= (len(prompts) - 1) * 0.7 * min(map(len, prompts.values()))
    assert saved == 0 or len(prompts) > 1
    monkeypatch.setattr(lanes, "_share", lambda prompts: 0)
    alone, went_on_alone = begun(), next_step()
    slack = 1e-2  # flash attention sums in half precision, by the shape of the batch
    for lane in prompts:
        assert np.allclose(together[lane], alone[lane], rtol=0, atol=slack)
    for one, other in zip(went_on, went_on_alone, strict=True):
        assert np.allclose(one, other, rtol=0, atol=slack)


def test_a_group_may_hold_texts_of_any_length(tiny_gguf: Path) -> None:
    together = LlamaCpp(tiny_gguf, context_tokens=512, threads=1, parallel=3)
    jobs = [
        Job(recipe_messages("Rice " * 400), SMALL, 60),
        Job(recipe_messages("Rice"), SMALL, 3),
        Job(recipe_messages("Rice"), SMALL, 60, HOT, 1),
    ]
    too_long, short, whole = together.complete_all(jobs)
    assert (too_long.text, too_long.completion_tokens) == ("", 0)
    assert (short.finish_reason, short.completion_tokens) == ("length", 3)
    assert whole.completion_tokens > 3


def test_the_words_are_those_that_llguidance_reads(tiny_gguf: Path) -> None:
    import llama_cpp
    from llguidance.llamacpp import lltokenizer_from_vocab

    from recipe_kitchen.backends.decoding.prompts import load
    from recipe_kitchen.backends.decoding.vocabulary import tokenizer_of

    llama = load(tiny_gguf)
    vocab = llama_cpp.llama_model_get_vocab(llama.model)
    ours, theirs = tokenizer_of(vocab), lltokenizer_from_vocab(vocab)
    assert ours.vocab_size == theirs.vocab_size > 256
    for token in range(ours.vocab_size):
        assert ours.decode_bytes([token]) == theirs.decode_bytes([token])
        assert ours.is_special_token(token) == theirs.is_special_token(token)
