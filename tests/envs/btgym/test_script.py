"""A script that was written for BTgym runs when its imports are changed, and nothing else."""

import runpy

import numpy as np
import pytest

#: As its author would have left it.
SCRIPT = '''
import numpy as np
import backtrader as bt
from gym import spaces
from btgym import BTgymEnv, BTgymBaseStrategy


class MyStrategy(BTgymBaseStrategy):
    """Price gradients for a state, log utility for a reward."""

    params = dict(
        state_shape={
            'raw': spaces.Box(low=-10, high=10, shape=(8, 4)),
            'gradients': spaces.Box(low=-1, high=1, shape=(8, 4)),
        },
        scale=1.2e4,
    )

    def __init__(self, **kwargs):
        super(MyStrategy, self).__init__(**kwargs)
        self.log.debug('ready')

    def set_datalines(self):
        self.data.sma = bt.indicators.SimpleMovingAverage(self.datas[0], period=16)
        self.data.sma.plotinfo.plot = False

    def get_raw_state(self):
        self.raw_state = np.row_stack(
            (
                np.frombuffer(self.data.open.get(size=self.time_dim)),
                np.frombuffer(self.data.high.get(size=self.time_dim)),
                np.frombuffer(self.data.low.get(size=self.time_dim)),
                np.frombuffer(self.data.close.get(size=self.time_dim)),
            )
        ).T
        return self.raw_state

    def get_gradients_state(self):
        grad = np.gradient(self.get_raw_state(), axis=0)
        return np.tanh(grad * self.p.scale)

    def get_reward(self):
        return float(
            np.log(self.stats.broker.value[0] / self.env.broker.startingcash)
        )

    def get_info(self):
        return {'above': bool(self.data.close[0] > self.data.sma[0])}

    def get_done(self):
        return self.iteration > 2000, 'enough'


env = BTgymEnv(
    filename=FILENAME,
    strategy=MyStrategy,
    state_shape={
        'raw': spaces.Box(low=-10, high=10, shape=(10, 4)),
        'gradients': spaces.Box(low=-1, high=1, shape=(10, 4)),
    },
    episode_duration={'days': 0, 'hours': 3, 'minutes': 0},
    start_weekdays=[0, 1, 2, 3, 4],
    start_00=False,
    skip_frame=5,
    start_cash=1000.0,
    broker_commission=0.00002,
    fixed_stake=500,
    drawdown_call=50,
    target_call=50,
    random_seed=7,
    port=5555,
    data_port=4999,
    connect_timeout=60,
    render_ylabel='Price Lines',
    render_size_human=(8, 3.5),
    verbose=1,
)

episodes = []
for episode in range(2):
    observation = env.reset()
    steps = [(observation, 0.0, False, [{}])]
    done = False
    while not done:
        if len(steps) % 20 == 1:
            action = {'default_asset': 'buy'}
        elif len(steps) % 20 == 11:
            action = {'default_asset': 'close'}
        else:
            action = env.action_space.sample() * 0
        observation, reward, done, info = env.step(action)
        steps.append((observation, reward, done, info))
    episodes.append(steps)
    stat = env.get_stat()
picture = env.render('episode')
env.close()
'''

IMPORTS = {
    "from gym import": "from gymnasium import",
    "from btgym import": "from tradegym.envs.btgym import",
    "np.row_stack": "np.vstack",  # numpy's own change of name
}


@pytest.fixture(scope="module")
def played(histdata, tmp_path_factory):
    text = SCRIPT
    for old, new in IMPORTS.items():
        assert old in text
        text = text.replace(old, new)
    script = tmp_path_factory.mktemp("script") / "script.py"
    script.write_text(text)
    with pytest.warns(UserWarning, match="BTgymEnv: ") as caught:
        names = runpy.run_path(str(script), {"FILENAME": str(histdata)}, "btgym_script")
    return names, [str(warning.message) for warning in caught]


def test_what_has_no_meaning_is_reported_once(played):
    _, warned = played
    assert [line for line in warned if line.startswith("BTgymEnv")] == [
        (
            "BTgymEnv: ignored, without meaning here: port, data_port, connect_timeout, "
            "render_ylabel, verbose"
        )
    ]


def test_observations_are_those_of_the_strategy(played):
    names, _ = played
    for steps in names["episodes"]:
        for observation, *_ in steps:
            assert set(observation) == {"raw", "gradients"}
            assert observation["raw"].shape == observation["gradients"].shape == (10, 4)
            raw = observation["raw"].astype(np.float64)
            assert (raw[:, 1] >= raw[:, [0, 3]].max(axis=1) - 1e-6).all()
            expected = np.tanh(np.gradient(raw, axis=0) * 1.2e4)
            assert observation["gradients"] == pytest.approx(expected, abs=1e-2)
        # Five bars later the window has moved on by five.
        assert (steps[1][0]["raw"][:5] == steps[0][0]["raw"][5:]).all()


def test_rewards_are_those_of_the_strategy(played):
    names, _ = played
    for steps in names["episodes"]:
        for _, reward, _, [info] in steps[1:]:
            assert reward == pytest.approx(np.log(info["broker_value"] / 1000.0), abs=1e-12)
        assert any(reward != 0 for _, reward, _, _ in steps)


def test_infos_have_btgyms_entries(played):
    names, _ = played
    first, last = names["episodes"][0][1][3][0], names["episodes"][0][-1][3][0]
    assert first["action"] == {"default_asset": "buy"}
    assert first["broker_cash"] == pytest.approx(1000 - 500 * 1.05, abs=15)
    assert first["broker_message"] == "-"
    assert isinstance(first["above"], bool)
    for name in ("step", "time", "drawdown", "max_drawdown"):
        assert name in first
    assert last["broker_message"] == "END_OF_DATA"
    assert last["broker_cash"] == last["broker_value"]


def test_episodes_are_as_long_as_was_asked_for(played):
    names, _ = played
    for steps in names["episodes"]:
        assert len(steps) - 1 == 3 * 60 // 5
    assert names["stat"]["episode"] == 2
    starts = [steps[1][3][0]["time"] for steps in names["episodes"]]
    assert starts[0] != starts[1]


def test_the_picture_is_one(played):
    names, _ = played
    picture = names["picture"]
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert len(np.unique(picture)) > 10
