"""How long a compilation takes: 1,000 entities of 10 fields, cold, and again after one file changed.

Run: python bench/compile.py [ENTITIES]. Aims on 2 cores: 3 s cold, 0.2 s after a change. Beside them, as a yardstick
in the same run, what it costs only to scan the same files with libyaml.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import yaml

from sartor.metamodel.compilation import Compiler
from sartor.rules.compilation import compile_company

FIELDS = """\
  name: {type: text, label: {en: Name, zh: 名称}, required: true, max: 120, search: true}
  code: {type: sequence, label: {en: Code, zh: 编码}, format: "C{yyyy}-{0000}"}
  level: {type: choice, label: {en: Level, zh: 级别}, choices: {a: A, c: {label: {en: C, zh: 丙}}}, default: a}
  amount: {type: money, label: {en: Amount, zh: 金额}, min: 0, default: 0}
  discount: {type: percent, label: {en: Discount, zh: 折扣}, max: 1}
  net: {type: money, label: {en: Net, zh: 净额}, formula: "round(amount * (1 - discount), 2)"}
  day: {type: date, label: {en: Day, zh: 日期}, default: today}
  owner: {type: user, label: {en: Owner, zh: 负责人}, default: current_user}
  notes: {type: long_text, label: {en: Notes, zh: 备注}}
"""


def write(folder: Path, count: int) -> None:
    (folder / "company.yaml").write_text("company: big\nlabel: Big\n")
    (folder / "entities").mkdir()
    for number in range(count):
        other = f"e{(number * 7) % count}"
        head = f"entity: e{number}\nlabel: {{en: Entity {number}, zh: 实体}}\nfields:\n"
        text = f"{head}{FIELDS}  other: {{type: ref, of: {other}}}\n"
        (folder / "entities" / f"e{number}.yaml").write_text(text)


def timed(compiler: Compiler, folder: Path) -> float:
    start = time.perf_counter()
    compilation = compile_company(compiler, folder)
    seconds = time.perf_counter() - start
    assert compilation.manifest is not None, compilation.problems[:3]
    return seconds


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, count)
        start = time.perf_counter()
        for path in (folder / "entities").iterdir():
            yaml.compose(path.read_text(), Loader=yaml.CSafeLoader)
        scan = time.perf_counter() - start
        compiler = Compiler()
        cold = timed(compiler, folder)
        changed = folder / "entities" / "e0.yaml"
        warm = []
        for turn in range(5):
            changed.write_text(changed.read_text() + f"  extra{turn}: {{type: text}}\n")
            warm.append(timed(compiler, folder))
    print(f"{count} entities of 10 fields: cold {cold:.2f} s ({cold / scan:.1f}x scanning, {scan:.2f} s)")
    print(f"after one file changed: {sorted(warm)[2]:.3f} s ({sorted(warm)[2] / cold:.3f}x cold)")


if __name__ == "__main__":
    main()
