"""The options dataset=synthetic/*: keys, ranges, and the line for each mistake."""

import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.listing import list_groups
from tradegym.conf.resolve import resolve
from tradegym.conf.schema.parameters import Range
from tradegym.conf.schema.process import ProcessConfig
from tradegym.envs.data.synthetic.process import make_process

P = "dataset.process."
GBM = "dataset=synthetic/gbm"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_listing_has_them_by_their_full_name():
    names = {one.name: one.description for one in list_groups(["dataset"])}
    assert names["synthetic/gbm"].startswith("geometric Brownian motion")
    assert sum(name.startswith("synthetic/") for name in names) == 10


@pytest.mark.parametrize(
    "name",
    ["gbm", "ou", "merton", "heston", "garch", "regimes", "fbm", "sine", "bootstrap", "pair"],
)
def test_an_options_numbers_are_a_market(name):
    config = resolve([f"dataset=synthetic/{name}"]).config.dataset
    assert (config.source, config.process.kind) == ("synthetic", name)
    assert len(make_process(config.process).draw(1, 300)) == 300


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.3", Range(0.3, 0.3)),
        ("[0.1,0.5]", Range(0.1, 0.5)),
        ("{low:0.1,high:0.5,log:true}", Range(0.1, 0.5, log=True)),
        ("{low:0.1,high:0.5}", Range(0.1, 0.5)),
    ],
)
def test_forms_of_a_parameter_survive_being_stored(text, expected, write_option):
    resolved = resolve([GBM, f"{P}volatility={text}"])
    assert Range.of(resolved.config.dataset.process.volatility) == expected
    assert resolved.values[f"{P}volatility"].origin == "command line"
    import yaml

    stored = yaml.safe_load(resolved.yaml())["dataset"]["process"]["volatility"]
    write_option("stored", stored)
    again = resolve(["dataset=stored"], config_dir=write_option.directory)
    assert Range.of(again.config.dataset.process.volatility) == expected


@pytest.fixture
def write_option(tmp_path):
    """Write an option file of one's own, with a volatility."""
    import yaml

    def write(name, volatility):
        path = tmp_path / "mine" / "dataset" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        process = {"kind": "gbm", "volatility": volatility}
        path.write_text(yaml.safe_dump({"source": "synthetic", "process": process}))

    write.directory = tmp_path / "mine"
    return write


def test_a_range_replaces_a_range_whatever_their_forms(write_option):
    write_option("mine", {"low": 0.1, "high": 0.2, "log": True})
    for text, expected in (
        ("{low:0.3,high:0.4}", Range(0.3, 0.4)),
        ("[0.3,0.4]", Range(0.3, 0.4)),
        ("0.3", Range(0.3, 0.3)),
    ):
        given = [f"{P}volatility={text}"]
        resolved = resolve(["dataset=mine", *given], config_dir=write_option.directory)
        assert Range.of(resolved.config.dataset.process.volatility) == expected


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (["volatility=-1"], "volatility: -1 is out of range; allowed: a number > 0, [low, high]"),
        (["volatility=[0,1]"], "volatility: [0, 1] is out of range"),
        (["volatility=[0.5,0.1]"], "volatility: [0.5, 0.1] has its low end above its high end"),
        (["volatility=[1,2,3]"], "volatility: [1, 2, 3] is not a number or a range"),
        (["volatility={lo:1,high:2}"], "is not a number or a range"),
        (["volatility={low:0,high:1,log:true}"], "has log: true, for which low must be above 0"),
        (["volatility={low:1,high:2,log:3}"], "has a log that is neither true nor false"),
        (["volatility=abc"], "volatility: 'abc' is not a number or a range"),
        (["volatility=true"], "volatility: true is not a number or a range"),
        (["volatilty=1"], "no such key; did you mean 'dataset.process.volatility'?"),
        (["jump_mean=0.2"], "jump_mean: not used with dataset.process.kind=gbm; it needs"),
        (["correlation=1.5"], "correlation: 1.5 is out of range"),
        (["assets=3", "correlation=-0.6"], "allowed: a number > -0.5 and < 1 with"),
        (["assets=3", "correlation=[[1,0],[0,1]]"], "a matrix of 2 rows for"),
        (["assets=2", "correlation=[[1,2],[2,1]]"], "not positive definite"),
        (["assets=2", "correlation=[[1,0.2],[0.1,1]]"], "is not a symmetric matrix"),
        (["assets=2", "correlation=[[2,0],[0,1]]"], "without ones on its diagonal"),
        (["assets=2", "correlation=[[1,0],[0]]"], "is not a square matrix"),
        (["bar_seconds=5000"], "bar_seconds: 5000 does not divide a day"),
        (["spread.minimum=0.1"], "spread.minimum: 0.1 is above dataset.process.spread.maximum=0"),
        (["start_time=1.1.2000"], "start_time: '1.1.2000' is not a date"),
        (["start_time='1600-01-01'"], "is out of range; allowed: a date YYYY-MM-DD from 1700"),
        (["kind=gmb"], "allowed: gbm, ou, merton"),
    ],
)
def test_mistakes_have_a_line(keys, line):
    with pytest.raises(UserError) as caught:
        resolve([GBM, *(f"{P}{key}" for key in keys)])
    message = str(caught.value)
    assert message.isprintable()
    assert line in message
    assert P in message


@pytest.mark.parametrize(
    ("choice", "line"),
    [
        ("gbm", "did you mean 'synthetic/gbm'?"),
        ("synthetic/gmb", "did you mean 'synthetic/gbm'?"),
        ("synthetic", "did you mean 'synthetic/"),
    ],
)
def test_an_option_that_does_not_exist(choice, line):
    with pytest.raises(UserError) as caught:
        resolve([f"dataset={choice}"])
    assert line in str(caught.value)


def test_garch_needs_a_finite_variance_and_regimes_two():
    with pytest.raises(UserError, match=r"alpha \+ dataset\.process\.beta: 1\.1 has no finite"):
        resolve(["dataset=synthetic/garch", f"{P}alpha=[0.05,0.2]"])
    with pytest.raises(UserError, match="fewer than two regimes are left"):
        resolve(["dataset=synthetic/regimes", f"{P}regimes.bear=null"])


def test_a_third_regime_can_be_added():
    resolved = resolve(["dataset=synthetic/regimes", f"{P}regimes.crisis.volatility=[0.4,0.8]"])
    crisis = resolved.config.dataset.process.regimes.crisis
    assert Range.of(crisis.volatility) == Range(0.4, 0.8)
    drawn = make_process(resolved.config.dataset.process).draw_path(1, 50)
    assert 0.4 <= drawn.parameters["regimes.crisis.volatility"][0] <= 0.8


def test_every_process_has_an_option_of_its_name():
    kinds = ProcessConfig.model_fields["kind"].annotation.__args__
    names = {one.name for one in list_groups(["dataset"]) if "/" in one.name}
    assert names == {f"synthetic/{kind}" for kind in kinds}
