"""Training end to end, beside SB3's ceiling: the same agent on environments that cost nothing."""

from frame import Aim, Row, Table, measurement
from timing import take_turns

ENVS = 64
OF_CEILING, OF_DEFAULTS = 0.92, 10.0
_AGENTS = {"ppo": OF_CEILING, "a2c": None, "dqn": None}
_OFF_POLICY = 100  # steps of each environment that are timed together
_LEAST = 2000  # and no fewer, of one environment too
_CEILING = "nothing beneath"
# A replay buffer of SB3's size, a million decisions, takes gigabytes; its size costs no time.
_MEMORY = {"PPO": {}, "A2C": {}, "DQN": {"buffer_size": 50_000}}


@measurement("training", "PPO, A2C and DQN beside the same agent on environments that cost nothing")
def training(options):
    number = options.pick(ENVS, 2)
    rows = []
    for agent in options.pick(tuple(_AGENTS), ("ppo",)):
        chosen = [f"agent={agent}", f"train.n_envs={number}"]
        models = {
            engine: _prepared([*chosen, f"engine.backend={engine}"], compiled=engine == "compiled")
            for engine in ("compiled", "backtrader")
        }
        models[_CEILING] = _free(chosen, models["compiled"], number)
        sides = {name: _learning(model, options) for name, model in models.items()}
        found = take_turns(sides, options.pick(5, 1))
        ratios = {"of the ceiling": found.ratio("compiled", _CEILING)}
        ratios["of backtrader"] = found.ratio("compiled", "backtrader")
        share = _AGENTS[agent]
        aim = None if share is None else Aim("of the ceiling", share)
        rows.append(Row(agent, {name: found.rate(name) for name in sides}, ratios, aim))
        for model in models.values():
            model.get_env().close()
    note = (
        f"steps a second of learn() with the packaged settings and {number} environments, "
        "normalisation included; the ceiling has neither environment nor normalisation"
    )
    return [Table("Training", note, rows)]


@measurement("defaults", "tradegym's defaults of training beside SB3's with one environment")
def defaults(options):
    rows = [_beside_sb3(agent, options) for agent in options.pick(tuple(_AGENTS), ("ppo",))]
    note = (
        "steps a second of learn(): what `tradegym train` uses and the same algorithm with SB3's "
        "own settings and one environment; torch on one thread, which is quicker for both"
    )
    return [Table("Defaults of training", note, rows)]


def _beside_sb3(agent, options):
    ours = _prepared([f"agent={agent}"])
    sides = {"tradegym": _learning(ours, options)}
    envs = []
    for engine in ("compiled", "backtrader"):
        env, model = _sb3_default(agent.upper(), engine)
        envs.append(env)
        sides[f"SB3's defaults, {engine}"] = _learning(model, options)
    found = take_turns(sides, options.pick(5, 1))
    names = list(sides)[1:]
    ratios = {f"times {name}": found.ratio("tradegym", name) for name in names}
    aim = Aim(f"times {names[0]}", OF_DEFAULTS)
    row = Row(
        f"{agent}, {ours.n_envs} environments",
        {name: found.rate(name) for name in sides},
        ratios,
        aim,
    )
    ours.get_env().close()
    for env in envs:
        env.close()
    return row


def _prepared(overrides, *, compiled=True):
    """Return the untrained model of `tradegym train`, with its environments."""
    from stable_baselines3.common.vec_env import DummyVecEnv

    from tradegym.conf.resolve import resolve
    from tradegym.experiments.reporter import SilentReporter
    from tradegym.experiments.training.run import prepare

    model = prepare(resolve(overrides), SilentReporter()).model
    if compiled and isinstance(model.get_env().unwrapped, DummyVecEnv):
        raise RuntimeError("the environments are backtrader's, not the compiled engine's")
    return model


def _free(overrides, model, number):
    """Return the same agent on environments that cost nothing."""
    from free_vec_env import FreeVecEnv

    from tradegym.conf.resolve import resolve
    from tradegym.experiments.agents.sb3 import build_model

    config = resolve(overrides).config
    envs = FreeVecEnv(model.observation_space, model.action_space, number)
    return build_model(config.agent, envs, seed=0, device=config.train.device)


def _sb3_default(algorithm, engine):
    import stable_baselines3
    from stable_baselines3.common.monitor import Monitor

    import tradegym
    from tradegym.envs.trading import TradingEnv

    env = tradegym.make(
        engine="standard",
        strategy="standard",
        **{"engine.backend": engine, "episode.duration": 252},
    )
    if engine == "compiled" and isinstance(env, TradingEnv):
        raise RuntimeError("engine.backend=compiled made an environment on backtrader")
    made = getattr(stable_baselines3, algorithm)
    return env, made("MultiInputPolicy", Monitor(env), seed=0, device="cpu", **_MEMORY[algorithm])


def _learning(model, options):
    """Make a side that trains for some steps of the model and goes on from there."""
    from stable_baselines3.common.logger import Logger

    steps = max(options.pick(_OFF_POLICY, 4) * model.n_envs, options.pick(_LEAST, 0))
    if hasattr(model, "rollout_buffer"):
        rollout = model.n_steps * model.n_envs
        steps = rollout * max(1, round(options.pick(8000, 0) / rollout))

    model.set_logger(Logger(folder=None, output_formats=[]))  # its own would leave folders behind

    def side():
        before = model.num_timesteps
        model.learn(steps, reset_num_timesteps=before == 0)
        return model.num_timesteps - before

    first = getattr(model, "learning_starts", 0)
    if first and not options.short:
        model.learn(first)
    return side
