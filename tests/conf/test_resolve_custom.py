from tradegym.conf.resolve import resolve


def test_with_a_cerebro_engine_and_strategy_keys_are_ignored():
    resolved = resolve(["engine.cerebro=m:C", "engine.start_cash=-5", "strategy.cls=a:B", "seed=4"])
    assert resolved.config.engine.cerebro == "m:C"
    assert resolved.config.strategy.cls is None
    assert resolved.config.seed == 4
    assert resolved.warnings == (
        (
            "ignored: engine.start_cash, strategy.cls (engine.cerebro is given: all other engine.* "
            "and strategy.* keys are ignored)"
        ),
    )
    assert "engine.lot" not in resolved.values
    assert "strategy.skip_frame" not in resolved.values
    one = resolved.values["engine.start_cash"]
    assert one.given
    assert one.ignored
    assert one.value == -5
    assert "start_cash" not in resolved.yaml()


def test_with_a_strategy_class_only_given_strategy_keys_count():
    resolved = resolve(
        ["strategy.cls=my.module:Own", "strategy.params.fast=3", "strategy.skip_frame=2"]
    )
    assert resolved.warnings == ()
    assert resolved.given("strategy") == {
        "cls": "my.module:Own",
        "params.fast": 3,
        "skip_frame": 2,
    }
    assert resolved.given("strategy.params") == {"fast": 3}
    listed = {key for key in resolved.values if key.startswith("strategy.")}
    assert listed == {"strategy.cls", "strategy.params.fast", "strategy.skip_frame"}
    assert resolved.values["engine.start_cash"].origin == "packaged engine/standard"


def test_with_a_dataset_class_dataset_keys_are_ignored():
    resolved = resolve(["dataset.cls=m:D", "dataset=csv", "dataset.timezone=Asia/Tokyo"])
    assert resolved.config.dataset.cls == "m:D"
    assert resolved.config.dataset.timezone == "UTC"  # the schema's, not the given one
    assert resolved.warnings == (
        ("ignored: dataset.timezone (dataset.cls is given: all other dataset.* keys are ignored)"),
    )


def test_choosing_a_packaged_option_is_not_giving_a_strategy():
    resolved = resolve(["strategy=btgym"])
    assert resolved.config.strategy.state.time_dim == 4
    assert resolved.given("strategy") == {}


def test_stored_files_are_found_from_anywhere(tmp_path):
    files = {"assets": "dataset.assets={a: {filename: a.csv}, b: {filename: b.csv}}"}
    multi = resolve(["dataset=multi", files["assets"]]).anchored(tmp_path).to_json()
    assert str(multi).count(str(tmp_path)) == 2
    many = resolve(["dataset=csv", "dataset.filename=[a.csv,b.csv]"]).anchored(tmp_path)
    paths = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert many.to_json()["dataset.filename"]["value"] == paths
    assert many.tree()["dataset"]["filename"] == paths
    mixed = resolve(["dataset=mixed", "dataset.test={source: csv, filename: a.csv}"])
    assert str(tmp_path / "a.csv") in str(mixed.anchored(tmp_path).to_json())
