"""Golden cases: a command, the files it reads, and exactly what it prints.

A case of `tests/golden/*.txt` begins with `=== its name`; `-- path --` begins a file; `$ command` the command, run in
the folder of those files; what follows is its output, standard error included, and `exit N` where the code is not 0.
Rewrite them with `python -m pytest tests/test_golden.py --update`, and read the difference.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from sartor.__main__ import main

GOLDEN = Path(__file__).parent / "golden"
COMPANY = "company: acme\nlabel: Acme\n"


@dataclass
class Case:
    name: str
    file: Path
    files: dict[str, str] = field(default_factory=dict)
    command: str = ""
    expected: str = ""

    def text(self, output: str) -> str:
        files = "".join(f"-- {path} --\n{text}" for path, text in self.files.items())
        return f"=== {self.name}\n{files}$ {self.command}\n{output}"


def read_cases(path: Path) -> list[Case]:
    cases = []
    for block in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, rest = block.partition("\n")
        case = Case(head.strip(), path)
        before, _, after = ("\n" + rest).partition("\n$ ")
        before += "\n"
        case.command, _, case.expected = after.partition("\n")
        for piece in re.split(r"^-- ", before, flags=re.MULTILINE)[1:]:
            name, _, text = piece.partition(" --\n")
            case.files[name] = text
        cases.append(case)
    return cases


CASES = [case for path in sorted(GOLDEN.glob("*.txt")) for case in read_cases(path)]


def run(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, text in ({"company.yaml": COMPANY} | case.files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1") if name.endswith("latin1.yaml") else text.encode())
    monkeypatch.chdir(folder)
    words = shlex.split(case.command)
    assert words[0] == "sartor"
    result = CliRunner().invoke(main, words[1:], catch_exceptions=False)
    code = f"exit {result.exit_code}\n" if result.exit_code else ""
    return result.output.replace(str(folder), "DIR") + code


@pytest.mark.parametrize("case", CASES, ids=[f"{case.file.stem}: {case.name}" for case in CASES])
def test_a_command_prints_exactly_this(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    output = run(case, tmp_path, monkeypatch)
    if request.config.getoption("--update"):
        case.expected = output
        same_file = [other for other in CASES if other.file == case.file]
        case.file.write_text(
            "\n".join(other.text(other.expected).rstrip("\n") + "\n" for other in same_file), encoding="utf-8"
        )
        return
    assert output.rstrip("\n") == case.expected.rstrip("\n")


def test_the_golden_file_of_problems_shows_at_least_forty_different_faults() -> None:
    faults = [case for case in CASES if case.file.stem == "problems"]
    messages = {case.expected for case in faults if "exit 1" in case.expected or "warning:" in case.expected}
    assert len(messages) >= 40
