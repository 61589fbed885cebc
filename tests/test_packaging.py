"""The wheel and the sdist carry the files of the repository: none lost, none twice."""

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("cli", "conf", "envs", "experiments")
PACKAGED = {".py", ".yaml", ".typed", ".html", ".css", ".js", ".md"}


def listed_files() -> list[str]:
    """Paths that git tracks, or would track if they were added."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(path for path in output.split("\0") if path and (ROOT / path).exists())


def packaged_as(path: str) -> str | None:
    """Where a file of the repository belongs in the installed package, or None."""
    parts = PurePosixPath(path).parts
    if parts[0] in FOLDERS:
        return "/".join(("tradegym", *parts))
    return "/".join(parts[1:]) if parts[:2] == ("src", "tradegym") else None


def source_files(paths: list[str]) -> set[str]:
    targets = (packaged_as(path) for path in paths)
    return {target for target in targets if target and Path(target).suffix in PACKAGED}


def build(kind: str, source: Path, out: Path) -> Path:
    """Build without an isolated environment: nothing is downloaded."""
    code = f"import sys, setuptools.build_meta as b; print(b.build_{kind}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(out)], cwd=source, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return out / done.stdout.splitlines()[-1]


def wheel_code(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(name for name in archive.namelist() if ".dist-info/" not in name)


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


@pytest.fixture(scope="module")
def expected() -> list[str]:
    return sorted(source_files(listed_files()))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy of the repository, links kept as links."""
    target = tmp_path_factory.mktemp("checkout")
    for path in listed_files():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path, follow_symlinks=False)
    return target


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", checkout, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked_sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    sdist = build("sdist", checkout, folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return folder / sdist.name.removesuffix(".tar.gz")


def test_wheel_has_exactly_the_files_of_the_repository(wheel: Path, expected: list[str]) -> None:
    assert len(expected) > 20
    assert wheel_code(wheel) == expected


def test_sdist_has_exactly_the_files_of_the_repository(
    unpacked_sdist: Path, expected: list[str]
) -> None:
    src = unpacked_sdist / "src"
    found = (path.relative_to(src).as_posix() for path in src.rglob("*") if path.is_file())
    assert sorted(name for name in found if not name.startswith("tradegym_runner.")) == expected


def test_sdist_holds_real_files_and_builds_the_same_wheel(
    unpacked_sdist: Path, expected: list[str], tmp_path: Path
) -> None:
    assert not [path for path in unpacked_sdist.rglob("*") if path.is_symlink()]
    assert (unpacked_sdist / "LICENSE").is_file()
    assert wheel_code(build("wheel", unpacked_sdist, tmp_path)) == expected


def test_metadata_names_the_distribution_its_licence_and_its_script(wheel: Path) -> None:
    fields = metadata(wheel)
    assert fields["Name"] == "tradegym-runner"
    assert fields["License-Expression"] == "GPL-3.0-or-later"
    assert fields.get_all("License-File") == ["LICENSE"]
    with zipfile.ZipFile(wheel) as archive:
        names = {name.split("/", 1)[1]: name for name in archive.namelist() if ".dist-info" in name}
        licence = archive.read(names["licenses/LICENSE"]).decode()
        scripts = archive.read(names["entry_points.txt"]).decode()
    assert licence == (ROOT / "LICENSE").read_text()
    assert "GNU GENERAL PUBLIC LICENSE\n                       Version 3" in licence
    assert scripts.split() == ["[console_scripts]", "tradegym", "=", "tradegym.cli.main:main"]


def test_git_ignores_no_source_file(expected: list[str]) -> None:
    folders = [ROOT / name for name in (*FOLDERS, "src/tradegym")]
    present = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    paths = [path.relative_to(ROOT).as_posix() for path in present]
    assert source_files([path for path in paths if "__pycache__" not in path]) == set(expected)


def test_every_requirement_is_pinned_by_the_constraints() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line.split("==")[0] for line in lines if not line.startswith("#")]

    def normal(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    assert len(set(pins)) == len(pins)
    names = {re.split(r"[^\w.-]", requirement, maxsplit=1)[0] for requirement in wanted}
    assert {normal(name) for name in names} <= {normal(pin) for pin in pins}


def test_no_file_recommends_the_other_distribution_named_tradegym() -> None:
    tool = "pip"
    wrong = re.compile(rf"\b{tool}\b[^\n]*\binstall\s[^\n]*(?<![\w./-])tradegym(?![\w./-])")
    assert wrong.search(f"{tool} install -U tradegym")
    assert not wrong.search(f"{tool} install tradegym-runner")
    files = [ROOT / path for path in listed_files() if Path(path).suffix in {"", ".md", ".py"}]
    assert ROOT / "README.md" in files
    assert [path for path in files if path.is_file() and wrong.search(path.read_text())] == []
