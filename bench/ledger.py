"""What an audit entry costs, beside a bare insert of a row of the same size; and how long a ledger takes to verify.

`python -m bench.ledger [--entries N] [--verify N]`: on SQLite, within one long transaction, so that commits (which the
entry shares with the write it is about) are not what is measured.
"""

import argparse
import json
import subprocess
import sys

from tests.deployment import a_deployment

from bench.measuring import print_machine, print_table


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.ledger")
    asked.add_argument("--entries", type=int, default=2_000, help="written in each of five rounds")
    asked.add_argument("--verify", type=int, default=100_000, help="entries in the ledger that is verified")
    given = asked.parse_args()
    print_machine()
    with a_deployment() as deployment:
        command = [sys.executable, "-m", "bench.inside", "ledger", str(given.entries)]
        told = json.loads(subprocess.run(command, env=deployment.environment, check=True, stdout=-1).stdout)
        command = [sys.executable, "-m", "bench.inside", "verify", str(given.verify)]
        verified = json.loads(subprocess.run(command, env=deployment.environment, check=True, stdout=-1).stdout)
    bare, ours = told["bare_us"], told["record_us"]
    rows = [
        ["bare insert, one entry", f"{bare:.0f} µs", "1.0"],
        ["audit.record(), one entry", f"{ours:.0f} µs", f"{ours / bare:.1f}"],
        [f"sealing {verified['entries']} entries", f"{verified['seal_s']:.1f} s", ""],
        [f"verifying {verified['entries']} entries", f"{verified['verify_s']:.1f} s", ""],
        ["verifying, one entry", f"{verified['verify_s'] / verified['entries'] * 1e6:.0f} µs", ""],
    ]
    print_table(["what", "median", "ratio"], rows)


if __name__ == "__main__":
    main()
