"""The docs site: Sphinx reads this folder's Markdown files; `make docs` builds it, and a warning is an error."""

project = "Malar"
language = "en"

extensions = ["myst_parser"]
nitpicky = True
myst_heading_anchors = 3  # decisions are linked by the names of their headings

html_theme = "furo"
html_title = "Malar"
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0d655c", "color-brand-content": "#0d655c"},
    "dark_css_variables": {"color-brand-primary": "#6fc9bc", "color-brand-content": "#6fc9bc"},
}
