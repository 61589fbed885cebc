"""What the defaults of training reach on the validation split, beside SB3's own.

    python tests/bench/validate_defaults.py --agent ppo --seeds 5
    python tests/bench/validate_defaults.py --agent ppo --seeds 3 dataset=synthetic/sine

Each seed trains twice: as `tradegym train` does, and with the algorithm's own settings in
Stable-Baselines3, one environment, nothing scaled. Both see the same observations, actions and
rewards, train for as many decisions and are validated as often. Further arguments are overrides
of the configuration, for both. Nothing is written.
"""

import argparse
import statistics
import time

SIDES = ("tradegym", "SB3")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--agent", default="ppo", help="a packaged agent (default ppo)")
    parser.add_argument("--seeds", type=int, default=5, help="number of seeds (default 5)")
    parser.add_argument("--steps", type=int, default=100_000, help="decisions (default 100000)")
    parser.add_argument("--only", choices=SIDES, help="one side of the two")
    parser.add_argument("overrides", nargs="*", help="such as dataset=synthetic/sine")
    options = parser.parse_args()
    for side in SIDES if options.only is None else (options.only,):
        found = [_train(side, seed, options) for seed in range(options.seeds)]
        for name, values in zip(("best", "last", "steps/s"), zip(*found, strict=True), strict=True):
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            print(f"{side:9} {name:8} mean {statistics.mean(values):.3f}, deviation {spread:.3f}")


def _train(side, seed, options):
    """Return the best and the last total log return on validation, and decisions a second."""
    from tradegym.conf.resolve import resolve
    from tradegym.experiments.reporter import SilentReporter
    from tradegym.experiments.training.run import prepare

    overrides = [f"agent={options.agent}", f"seed={seed}", *options.overrides]
    if side == "SB3":
        overrides += ["train.n_envs=1", "train.normalise=false"]
    prepared = prepare(resolve(overrides), SilentReporter())
    model = _own_settings(prepared, seed) if side == "SB3" else prepared.model
    # Rollouts of both sides end near these steps, so that they are validated alike.
    every = resolve(overrides).config.train.eval_every
    validations = _validations(prepared.builder, every)
    started = time.perf_counter()
    model.learn(options.steps, callback=validations)
    seconds = time.perf_counter() - started - validations.seconds
    prepared.envs.close()
    values = [value for _, value in validations.found]
    rate = model.num_timesteps / seconds
    shown = ", ".join(f"{step:,}: {value:.3f}" for step, value in validations.found)
    print(f"{side} seed {seed}: {rate:,.0f} steps/s; validation at {shown}", flush=True)
    return max(values), values[-1], rate


def _own_settings(prepared, seed):
    """Return the same algorithm as SB3 has it, on the same environment."""
    smaller = {"buffer_size": 50_000} if hasattr(prepared.model, "replay_buffer") else {}
    made = type(prepared.model)
    policy = type(prepared.model.policy)
    return made(policy, prepared.envs, seed=seed, device="cpu", **smaller)


def _validations(builder, every):
    from stable_baselines3.common.callbacks import BaseCallback

    from tradegym.experiments.agents.normaliser import Normaliser
    from tradegym.experiments.agents.sb3_policy import SB3Policy
    from tradegym.experiments.evaluation import evaluate

    class Validations(BaseCallback):
        """Validates every so many decisions and at the end, as `tradegym train` does."""

        def __init__(self):
            super().__init__()
            self.found, self.seconds, self._next = [], 0.0, every

        def _on_step(self):
            if self.num_timesteps >= self._next:
                self._next += every
                self._validate()
            return True

        def _on_training_end(self):
            if self.found[-1:] == [] or self.found[-1][0] != self.num_timesteps:
                self._validate()

        def _validate(self):
            started = time.perf_counter()
            scaled = self.model.get_vec_normalize_env()
            normaliser = None if scaled is None else Normaliser.from_vecnormalize(scaled)
            metrics = evaluate(SB3Policy(self.model, normaliser), builder, "validation").metrics
            self.found.append((self.num_timesteps, metrics.as_dict()["total_log_return"]))
            self.seconds += time.perf_counter() - started

    return Validations()


if __name__ == "__main__":
    main()
