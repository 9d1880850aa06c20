"""Tables: 20 million payments of a million customers, beside DuckDB's own group-by of them."""

import json
import subprocess
import sys
import tempfile

ROWS, CUSTOMERS, MONTHS = 20_000_000, 1_000_000, 24
RATIO, MEGABYTES = 3, 2_000

MAKE = """
import duckdb
duckdb.sql("SET enable_progress_bar = false")
duckdb.sql("SELECT setseed(0.5)")
duckdb.sql('''COPY (SELECT 1 + (random() * ({customers} - 1))::BIGINT AS id,
    DATE '2023-01-01' + (random() * 730)::INT AS date, round(5 + 100 * random(), 2) AS amount
    FROM range({rows})) TO '{folder}/payments.parquet' ''')
duckdb.sql("COPY (FROM '{folder}/payments.parquet') TO '{folder}/payments.csv'")
"""
BARE = """
import json, resource, time, duckdb
base = duckdb.connect()
base.sql("SET enable_progress_bar = false")
base.sql("SET memory_limit = '900MB'")
base.sql("SET temp_directory = '{folder}/spill'")
start = time.perf_counter()
base.sql("SELECT count(*), sum(n), sum(s) FROM (SELECT id, date, count(*) AS n, sum(amount) AS s "
         "FROM '{folder}/payments.{kind}' GROUP BY id, date)").fetchall()
print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
OURS = """
import json, resource, time, wom.data
start = time.perf_counter()
described = {{"payments": {{"file": "{folder}/payments.{kind}"}}, "from": "2023-01-01", "to": "2024-12-31"}}
tables = wom.data.load(described)
tables.purchases()
tables.monthly()
print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def measured(code, **values):
    """Seconds and peak MB of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code.format(**values)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def main():
    """Print seconds, ratio and peak memory for both kinds of files."""
    with tempfile.TemporaryDirectory() as folder:
        make = MAKE.format(folder=folder, rows=ROWS, customers=CUSTOMERS)
        subprocess.run([sys.executable, "-c", make], check=True)
        for kind in ("parquet", "csv"):
            bare, _ = measured(BARE, folder=folder, kind=kind)
            ours, peak = measured(OURS, folder=folder, kind=kind)
            print(f"{ROWS:,} payments in {kind}, purchases and months: {ours:.1f} s, {ours / bare:.1f} times the "
                  f"group-by alone in DuckDB ({bare:.1f} s; limit {RATIO}), peak {peak:,.0f} MB "
                  f"(under {MEGABYTES:,})")  # fmt: skip


if __name__ == "__main__":
    main()
