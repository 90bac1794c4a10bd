"""Every name of a host that has no public promise still means what the losses take it for.

After an upgrade of a host, what fails here is what has moved; `recipe_losses.hosts` is where to
mend it.
"""

from __future__ import annotations

import inspect
import json
import re

import axolotl.utils.trainer
import pytest
import torch
from axolotl.core.trainers.base import AxolotlTrainer
from axolotl.integrations.base import PluginManager
from axolotl.prompt_strategies.chat_template import ChatTemplateStrategy, StrategyLoader
from axolotl.utils.dict import DictDefault
from axolotl.utils.tee import close_debug_log
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer

from recipe_losses.errors import RecipeLossError
from recipe_losses.hosts import axolotl as host
from recipe_losses.hosts import versions
from recipe_losses.hosts.axolotl_chat import (
    HostLoader,
    HostStrategy,
    read_template_anew,
    with_present_names,
)
from recipe_losses.hosts.axolotl_trainer import HostTrainer
from recipe_losses.hosts.peft import is_off, plain_parts
from recipe_losses.hosts.transformers import (
    attention_of,
    sdpa_attention_forward,
    sdpa_mask,
    softmax_backward,
)
from recipe_losses.hosts.transformers_trainer import CountingTrainer
from recipe_losses.plugin import RecipeLossPlugin
from recipe_losses.strategy import SpanStrategy, SpanStrategyLoader
from recipe_losses.trainer import RecipeLossTrainer

pytestmark = pytest.mark.heavy


class Loader(HostLoader):
    def strategy_class(self, cfg):
        return HostStrategy


@pytest.fixture(scope="module")
def strategy(workshop):
    tokenizer = AutoTokenizer.from_pretrained(workshop.folder / "tiny-init")
    cfg = DictDefault({"chat_template": "chatml", "sequence_len": 512})
    return Loader()(tokenizer, cfg, {"type": "x", "chat_template": "chatml", "field_tools": "t"})


@pytest.fixture(scope="module")
def row(workshop):
    return json.loads((workshop.folder / "train.jsonl").read_text().splitlines()[0])


def test_another_axolotl_is_refused_where_it_registers_plugins(monkeypatch):
    """And not swallowed there, as an ImportError would be."""
    monkeypatch.setattr(versions, "installed", {"Python": "3.11.7", "axolotl": "0.20.0"}.get)
    manager = PluginManager()
    manager.register("recipe_losses.plugin.RecipeLossPlugin")
    (plugin,) = [p for p in manager.plugins.values() if isinstance(p, RecipeLossPlugin)]
    with pytest.raises(RecipeLossError, match=r"axolotl 0\.20\.0, where >=0\.19,<0\.20"):
        plugin.register(DictDefault({"recipe_loss": {"tasks": {"default": {"dice": 1.0}}}}))


def test_every_private_method_that_ours_replace_is_still_there():
    """In the hosts' own classes; whoever replaces one elsewhere than in `hosts` is found, too."""
    for ours, theirs in (
        (RecipeLossTrainer, AxolotlTrainer),
        (SpanStrategy, ChatTemplateStrategy),
        (SpanStrategyLoader, StrategyLoader),
    ):
        replaced = {}
        for kind in ours.__mro__:
            if kind.__module__.startswith("recipe_losses"):
                names = (n for n in vars(kind) if n.startswith("_") and not n.startswith("__"))
                replaced |= {n: kind.__module__ for n in names if callable(vars(kind)[n])}
        inherited = {name: module for name, module in replaced.items() if hasattr(theirs, name)}
        assert all(module.startswith("recipe_losses.hosts.") for module in inherited.values())
        hosts = {n for n, module in replaced.items() if module.startswith("recipe_losses.hosts.")}
        assert hosts == set(inherited)


def test_the_strategy_is_asked_for_each_row_and_once_for_each(strategy, row, monkeypatch):
    asked = []
    monkeypatch.setattr(strategy, "tokenize_row", lambda given: asked.append(given) or {"n": 1})
    assert strategy.tokenize_prompt({**row, "system": None}) == {"n": 1}
    assert asked == [row]


def test_tokens_labels_and_text_line_up(strategy, row):
    tokens = strategy.tokens_of(row)
    turns, tools = strategy.turns_of(row)
    assert [turn["role"] for turn in turns] == ["user", "assistant"]
    text, starts, ends = strategy.rendered(turns, tools, tokens["input_ids"])
    assert text == strategy.text_of(turns, tools)
    trained = [i for i, label in enumerate(tokens["labels"]) if label != -100]
    assert text[starts[trained[0]] : ends[trained[-1]]].startswith(row["messages"][-1]["content"])
    assert strategy.rendered(turns, tools, tokens["input_ids"][:-1]) is None


def test_messages_and_tools_may_be_text(strategy, row):
    assert strategy.messages_of({"messages": json.dumps(row["messages"])}) == row["messages"]
    tool = {"type": "function", "function": {"name": "oven", "parameters": {}}}
    strategy.prompter.field_tools = "tools"
    assert strategy.turns_of({**row, "tools": json.dumps([tool])})[1] == [tool]


def test_what_the_prompter_keeps_has_its_names(strategy):
    prompter = strategy.prompter
    assert prompter.field_messages == "messages"
    assert prompter.message_property_mappings["content"] == "content"
    assert prompter.message_field_training is None
    assert prompter.template_thinking_key == "reasoning_content"
    before = prompter.chat_template
    prompter.chat_template = "{% for message in messages %}{{ message['spice'] }}{% endfor %}"
    read_template_anew(prompter)
    assert prompter.chat_template_msg_variables == {"spice"}
    prompter.chat_template = before
    read_template_anew(prompter)


def test_keys_of_former_versions_become_mappings():
    given = with_present_names({"message_field_role": "from", "message_field_content": "value"})
    assert given["message_property_mappings"]["role"] == "from"
    assert given["message_property_mappings"]["content"] == "value"


def test_a_loader_gets_the_settings_of_its_dataset():
    """Axolotl passes them to who names them so."""
    assert "ds_cfg" in inspect.signature(SpanStrategyLoader.__call__).parameters


def test_a_config_is_read_by_axolotl_and_its_rows_are_found(workshop, monkeypatch):
    monkeypatch.chdir(workshop.folder)
    monkeypatch.setenv("AXOLOTL_TEE_STDOUT", "0")
    cfg = host.load_config(str(workshop.write_config("hosted").relative_to(workshop.folder)))
    assert cfg.recipe_loss.tasks
    assert cfg.sequence_len == 256
    close_debug_log()
    rows = host.load_datasets(cfg).train_dataset
    assert len(rows) == 60
    assert {"input_ids", "labels", "span_kind"} <= {*rows.column_names}
    tokenizer = host.load_tokenizer(cfg)
    assert tokenizer.decode(rows[0]["input_ids"]).startswith("<|im_start|>")
    packed = [*host.packed_rows(cfg, rows)]
    assert sorted(i for row in packed for i in row) == [*range(60)]
    assert all(sum(len(rows[i]["input_ids"]) for i in row) <= 256 for row in packed)


def test_settings_of_the_whole_config_are_known():
    assert host.is_setting("train_on_inputs")
    assert not host.is_setting("train_on_output")


def test_collators_pad_or_pack(workshop):
    tokenizer = AutoTokenizer.from_pretrained(workshop.folder / "tiny-init")
    rows = [{"input_ids": [5] * n, "labels": [5] * n, "attention_mask": [1] * n} for n in (2, 3)]
    padded = host.collator_class(False)(tokenizer)([dict(row) for row in rows])
    packed = host.collator_class(True)(tokenizer)([[dict(row) for row in rows]])
    assert padded["input_ids"].shape == (2, 3)
    assert packed["input_ids"].shape == (1, 5)


def test_the_peer_probe_is_where_axolotl_calls_it(monkeypatch):
    name = "check_cuda_p2p_ib_support"
    monkeypatch.setattr(axolotl.utils.trainer, name, getattr(axolotl.utils.trainer, name))
    host.skip_peer_probe()
    assert name in axolotl.utils.trainer.prepare_optim_env.__code__.co_names
    assert getattr(axolotl.utils.trainer, name)() is True


def test_an_epoch_is_run_by_a_method_that_is_told_its_number_and_its_batches():
    assert {"epoch", "train_dataloader"} <= {*inspect.signature(Trainer._run_epoch).parameters}
    source = inspect.getsource(Trainer._inner_training_loop)
    assert re.search(r"_run_epoch\((?s:.)*?epoch=epoch", source)
    assert "self._get_train_sampler" in inspect.getsource(Trainer.get_train_dataloader)
    assert hasattr(HostTrainer, "_get_train_sampler")


def test_batches_are_counted_before_they_are_trained(monkeypatch):
    shown = []

    class Counting(CountingTrainer):
        def count_batches(self, batches, device):
            shown.extend(batches)

    monkeypatch.setattr(Trainer, "__init__", lambda self: None)
    trainer = Counting()
    trainer.model_accepts_loss_kwargs, trainer.compute_loss_func = True, None
    trainer._loss_shifts_labels = False
    trainer.args = type("Args", (), {"average_tokens_across_devices": False, "n_gpu": 1})
    trainer.accelerator = type("Accelerator", (), {})
    batches = [{"labels": torch.tensor([[-100, 4, 5]])}, {"labels": torch.tensor([[-100, 6]])}]
    samples, count = trainer.get_batch_samples(iter(batches), 2, torch.device("cpu"))
    assert shown == samples == batches
    assert int(count) == 3


def test_attention_is_named_and_called_as_the_cpu_attention_does(workshop):
    model = AutoModelForCausalLM.from_pretrained(
        workshop.folder / "tiny-init", attn_implementation="sdpa"
    )
    assert attention_of(model) == "sdpa"
    query = torch.randn(1, 2, 3, 4)
    attended, weights = sdpa_attention_forward(
        nn.Module(), query, query, query, None, dropout=0.0, scaling=0.5, is_causal=True
    )
    scores = (query @ query.transpose(2, 3) * 0.5).masked_fill(
        ~torch.ones(3, 3).tril().bool(), -torch.inf
    )
    torch.testing.assert_close(attended, (scores.softmax(-1) @ query).transpose(1, 2))
    assert weights is None
    sizes = {"batch_size": 1, "q_length": 3, "kv_length": 3, "q_offset": 0, "kv_offset": 0}
    assert sdpa_mask(**sizes, attention_mask=None, allow_is_causal_skip=True) is None
    mask = sdpa_mask(**sizes, attention_mask=None, allow_is_causal_skip=False)
    assert torch.equal(mask, torch.ones(1, 1, 3, 3).tril().bool())


def test_the_backward_of_softmax_is_torchs_own():
    scores = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    weights, gradient = scores.softmax(-1), torch.randn(2, 3, 5, dtype=torch.float64)
    (expected,) = torch.autograd.grad(weights, scores, gradient)
    torch.testing.assert_close(softmax_backward(gradient, weights.detach()), expected)


def test_an_adapted_layer_is_the_sum_of_its_parts():
    model = nn.Sequential(nn.Linear(6, 4))
    config = LoraConfig(r=2, target_modules=["0"], init_lora_weights=False)
    layer = get_peft_model(model, config).base_model.model[0]
    base, down, up, scaling = plain_parts(layer)
    x = torch.randn(3, 6)
    torch.testing.assert_close(layer(x), base(x) + scaling * up(down(x)))
    assert not is_off(layer)
    layer.enable_adapters(False)
    assert is_off(layer)


def test_a_layer_that_is_more_than_its_parts_has_none():
    model = nn.Sequential(nn.Linear(6, 4))
    for more in ({"lora_dropout": 0.1}, {"use_dora": True}, {"lora_bias": True}):
        adapted = get_peft_model(
            nn.Sequential(nn.Linear(6, 4)), LoraConfig(r=2, target_modules=["0"], **more)
        )
        assert plain_parts(adapted.base_model.model[0]) is None
    assert plain_parts(model[0]) is None
