"""What a run without an accelerator becomes: its type, its threads, its folder."""

from __future__ import annotations

import json
import os

import axolotl.utils.trainer
import pytest
import torch
from axolotl.utils.dict import DictDefault

from recipe_losses.cpu import setup, threads
from recipe_losses.cpu.precision import WARNING, bfloat16_units, choose_precision
from recipe_losses.cpu.threads import Launcher, asked_by_user, cores, parent, quota, use_all_cores
from recipe_losses.errors import RecipeLossError
from recipe_losses.plugin import RecipeLossPlugin
from recipe_losses.run import claim_run

pytestmark = pytest.mark.heavy

SAPPHIRE_RAPIDS = (
    "flags\t\t: fpu avx2 avx512f avx512_bf16 amx_bf16 amx_tile\nvmx flags\t: vnmi ept\n"
)
ZEN_4 = "flags\t\t: fpu avx2 avx512f avx512_bf16\n"
SKYLAKE_SERVER = "flags\t\t: fpu avx2 avx512f avx512bw avx512vl avx512dq\n"
LAPTOP = "flags\t\t: fpu sse4_2 avx2 fma avx_vnni avx_ne_convert\n"
GRAVITON_3 = "Features\t: fp asimd sve i8mm bf16\n"
RASPBERRY_PI = "Features\t: fp asimd evtstrm crc32 cpuid\n"
LOSS = {"tasks": {"default": {"cross_entropy": 1.0}}}


@pytest.mark.parametrize(
    ("cpuinfo", "units"),
    [
        (SAPPHIRE_RAPIDS, "amx_bf16"),
        (ZEN_4, "avx512_bf16"),
        (SKYLAKE_SERVER, None),
        (LAPTOP, None),
        (GRAVITON_3, "bf16"),
        (RASPBERRY_PI, None),
        (ZEN_4 + ZEN_4, "avx512_bf16"),
        (GRAVITON_3 + RASPBERRY_PI, None),
        ("processor\t: 0\nmodel name\t: bf16\n", None),
        ("", None),
    ],
)
def test_units_for_bfloat16_are_read_from_every_processor(cpuinfo, units):
    assert bfloat16_units(cpuinfo) == units


@pytest.mark.parametrize(
    ("config", "units", "bf16", "said"),
    [
        ({"bf16": "auto"}, "avx512_bf16", True, "in bfloat16"),
        ({"bf16": "auto"}, None, False, "in float32"),
        ({}, "amx_bf16", True, "in bfloat16"),
        ({}, None, False, "in float32"),
        ({"bf16": False}, "amx_bf16", False, None),
        ({"bf16": None}, "amx_bf16", None, None),
        ({"bf16": True}, "bf16", True, None),
        ({"bf16": True}, None, True, "warning"),
        ({"bf16": "full"}, None, "full", "warning"),
        ({"bfloat16": True}, None, "auto", "warning"),
        ({"fp16": True, "bf16": "auto"}, "amx_bf16", "auto", None),
    ],
)
def test_auto_is_what_the_cpu_has_units_for_and_the_rest_stays(config, units, bf16, said):
    chosen = choose_precision(DictDefault(config), units)
    assert chosen.bf16 == bf16
    assert chosen.message is None if said is None else said in chosen.message
    assert "\n" not in (chosen.message or "")


@pytest.fixture
def machine(monkeypatch):
    """Pretend to be a machine; what `register` changes in the process is put back."""
    monkeypatch.setattr(
        axolotl.utils.trainer,
        "check_cuda_p2p_ib_support",
        axolotl.utils.trainer.check_cuda_p2p_ib_support,
    )

    def pretend(*, accelerator=False, units=None, **environment):
        for name in ("ACCELERATE_USE_CPU", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "OMP_NUM_THREADS"):
            monkeypatch.setenv(name, environment.get(name, ""))
            if name not in environment:
                monkeypatch.delenv(name)
        monkeypatch.setattr(torch.accelerator, "is_available", lambda: accelerator)
        monkeypatch.setattr(setup, "units_here", lambda: units)

    return pretend


def registered(config):
    cfg = DictDefault({"recipe_loss": LOSS, **config})
    RecipeLossPlugin().register(cfg)
    return cfg


def test_a_config_is_fitted_to_a_cpu_before_it_is_validated(machine, capsys):
    machine(units="amx_bf16")
    cfg = registered({"bf16": "auto", "tf32": True, "lora_o_kernel": True})
    assert (cfg.bf16, cfg.tf32, cfg.lora_mlp_kernel, cfg.lora_o_kernel) == (
        True,
        False,
        False,
        True,
    )
    assert capsys.readouterr().out.count("\n") == 1
    assert RecipeLossPlugin().get_training_args(cfg) == {"use_cpu": True}


def test_only_the_first_process_speaks(machine, capsys):
    machine(units="amx_bf16", LOCAL_RANK="1")
    assert registered({"bf16": "auto"}).bf16 is True
    assert capsys.readouterr().out == ""


def test_a_gpu_is_left_to_axolotl_unless_told_otherwise(machine, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    machine(accelerator=True)
    cfg = registered({"bf16": "auto", "tf32": True})
    assert (cfg.bf16, cfg.tf32) == ("auto", True)
    assert RecipeLossPlugin().get_training_args(cfg) is None
    machine(accelerator=True, ACCELERATE_USE_CPU="true")
    assert registered({"bf16": "auto"}).bf16 is False


def test_apples_gpu_trains_in_float32_where_axolotl_would_take_float16(machine, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    machine(accelerator=True)
    assert registered({"bf16": "auto"}).bf16 is False
    assert registered({"bf16": True}).bf16 is True


def test_two_processes_on_a_cpu_do_not_ask_cuda_about_peers(machine, monkeypatch):
    machine()
    monkeypatch.setenv("WORLD_SIZE", "2")
    asked = []
    monkeypatch.setattr(
        axolotl.utils.trainer, "check_cuda_p2p_ib_support", lambda: asked.append(1) or True
    )
    axolotl.utils.trainer.prepare_optim_env(DictDefault({"bf16": False}))
    assert asked == [1]  # as Axolotl does, and a CUDA build without a driver raises there
    registered({})
    axolotl.utils.trainer.prepare_optim_env(DictDefault({"bf16": False}))
    assert asked == [1]


def launched(launcher=None, command=(), threads="1", mark="ACCELERATE_DYNAMO_MODE"):
    own = {"OMP_NUM_THREADS": threads, mark: "default"}
    return asked_by_user(own, launcher and Launcher(launcher, tuple(command)))


def test_a_number_of_threads_that_only_a_launcher_asked_for_is_not_the_users():
    assert not launched({"HOME": "/"})
    assert not launched({"HOME": "/"}, mark="TORCHELASTIC_RUN_ID")
    assert launched({"OMP_NUM_THREADS": "1"})
    assert launched({}, threads="3")
    assert launched({}, ["accelerate", "launch", "--num_cpu_threads_per_process=1"])
    # Not started by a launcher at all, or by one that is gone.
    assert launched({"ACCELERATE_DYNAMO_MODE": "default"})
    assert launched(None)


def test_the_environment_of_the_parent_is_read():
    launcher = parent()
    assert launcher is not None
    assert launcher.command


@pytest.mark.parametrize(("processes", "expected"), [("1", 6), ("2", 3), ("8", 1)])
def test_processes_share_the_cores(monkeypatch, processes, expected):
    given = []
    monkeypatch.setattr(threads, "cores", lambda: 6)
    monkeypatch.setattr(threads, "parent", lambda: Launcher({}, ()))
    monkeypatch.setattr(torch, "set_num_threads", given.append)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", processes)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "run")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    message = use_all_cores()
    assert given == [expected]
    assert str(expected) in message
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert use_all_cores() is None


def test_cores_are_no_more_than_the_process_may_use(monkeypatch):
    assert 1 <= cores() <= (os.cpu_count() or 1)
    monkeypatch.setattr(threads, "quota", lambda _: 1)
    assert cores() == 1


@pytest.mark.parametrize(
    ("text", "cpus"),
    [("max 100000", None), ("200000 100000", 2), ("250000 100000", 2), ("50000 100000", 1)],
)
def test_the_quota_of_a_container_is_read(tmp_path, text, cpus):
    (tmp_path / "cpu.max").write_text(text + "\n")
    assert quota(tmp_path) == cpus


def test_a_machine_without_control_groups_has_no_quota(tmp_path):
    assert quota(tmp_path) is None


def test_a_run_that_would_go_on_in_another_type_says_how_to_pin_it(tmp_path):
    def cfg(bf16, **changes):
        kind = torch.bfloat16 if bf16 else torch.float32
        folder = str(tmp_path / "run")
        return DictDefault(
            {"output_dir": folder, "base_model": "", "bf16": bf16, "torch_dtype": kind, **changes}
        )

    claim_run(cfg(True))
    claim_run(cfg(True))
    with pytest.raises(RecipeLossError, match=r"bfloat16.*float32.*`bf16: true`"):
        claim_run(cfg(False))
    with pytest.raises(RecipeLossError, match=r"another run \(bf16, seed, torch_dtype differ\)"):
        claim_run(cfg(False, seed=1))
    claim = tmp_path / "run" / "recipe_loss.json"
    held = json.loads(claim.read_text())
    assert held["fingerprint"]["bf16"] is True


def test_the_warning_is_one_line_that_names_the_remedy():
    assert "`bf16: auto`" in WARNING
    assert "\n" not in WARNING
