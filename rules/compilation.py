"""Compile a company, expressions included.

In: what the metamodel compiled. Out: the same, with the problems of its expressions among the others; a company whose
expressions are faulty has no manifest. Everything outside the metamodel compiles through here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ..metamodel.compilation import Compilation, Compiler
from ..metamodel.problem import has_errors


def compile_company(compiler: Compiler, folder: Path) -> Compilation:
    """Compile the company in a folder."""
    return _with_expressions(compiler.company(folder))


def compile_packages(compiler: Compiler, folders: Iterable[Path]) -> Compilation:
    """Compile packages by themselves, together with what they require."""
    return _with_expressions(compiler.packages(folders))


def _with_expressions(compilation: Compilation) -> Compilation:
    if compilation.manifest is None:
        return compilation
    from .formula_check import check_formulas
    from .sample_rules import check_samples

    manifest, trees = compilation.manifest, compilation.trees
    problems = tuple(sorted({*compilation.problems, *check_formulas(manifest, trees), *check_samples(manifest, trees)}))
    return replace(compilation, manifest=None if has_errors(problems) else manifest, problems=problems)
