"""The front-end assets: built from pinned packages, with every icon that a page or a definition names."""

import json
import re
from pathlib import Path

import pytest

from sartor.tools import assets

ROOT = Path(__file__).resolve().parent.parent


def icons() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads((assets.VENDOR / "icons.json").read_text(encoding="utf-8"))
    return found


def test_everything_that_the_pages_load_is_built_and_not_empty() -> None:
    manifest = json.loads((assets.VENDOR / "manifest.json").read_text(encoding="utf-8"))
    for name in [*assets.FILES, "icons.svg", "icons-all.svg"]:
        assert (assets.VENDOR / name).stat().st_size > 40
        assert re.fullmatch(re.escape(name) + r"\?v=[0-9a-f]{12}", manifest[name])


def test_the_build_is_of_the_present_inputs() -> None:
    assert (assets.VENDOR / ".built-from").read_text() == assets.fingerprint(), "run `make assets`"


def test_no_style_sheet_or_script_loads_anything_from_another_host() -> None:
    for path in assets.VENDOR.glob("*.css"):
        for address in re.findall(
            r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", path.read_text(encoding="utf-8")
        ):
            target = "".join(address)
            assert target.startswith("data:") or (assets.VENDOR / target).is_file(), f"{path.name}: {target}"
    for path in assets.VENDOR.glob("*.js"):
        assert "sourceMappingURL" not in path.read_text(encoding="utf-8")


def test_the_sprite_has_a_symbol_for_every_listed_icon() -> None:
    drawn = re.findall(r'<symbol id="tabler-([^"]+)"', (assets.VENDOR / "icons.svg").read_text(encoding="utf-8"))
    assert drawn == assets.icon_names(assets.ICON_LIST) == icons()["listed"]


def test_every_icon_that_a_definition_names_is_in_the_list() -> None:
    named = {
        icon
        for folder in ("definitions", "examples")
        for path in (ROOT / folder).rglob("*.yaml")
        for icon in re.findall(r"\bicon: *[\"']?([a-z0-9][a-z0-9-]*)", path.read_text(encoding="utf-8"))
    }
    missing = sorted(named - set(icons()["listed"]))
    assert not missing, f"add these to ui/icons.txt: {' '.join(missing)}"


def test_an_unknown_icon_stops_the_build_with_its_name_and_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "users.svg").write_text("<svg><path/></svg>")
    with pytest.raises(assets.BuildError) as caught:
        assets.write_icons(["user", "users"], tmp_path, tmp_path)
    assert str(caught.value) == 'ui/icons.txt: icon "user": Tabler has no such outline icon; did you mean users?'


def test_the_icon_list_is_read_with_comments_and_without_doubles(tmp_path: Path) -> None:
    path = tmp_path / "icons.txt"
    path.write_text("# pages\nusers\nplus # add\n\nusers\n")
    assert assets.icon_names(path) == ["plus", "users"]


def test_the_lock_file_gives_a_checksum_for_every_package_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    installed = {name: about for name, about in packages.items() if name}
    assert installed
    assert all(about["integrity"].startswith("sha512-") and "resolved" not in about for about in installed.values())
