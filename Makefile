# The two commands of the README are `make demo` and `make test`; each sets up what it needs in .venv by itself.
.PHONY: help demo test check golden lock clean
.SILENT:

help:
	echo 'make demo     first books on the screen, from made-up orders'
	echo 'make test     all tests (ARGS="-k word" to choose)'
	echo 'make check    linters, types and floors'
	echo 'make golden   write the golden files again from what is built now'
	echo 'make lock     resolve requirements/*.txt again (ARGS=--upgrade for the newest)'
	echo 'make clean    remove .venv and caches'
	echo
	echo 'PYTHON=python3.12 names the Python to take; else the newest from 3.11 up that runs is found.'

demo:
	sh .ci/setup run
	.venv/bin/recipe demo $(ARGS)

test:
	sh .ci/setup dev
	.venv/bin/python -m pytest $(ARGS)

check:
	sh .ci/setup dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

golden:
	sh .ci/setup dev
	UPDATE_GOLDEN=1 .venv/bin/python -m pytest -q tests/house/test_wheel.py tests/diagnostics tests/house/test_errors_page.py tests/docs/test_filters_page.py -p no:randomly $(ARGS)

lock:
	sh .ci/lock $(ARGS)

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
