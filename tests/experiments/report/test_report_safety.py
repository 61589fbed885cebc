"""The page loads nothing, runs nothing but its own script, and shows names as they are."""

import base64
import hashlib
import re
import time

import pytest
from report_runs import (
    RESOLVED,
    info_of,
    luck_of,
    make_folds,
    make_seeds,
    make_trained,
    write_json,
)

from tradegym.experiments.report import write_report

EVIL = "</script><img src=x onerror=alert(1)>&amp;\"'`|*_"


def html_of(path):
    return write_report(path).html.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    return [html_of(path) for path in (make_trained(root), make_seeds(root), make_folds(root))]


def test_nothing_is_loaded(pages):
    for page in pages:
        assert "://" not in page
        assert "@import" not in page
        assert "url(" not in page
        for name in ("src", "srcset", "action", "formaction", "ping", "poster", "style"):
            assert not re.search(rf"<[^>]*\s{name}\s*=", page), name
        links = re.findall(r'<[^>]*\s(?:xlink:)?href\s*=\s*"([^"]*)"', page)
        assert links
        assert all(link.startswith(("#", "data:,")) for link in links)


def test_the_policy_allows_only_the_pages_own_script_and_style(pages):
    for page in pages:
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
        rules = dict(rule.strip().split(" ", 1) for rule in policy.replace("&#39;", "'").split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["base-uri"] == rules["form-action"] == "'none'"
        assert "unsafe" not in policy
        for tag, rule in (("script", "script-src"), ("style", "style-src")):
            (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert rules[rule] == f"'sha256-{digest}'"
        assert page.index("Content-Security-Policy") < page.index("<style>")


def test_names_are_shown_as_they_are(tmp_path):
    path = make_trained(tmp_path, assets=(EVIL, "b"), n=60, name="evil")
    info = info_of(path) | {"name": EVIL, "id": EVIL, "warnings": [EVIL]}
    info["dataset"] |= {"name": EVIL, "assets": [EVIL], "source": EVIL}
    info["provenance"] |= {"command_line": EVIL, "versions": {EVIL: EVIL}}
    write_json(path / "run.json", info)
    evil = {"value": EVIL, "origin": f"file {EVIL}", "note": EVIL}
    write_json(path / "resolved.json", RESOLVED | {EVIL: evil, "agent.algorithm": evil})
    write_json(path / "eval" / "2-test" / "luck.json", luck_of(EVIL))
    written = write_report(path)
    page = written.html.read_text(encoding="utf-8")
    assert "<img" not in page
    assert page.count("<script") == page.count("</script>")
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;" in page
    text = written.markdown.read_text(encoding="utf-8")
    assert "<img" not in text
    assert r"\`\|\*\_" in text


@pytest.mark.parametrize("make", [make_seeds, make_folds])
def test_names_in_parents_of_many_runs(tmp_path, make):
    path = make(tmp_path)
    for file in path.glob("*.json"):
        text = file.read_text()
        changed = text.replace("buy_and_hold", "<img src=x>").replace("are too few", "<img src=x>")
        file.write_text(changed)
    assert "<img" not in html_of(path)


@pytest.mark.parametrize(
    ("bars", "megabytes"), [(1000, 1.5), pytest.param(20_000, 3.0, marks=pytest.mark.slow)]
)
def test_size_and_time(tmp_path, bars, megabytes):
    path = make_trained(tmp_path, n=bars, fills=bars // 5)
    begun = time.process_time()
    written = write_report(path)
    assert time.process_time() - begun < 5
    assert written.html.stat().st_size < megabytes * 1e6
    # Fewer fills are drawn than there are, but all are counted.
    assert f"{bars // 5:,} fills" in written.html.read_text(encoding="utf-8")
