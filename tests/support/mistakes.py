"""What users get wrong, and the line that each mistake gets."""

from dataclasses import dataclass

CSV = ("train", "dataset=csv", "episode.duration=30")

PARTS = """
import backtrader as bt
import numpy as np
from gymnasium import spaces
from tradegym.envs.strategies.base import BaseStrategy

class Mine(BaseStrategy):
    params = (("period", 5),)

class Other(BaseStrategy):
    pass

class Plain(bt.Strategy):
    pass

class NotAStrategy:
    pass

class WrongShape(BaseStrategy):
    params = (("state_shape", {"mine": spaces.Box(-1, 1, (3,), np.float32)}),)

    def get_mine_state(self):
        return np.zeros((2, 2))

class NoState(BaseStrategy):
    params = (("state_shape", {"mine": spaces.Box(-1, 1, (3,), np.float32)}),)

class WrongReward(BaseStrategy):
    def get_reward(self):
        return self.no_such_thing

FORTY_TWO = 42

def table():
    return {"close": [1, 2, 3]}

def needs_an_argument(path):
    return path

def breaks():
    raise FileNotFoundError("prices.h5 is not there")

def with_data():
    cerebro = bt.Cerebro()
    cerebro.addstrategy(Mine)
    cerebro.adddata(bt.feeds.YahooFinanceCSVData(dataname="x.csv"))
    return cerebro

def with_two():
    cerebro = bt.Cerebro()
    cerebro.addstrategy(Mine)
    cerebro.addstrategy(Other)
    return cerebro

def empty():
    return bt.Cerebro()

def plain():
    cerebro = bt.Cerebro()
    cerebro.addstrategy(Plain)
    return cerebro
"""


@dataclass(frozen=True)
class Mistake:
    """What was typed, how the line begins, and what else it says."""

    name: str
    arguments: tuple[str, ...]
    line: str
    says: tuple[str, ...] = ()


def wrong(name, arguments, line, *says):
    arguments = tuple(arguments.split()) if isinstance(arguments, str) else arguments
    return Mistake(name, arguments, line, says)


CONFIGURATION = [
    wrong("key", "train agent.lr=1e-3", "agent.lr: no such key", "'agent.learning_rate'"),
    wrong("key +", "train +agent.lr=1e-3", "agent.lr: no such key", "'agent.learning_rate'"),
    wrong("key ++", "train ++egine.lot=1", "egine.lot: no such key", "'engine.lot'"),
    wrong("key ~", "train ~agent.lr", "agent.lr: no such key", "'agent.learning_rate'"),
    wrong("group", "train agnt=ppo", "agnt: no such key", "'agent'"),
    wrong("option", "train agent=pppo", "agent=pppo: no such option", "'ppo'"),
    wrong("preset", "train experiment=quik", "experiment=quik: no such option", "'quick'"),
    wrong("type", "train train.n_envs=many", "train.n_envs: 'many' is not an integer", ">= 1"),
    wrong("fraction of an integer", "train train.n_envs=1.5", "train.n_envs: 1.5 is not"),
    wrong("boolean", "train train.normalise=maybe", "train.normalise: 'maybe' is not", "true"),
    wrong("out of range", "train engine.broker_commission=1.5", "engine.broker_commission: 1.5"),
    wrong("negative seed", "train seed=-1", "seed: -1 is out of range", ">= 0"),
    wrong("list for a number", "train engine.start_cash=[1,2]", "engine.start_cash: [1, 2]"),
    wrong("mapping for a number", "train seed={a:1}", "seed"),
    wrong("number for a list", "train strategy.state.modes=3", "strategy.state.modes: 3"),
    wrong("choice", "train train.device=gpu", "train.device: 'gpu'", "cpu", "cuda"),
    wrong("state mode", "train strategy.state.modes=[raww]", "strategy.state.modes", "'raw'"),
    wrong("twice in a list", "train strategy.state.modes=[raw,raw]", "strategy.state.modes"),
    wrong("no hold", "train strategy.actions.portfolio_actions=[buy]", "strategy.actions.portf"),
    wrong("nan", "train engine.start_cash=nan", "engine.start_cash: nan"),
    wrong("schedule", "train agent.learning_rate=cos_3e-4", "agent.learning_rate: 'cos_3e-4'"),
    wrong("hyper-parameter", "train agent.nsteps=64", "agent.nsteps: no such", "'agent.n_steps'"),
    wrong("other agent's", "train agent.tau=0.5", "agent.tau: PPO has no such hyper-parameter"),
    wrong("parts too large", "train split.train=0.8", "split.train + split.validation: 0.8 + 0.2"),
    wrong("dates missing", "train split=dates", "split.validation_start: missing"),
    wrong(
        "no date",
        "train split=dates split.validation_start=soon split.test_start=2015-01-01",
        "split.validation_start: 'soon' is not a date",
    ),
    wrong(
        "dates in the wrong order",
        "train split=dates split.validation_start=2015-01-01 split.test_start=2010-01-01",
        "split.test_start: 2010-01-01 is not after split.validation_start=2015-01-01",
    ),
    wrong("CSV without a file", "train dataset=csv", "dataset.filename: missing"),
    wrong("file for another source", "train dataset.filename=x.csv", "dataset.filename: not used"),
    wrong("import path", "train strategy.cls=parts.Mine", "strategy.cls: 'parts.Mine' is not"),
    wrong("parameters of nothing", "train strategy.params.a=1", "strategy.params.a: only used"),
    wrong("name", "train name=a/b", "name: 'a/b' cannot be", "letters"),
    wrong("cfg", "train --cfg jobs", "--cfg: 'jobs' is not known", "job, hydra, all"),
    wrong("flag", "train --multrun", "No such option: --multrun", "--multirun"),
    wrong("Hydra's flag", "train --resolve", "No such option: --resolve"),
    wrong("command", "trian", "No such command 'trian'", "train"),
    wrong("no value", "train agent", "'agent': not an override", "agent=NAME"),
    wrong("syntax", "train agent.net=[1,2", "'agent.net=[1,2': bad syntax"),
    wrong("sweep without -m", "train seed=0,1", "seed=0,1: ", "-m"),
    wrong("one of a sweep", "train -m seed=0,-1", "seed: -1 is out of range"),
    wrong("config directory", "train --config-dir nowhere", "--config-dir: 'nowhere' is not a"),
    wrong("broken option", "train agent=broken", "conf/agent/broken.yaml", "line"),
    wrong("key in an option", "train agent=typo", "agent.n_stpes: no such key", "typo.yaml"),
    wrong("interpolation", "train name=${nam}", "name: "),
    wrong("render: out", "render last", "--out: is missing"),
    wrong("render: suffix", "render last --out a.jpg", "--out: 'a.jpg' does not end with .png"),
    wrong(
        "render: no RUN",
        "render --out a.png",
        "agent.algorithm: PPO has to be trained first",
        "RUN",
    ),
    wrong("render: step", "render last --out a.png --step -1", "Invalid value for '--step'"),
    wrong("two RUNs", "eval last other", "'other': only one RUN", "'last'"),
]

DATA = [
    wrong("no file", (*CSV, "dataset.filename=goood.csv"), "dataset.filename=goood.csv", "'good"),
    wrong("directory", (*CSV, "dataset.filename=conf"), "dataset.filename=conf is a directory"),
    wrong("empty", (*CSV, "dataset.filename=empty.csv"), "empty.csv: the file is empty"),
    wrong("binary", (*CSV, "dataset.filename=binary.csv"), "binary.csv", "not a CSV file"),
    wrong("column", (*CSV, "dataset.filename=no_close.csv"), "no_close.csv", "close"),
    wrong(
        "named column",
        (*CSV, "dataset.filename=good.csv", "dataset.columns.close=Clse"),
        "good.csv",
        "Clse",
        "'close'",
    ),
    wrong("date", (*CSV, "dataset.filename=date.csv"), "date.csv, line 7, column 'date'", "32.13."),
    wrong("NaN", (*CSV, "dataset.filename=nan.csv"), "nan.csv, line 9, column 'close'", "nan"),
    wrong("high < low", (*CSV, "dataset.filename=high.csv"), "high.csv, line 5", "high", "low"),
    wrong("twice", (*CSV, "dataset.filename=twice.csv"), "twice.csv, line 4", "2001-01-02"),
    wrong("order", (*CSV, "dataset.filename=order.csv"), "order.csv, line 4", "2000-12-01"),
    wrong("zone", (*CSV, "dataset.filename=good.csv", "dataset.timezone=Mars"), "dataset.timezone"),
    wrong(
        "dates outside",
        "train split=dates split.validation_start=2030-01-01 split.test_start=2031-01-01",
        "split.validation_start=2030-01-01 leaves no bar",
        "1999-01-04",
        "2018-12-31",
    ),
    wrong(
        "episode too long",
        "train episode.duration=9999",
        "split.train: has 3019 bars, but an episode of 9999 decisions needs",
        "episode.duration",
    ),
    wrong(
        "split too short",
        (*CSV, "dataset.filename=good.csv", "split.validation=0.05"),
        "split.validation: has 20 bars",
        "longer split",
    ),
    wrong(
        "module",
        "train dataset.cls=prts:table",
        "dataset.cls: there is no module 'prts'",
        "'parts'",
    ),
    wrong("dataset: type", "train dataset.cls=parts:table", "dataset.cls: 'parts:table'", "dict"),
    wrong("dataset: call", "train dataset.cls=parts:FORTY_TWO", "dataset.cls: 'parts:FORTY_TWO'"),
    wrong(
        "dataset: argument",
        "train dataset.cls=parts:needs_an_argument",
        "dataset.cls: calling 'parts:needs_an_argument' without arguments failed",
        "'path'",
    ),
    wrong(
        "dataset: raises",
        "train dataset.cls=parts:breaks",
        "dataset.cls: calling 'parts:breaks' without arguments failed: FileNotFoundError",
        "prices.h5 is not there",
    ),
]

CODE = [
    wrong(
        "module",
        "train strategy.cls=prts:Mine",
        "strategy.cls: there is no module 'prts'",
        "'parts'",
    ),
    wrong("submodule", "train strategy.cls=parts.x:Mine", "strategy.cls: ", "parts"),
    wrong("name", "train strategy.cls=parts:Mien", "strategy.cls: 'parts' has no 'Mien'", "'Mine'"),
    wrong(
        "type",
        "train strategy.cls=parts:NotAStrategy",
        "strategy.cls: 'parts:NotAStrategy' is the class NotAStrategy",
        "BaseStrategy",
    ),
    wrong("plain", "train strategy.cls=parts:Plain", "strategy.cls: 'parts:Plain'", "BaseStrategy"),
    wrong(
        "raises",
        "train strategy.cls=raises:Mine",
        "strategy.cls: importing 'raises' failed: ZeroDivisionError: division by zero",
    ),
    wrong(
        "syntax",
        "train strategy.cls=syntax:Mine",
        "strategy.cls: importing 'syntax' failed: SyntaxError",
    ),
    wrong("exits", "train strategy.cls=exits:Mine", "strategy.cls: importing 'exits' failed"),
    wrong(
        "parameter",
        "train strategy.cls=parts:Mine strategy.params.perod=7",
        "strategy.params.perod: Mine has no such parameter",
        "'period'",
    ),
    wrong("shape", "train strategy.cls=parts:WrongShape", "strategy: get_mine_state", "(2, 2)"),
    wrong("no method", "train strategy.cls=parts:NoState", "strategy.cls: ", "get_mine_state"),
    wrong(
        "reward",
        "train strategy.cls=parts:WrongReward",
        "strategy.cls: 'parts:WrongReward' failed at the start of an episode: ",
        "AttributeError",
        "no_such_thing",
    ),
    wrong(
        "not its own",
        "train strategy.cls=parts:Mine strategy.state.modes=[raw]",
        "strategy.state.modes: a strategy class decides this itself",
        "strategy.params.NAME",
    ),
    wrong("data", "train engine.cerebro=parts:with_data", "engine.cerebro: 'parts:with_data'", "1"),
    wrong("two", "train engine.cerebro=parts:with_two", "engine.cerebro: 'parts:with_two'", "2"),
    wrong("none", "train engine.cerebro=parts:empty", "engine.cerebro: 'parts:empty' has 0"),
    wrong("other", "train engine.cerebro=parts:plain", "engine.cerebro: ", "Plain", "BaseStrategy"),
    wrong("no function", "train engine.cerebro=parts:FORTY_TWO", "engine.cerebro: ", "int"),
    wrong("no cerebro", "train engine.cerebro=parts:table", "engine.cerebro: ", "dict", "Cerebro"),
    wrong(
        "cerebro raises",
        "train engine.cerebro=parts:breaks",
        "engine.cerebro: calling 'parts:breaks' without arguments failed: FileNotFoundError",
        "prices.h5 is not there",
    ),
]

AGENTS = [
    wrong("rule", "train agent=flat", "agent.rule: 'flat' is a rule", "tradegym eval agent=flat"),
    wrong("algorithm", "train agent.algorithm=PPOO", "agent.algorithm: 'PPOO'", "'PPO'"),
    wrong("does not fit", "train agent=mine", "agent.algorithm: SAC cannot act in Discrete(4)"),
    wrong("policy", "train agent.policy=CnnPolicy", "agent.policy: 'CnnPolicy'"),
    wrong(
        "network",
        "train agent.policy_kwargs.net_arc=[64]",
        "agent.policy_kwargs.net_arc",
        "'net_arch'",
    ),
    wrong(
        "together",
        "train train.n_envs=1 agent.n_steps=1",
        "agent: PPO refuses these settings",
        "n_steps",
    ),
    wrong("batch", "train agent.batch_size=1", "agent: PPO refuses these settings", "batch_size"),
    wrong("store", "train tracking.uri=ftp://here", "tracking.uri='ftp://here'", "tracking=none"),
    wrong("runs root", "train runs_root=good.csv", "runs_root=", "good.csv"),
]

RUNS = [
    wrong("no RUN", "eval smal", "run 'smal': no such", "'small'"),
    wrong("no run", "eval conf", "run 'conf': this directory is not a run"),
    wrong("no runs", "eval last runs_root=nowhere", "run 'last': there is no training run"),
    wrong("two of a name", "eval twin", "run 'twin': 2 runs have this name", "twin-b"),
    wrong("no checkpoint", "eval empty", "", "has no checkpoint", "empty"),
    wrong("broken run", "eval broken", "", "broken configuration", "broken"),
    wrong("untrained", "eval agent=dqn", "agent.algorithm: DQN has to be trained first", "RUN"),
    wrong("step", "eval small eval.checkpoint=300", "eval.checkpoint: ", "step 300", "256"),
    wrong("checkpoint", "eval small eval.checkpoint=bset", "eval.checkpoint: 'bset'", "best, last"),
    wrong("split", "eval small eval.split=tests", "eval.split: 'tests'", "'test'"),
    wrong("preset", "eval small experiment=quick", "experiment=quick: a preset cannot be applied"),
    wrong(
        "spaces",
        "eval small strategy.state.time_dim=10",
        "strategy.state.time_dim",
        "10",
        "30",
    ),
    wrong("actions", "eval small strategy.actions.portfolio_actions=[hold,buy]", "strategy", "buy"),
    wrong("agent", "eval small agent=a2c", "", "PPO", "A2C"),
    wrong("render: mode", "render small --out a.png --mode humn", "--mode: 'humn'", "'human'"),
    wrong("render: key", "render small --out a.png --mode raw", "--mode: 'raw'", "features"),
    wrong(
        "render: far",
        "render small --out a.png --step 9999 --mode human",
        "--step: 9999",
        "decisions",
    ),
    wrong("render: step", "render small --out a.png --step 3", "--step: ", "--mode human"),
    wrong("render: file", "render small --out good.csv/a.png", "good.csv", "cannot write"),
]
