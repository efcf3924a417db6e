# The two commands of a fresh machine are `make run` and `make test`; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench reset installed-run installed-dev interpreter
MAKEFLAGS += --no-print-directory

VENV := .venv/bin
# Each worker of the suite brings servers of its own; 0 runs it in one process.
TEST_WORKERS ?= 2
# The version the suite runs on comes first. PYTHON=/path/to/python3.13 overrides.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$name >/dev/null 2>&1 && \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && \
	echo $$name && break; done)

help: ## list what make can do here
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: installed-run ## install, start everything, print address and demo logins (PORT=8000)
	@exec $(VENV)/python -m config.launch

test: installed-dev ## the whole suite on services of its own (ARGS="-k words" narrows it)
	@exec $(VENV)/python -m pytest --numprocesses $(TEST_WORKERS) --dist loadgroup $(ARGS)

lint: installed-dev ## style, types, room boundaries, migrations, production settings
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports
	@DJANGO_SETTINGS_MODULE=config.settings.test \
		$(VENV)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@DJANGO_SETTINGS_MODULE=config.settings.prod ALLOWED_HOSTS=countersign.example \
		SECRET_KEY=$$($(VENV)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
		MASTER_KEY=$$($(VENV)/python -c 'from integrations.encryption.keys import new_entry as new; print(new())') \
		$(VENV)/python manage.py check --deploy --fail-level WARNING

bench: installed-dev ## speed beside raw SQL and a bare view on this machine
	@exec $(VENV)/python -m tests.bench $(ARGS)

reset: ## forget all data: clears var/
	@$(MAKE) interpreter
	@exec $(PYTHON) config/launch/reset.py

installed-run: interpreter
	@$(PYTHON) config/launch/install.py requirements/run.txt

installed-dev: interpreter
	@$(PYTHON) config/launch/install.py requirements/dev.txt

interpreter:
	@if ! $(or $(PYTHON),false) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then \
		echo "Python 3.11 to 3.14 is needed$(if $(PYTHON), and $(PYTHON) is not that,; none was found). Name one with PYTHON=/path/to/python3." >&2; exit 1; fi
