# The two commands of the README are `make demo` and `make test`; each sets up what it needs in .venv by itself.
.PHONY: help demo test check golden lock clean coverage mutants faults contract fuzz rivals performance
.SILENT:

help:
	echo 'make demo     first books on the screen, from made-up orders'
	echo 'make test     all tests (ARGS="-k word" to choose)'
	echo 'make check    linters, types and floors'
	echo 'make golden   write the golden files again from what is built now'
	echo 'make coverage all tests again, and which lines and branches of engine/ they reach'
	echo 'make mutants  small slips put into the language, and whether a test sees each (ARGS="--seed 7 --count 40")'
	echo 'make faults   runs killed again and again against a target that misbehaves (ARGS="--only find --ledger sqlite --seed 7")'
	echo 'make contract connectors judged by packages and specifications of their vendors, in .contract'
	echo 'make fuzz     made-up values and records through generated code and interpreter (ARGS="--seed 7 --count 100000")'
	echo 'make rivals   what the benchmarks measure the engine beside, in .rivals (ARGS="plain dlt" for these)'
	echo 'make performance  all benchmarks, an hour or more, and docs/performance.md from them (ARGS=--quick for a look)'
	echo 'make lock     resolve requirements/*.txt again (ARGS=--upgrade for the newest)'
	echo 'make clean    remove .venv and caches'
	echo
	echo 'PYTHON=python3.12 names the Python to take; else the newest from 3.11 up that runs is found.'

demo:
	sh .ci/setup run
	.venv/bin/recipe demo $(ARGS)

test:
	sh .ci/setup dev
	.venv/bin/python -m pytest -n auto $(ARGS)

check:
	sh .ci/setup dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

golden:
	sh .ci/setup dev
	UPDATE_GOLDEN=1 .venv/bin/python -m pytest -q tests/house/test_wheel.py tests/diagnostics tests/types tests/house/test_errors_page.py tests/docs/test_filters_page.py tests/docs/test_accounting_page.py tests/unit/books/test_answers.py tests/commands/explain -p no:randomly $(ARGS)

lock:
	sh .ci/lock $(ARGS)

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One test is left out: it looks at what a start imports, and to be measured is to import more.
coverage:
	sh .ci/setup dev
	.venv/bin/coverage erase
	.venv/bin/coverage run -m pytest -q -n auto --deselect tests/commands/test_commands.py::test_help_imports_only_click $(ARGS)
	.venv/bin/coverage combine --quiet
	.venv/bin/coverage report --skip-covered --sort=cover --fail-under=92

mutants:
	sh .ci/setup dev
	.venv/bin/python -m tests.mutants $(ARGS)

faults:
	sh .ci/setup dev
	.venv/bin/python -m tests.faults.matrix $(ARGS)
	FAULTS=all .venv/bin/python -m pytest -q tests/faults/test_boundaries.py tests/faults/test_killed.py

contract:
	sh .ci/setup dev
	.venv/bin/python -m tests.contract

fuzz:
	sh .ci/setup dev
	.venv/bin/python -m tests.generating $(ARGS)

rivals:
	sh .ci/setup dev
	.venv/bin/python benchmarks/rivals/set_up.py $(ARGS)

performance:
	sh .ci/setup dev
	.venv/bin/python benchmarks/page.py $(ARGS)
