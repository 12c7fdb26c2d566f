"""Find a Chromium for the browser tests, and fetch one where there is none.

In: the machine. Out: the path of a Chromium that has rendered a page, printed as the last line; or exit code 1 and the
command for a person to run. Ways, in this order: $SARTOR_CHROMIUM; one that is installed; Debian's package (as root: it
comes with the libraries and with fonts for Chinese); Playwright's own download. Knows nothing of the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FLAGS = (
    "--headless",
    "--no-sandbox",  # root, and most containers, may not make a sandbox
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers give /dev/shm 64 MB
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-wqy-microhei")  # the smallest font in Debian that has Chinese
REMEDY = f"""\
browser: the browser tests need Chromium. Any one of these provides it:
  sudo apt-get update && sudo apt-get install --no-install-recommends {" ".join(PACKAGES)}
  {sys.executable} -m playwright install --with-deps chromium-headless-shell
  export SARTOR_CHROMIUM=/path/to/chrome"""


def main() -> int:
    """Provide a browser and print where it is."""
    path = installed() or debian() or playwright()
    if path is None:
        print(REMEDY, file=sys.stderr)
        return 1
    chinese_font()
    print(path)
    return 0


def installed() -> Path | None:
    """A working browser that is there already. One named by $SARTOR_CHROMIUM is taken at its word."""
    named = os.environ.get("SARTOR_CHROMIUM")
    if named:
        return Path(named)
    found = [Path(path) for name in NAMES if (path := shutil.which(name))]
    return next((path for path in [*found, *downloaded()] if renders(path)), None)


def downloaded() -> list[Path]:
    """What Playwright fetched earlier: its headless shell, or its whole Chromium."""
    home = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    places = (
        [Path(home)] if home else [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    )
    names = ("chrome-headless-shell", "headless_shell", "chrome", "Chromium")
    return [
        path
        for place in places
        for folder in sorted(place.glob("chromium*-*"), reverse=True)
        for path in sorted(folder.rglob("*"))
        if path.name in names and path.is_file() and os.access(path, os.X_OK)
    ]


def renders(path: Path) -> bool:
    """Whether this browser starts here: a snap's stub, or one whose libraries are missing, is found but does not."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(path), *FLAGS, f"--user-data-dir={profile}", "--dump-dom", "data:text/html,<p>sartor</p>"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return "<p>sartor</p>" in done.stdout


def debian() -> Path | None:
    """Debian's own package, if this is Debian and we may install."""
    if not is_debian() or os.geteuid() != 0:
        return None
    print("browser: no Chromium here; installing Debian's")
    return installed() if apt_install(*PACKAGES) else None


def playwright() -> Path | None:
    """Playwright's own download, which needs no root, but does need its host to be reachable."""
    print("browser: no Chromium here; asking Playwright to download one")
    command = [sys.executable, "-m", "playwright", "install", "chromium-headless-shell"]
    env = os.environ | {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "20000"}
    try:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return None
    return installed() if done.returncode == 0 else None


def chinese_font() -> None:
    """Without one, pictures of Chinese screens show boxes. Not worth a failure, worth a word."""
    said = shutil.which("fc-list") and subprocess.run(
        ["fc-list", ":lang=zh"], capture_output=True, text=True, check=False
    )
    if said and not said.stdout.strip():
        if is_debian() and os.geteuid() == 0 and apt_install(PACKAGES[1]):
            return
        print(f"browser: no font here has Chinese; `apt-get install {PACKAGES[1]}` brings one", file=sys.stderr)


def is_debian() -> bool:
    """Debian itself: its daughter Ubuntu ships Chromium as a snap only, which does not start in a container."""
    try:
        about = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return "ID=debian" in about and shutil.which("apt-get") is not None


def apt_install(*packages: str) -> bool:
    """Run apt-get without questions; tell what it said if it fails."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "--quiet"], install):
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"browser: `{' '.join(command)}` failed:\n{done.stderr.strip()[-2000:]}", file=sys.stderr)
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
