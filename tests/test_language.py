"""Every sentence is said in every language that has a catalogue, with the same parts."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from sartor.metamodel.manifest import Label
from sartor.platform.language import FOLDER, catalogue, translate
from sartor.tools import translations

LANGUAGES = [path.stem for path in FOLDER.glob("*.po")]


def parts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_chinese_has_a_catalogue() -> None:
    assert "zh" in LANGUAGES


def test_the_catalogues_hold_what_is_said_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert translations.main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_parts_of_its_sentence(language: str) -> None:
    different = {text: said for text, said in catalogue(language).items() if parts(text) != parts(said)}
    assert different == {}


def test_a_sentence_is_said_in_the_readers_language_with_its_parts() -> None:
    label = Label({"en": "Tax number", "zh": "税号"})
    message = "{label} can be at most {max} characters long; this is {length}."
    assert translate(message, "zh", label=label, max=20, length=21) == "税号最多 20 个字符；现有 21 个。"
    assert translate(message, "en", label=label, max=20, length=21) == (
        "Tax number can be at most 20 characters long; this is 21."
    )


def test_what_no_catalogue_knows_stays_english() -> None:
    assert translate("Nobody says {this}.", "zh", this="that") == "Nobody says that."
    assert translate("Today", "tlh") == translate("Today", "../zh") == "Today"


def test_a_part_that_nobody_gave_stays_visible() -> None:
    assert translate("{label} is required.", "en") == "{label} is required."
    assert translate("Send {{}} or nothing.", "en") == "Send {} or nothing."


def test_new_sentences_are_added_and_old_ones_leave_with_their_translation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    monkeypatch.setattr(translations, "said", lambda: iter(["Kept.", "New “{name}”."]))
    path = tmp_path / "zh.po"
    path.write_text('msgid "Kept."\nmsgstr "保留。"\n\nmsgid "Old."\nmsgstr "旧。"\n', encoding="utf-8")
    assert translations.main([]) == 1
    assert capsys.readouterr().err == "zh.po: not translated: New “{name}”.\nzh.po: no longer said: Old.\n"
    kept = {str(message.id): message.string for message in translations.read(path) if message.id}
    assert kept == {"Kept.": "保留。", "New “{name}”.": ""}
