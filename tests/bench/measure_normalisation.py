"""Running normalisation beside SB3's VecNormalize, over environments that cost nothing."""

import numpy as np
from frame import Row, Table, measurement
from timing import repeated, take_turns


@measurement("normalisation", "scaling of observations and rewards, beside VecNormalize")
def normalisation(options):
    from free_vec_env import FreeVecEnv
    from gymnasium import spaces
    from stable_baselines3.common.vec_env import VecNormalize

    from tradegym.experiments.training.normalised_vec_env import NormalisedVecEnv

    windows = {"raw": (30, 4), "internal": (4, 10)}
    space = spaces.Dict(
        {name: spaces.Box(-np.inf, np.inf, shape, np.float32) for name, shape in windows.items()}
    )
    seconds, rounds = options.pick((0.2, 9), (0.005, 1))
    rows = []
    for number in options.pick((8, 64, 1024), (8,)):
        sides = {}
        for name, wrapper in (("tradegym", NormalisedVecEnv), ("VecNormalize", VecNormalize)):
            envs = wrapper(FreeVecEnv(space, spaces.Discrete(4), number))
            envs.reset()
            actions = np.zeros(number, dtype=np.int64)
            sides[name] = repeated(lambda _, envs=envs, a=actions: envs.step(a), 1, seconds)
        found = take_turns(sides, rounds, collector=False)
        values = {name: found.seconds(name, 1e6) for name in sides}
        times = {"times as fast": found.ratio("tradegym", "VecNormalize")}
        rows.append(Row(f"N = {number}", values, times))
    note = "microseconds a step of all environments, windows of 30 x 4 and 10 x 4"
    return [Table("Normalisation", note, rows)]
