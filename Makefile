# Two commands matter: make demo, make test. Both call make setup first.
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.ready
PYTEST := $(PY) -m pytest --hypothesis-profile=deep
# That nothing of one part fits ARGS, as with -k, is no failure: pytest's status 5.
NONE_FITS = $(if $(ARGS),|| test $$? = 5)
# Compiled code is kept, whatever the shell says: without it each process compiles everything anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup check test test-calls test-books test-edges test-pages test-unit test-unit-calls test-unit-rest browser \
  postgresql demo docker-check requirements clean

setup: $(STAMP)

# An environment without pip is what a python3 without python3-venv, or a Ctrl-C, leaves: it is made anew.
$(STAMP): requirements/dev.txt pyproject.toml
	@$(PY) -m pip --version >/dev/null 2>&1 || python3 -m venv --clear $(VENV) || { \
	  echo "python3 -m venv failed: on Debian run: apt-get install python3-venv" >&2; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

check: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

# Calls wait for telephones and leave the processor idle; all else takes it. So they run side by side, and what
# takes the processor stands far back for what is heard: a moment too late is heard. All else is three parts about as
# long, each a process of its own: workers would each collect all of it, and send their results about. Each part
# prints its report when it is done.
PARTS := test-books test-edges test-pages
test: setup browser postgresql
	@$(MAKE) --no-print-directory --jobs=4 --output-sync=target test-calls $(PARTS)

# A file's tests stay together: they share its Asterisks.
test-calls: setup
	$(PYTEST) --dist loadfile --no-loadscope-reorder -n 4 tests/asterisk $(ARGS) $(NONE_FITS)

test-books: PART := tests/contract tests/unit
test-edges: PART := tests/edges
test-pages: PART := tests/browser tests/days
$(PARTS): setup
	nice -n 15 $(PYTEST) $(PART) $(ARGS) $(NONE_FITS)

# The page tests drive Debian's Chromium: the shell without windows, which takes half the processor; or else the
# whole, where only that is there and nobody can install.
CHROMIUM := chromium-headless-shell
browser:
	@command -v $(CHROMIUM) >/dev/null || { \
	  test "$$(id -u)" = 0 && apt-get update -q && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(CHROMIUM); } || \
	  command -v chromium >/dev/null || { \
	  echo "the page tests need Chromium; as root: apt-get install $(CHROMIUM)" >&2; exit 1; }

# The contract of the books is tried on a PostgreSQL too: a private one that Debian need not start.
postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { \
	  test "$$(id -u)" = 0 || { echo "the contract tests need PostgreSQL; as root: apt-get install postgresql" >&2; exit 1; }; \
	  mkdir -p /etc/postgresql-common; \
	  test -e /etc/postgresql-common/createcluster.conf || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf; \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql; }

# What stays inside its process: seconds, for while one works. Two halves about as long, each a process of its own:
# workers would both collect all, and sending results about would take a quarter of the time.
UNIT_HALF := tests/unit/dialer tests/unit/ivr
test-unit: setup
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-unit-calls test-unit-rest

test-unit-calls: setup
	$(PY) -m pytest $(UNIT_HALF) $(ARGS) $(NONE_FITS)

test-unit-rest: setup
	$(PY) -m pytest tests/unit $(UNIT_HALF:%=--ignore=%) $(ARGS) $(NONE_FITS)

demo: setup
	$(VENV)/bin/dialer demo $(ARGS)

# What needs a Docker engine; fails without one. No part of `make test`, which runs where there is none, too.
docker-check: setup
	$(PY) docker/check.py

# Needs uv: writes the pinned, hashed requirement files anew.
requirements:
	for f in run dev; do uv pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make requirements" --python-version 3.11 --upgrade requirements/$$f.in -o requirements/$$f.txt; done

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
