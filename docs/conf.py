"""How the site is built: `sphinx-build -W -b html docs build/site`, with what `pip install -e '.[dev]'` brings.

Pages are Markdown that reads well where the repository is browsed, too. What is made at the build (the commands, the
looks) is written to docs/made/ by the modules of docs/_site, and ignored by git.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_site"), str(HERE / "looks"), str(HERE.parent)]

from vidream.version import __version__  # noqa: E402

project = "vidream"
author = "The vidream authors"
copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "docstrings",
    "repository_links",
    "mathml",
    "commands",
    "looks",
    "sidebar",
]
exclude_patterns = ["_site", "masters", "farm", "units", "gallery/README.md", "looks/README.md"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "attrs_block"]
myst_heading_anchors = 3
myst_linkify_fuzzy_links = False
smartquotes = False  # what is quoted is often typed

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
autodoc_preserve_defaults = True
maximum_signature_line_length = 90
napoleon_numpy_docstring = False
python_use_unqualified_type_names = True
nitpick_ignore_regex = [
    # names of Python's own and of numpy, whose pages would have to be fetched to be linked
    (r"py:.*", r"(collections\.abc|fractions|numpy|os|pathlib|threading|typing)\..+"),
    # vidream's own modules: docs/api.md has what is public, and docs/architecture.md leads to the others
    (r"py:.*", r"vidream\.[a-z_]+\..+"),
]

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "vidream"
html_static_path = ["_site/static"]
html_css_files = ["site.css"]
html_theme_options = {"top_of_page_buttons": [], "navigation_with_keys": True}
html_copy_source = False
html_show_sphinx = False
copybutton_exclude = ".linenos, .gp, .go"
