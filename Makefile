# The two commands that a newcomer needs: `make demo` and `make test`. Each does all of its own set-up.
.PHONY: demo test lint check-units check-postgres check-browser docs
# Each command starts many processes; without compiled modules kept, each would compile Django and all else anew.
unexport PYTHONDONTWRITEBYTECODE
PYTEST = .venv/bin/python -m pytest -q

demo:
	@scripts/demo

test:
	@scripts/setup test
	@scripts/check

lint:
	@scripts/setup test
	@scripts/check lint

docs:
	@scripts/setup test
	@.venv/bin/python -m scripts.generate_docs
