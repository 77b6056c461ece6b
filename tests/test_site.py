"""The site is built without a warning, and nothing of it comes from another address."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OUTSIDE = re.compile(r"""<(?:script|link|img|source|video|iframe)\b[^>]*?\b(?:src|href)=["'](?:https?:)?//""")

pytest.importorskip("furo", reason="no Furo: the site is not built")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The folder of the pages."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


@pytest.mark.slow
@pytest.mark.ci
def test_every_page_is_whole_by_itself(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 5
    for page in pages:
        assert not OUTSIDE.findall(page.read_text(encoding="utf-8")), page
