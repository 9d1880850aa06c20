"""Tables: 20 million payments to the fitted scenario, beside DuckDB's own group-by of them."""

import json
import subprocess
import sys
import tempfile

ROWS, CUSTOMERS = 20_000_000, 1_000_000
RATIO, MEGABYTES = 3, 2_000

MAKE = """
import duckdb, numpy as np, pyarrow as pa, pyarrow.parquet as parquet
random = np.random.default_rng(0)
rate, stop = random.gamma(1.5, 1 / 19.5, {customers}), random.beta(0.8, 20.0, {customers})  # BG/NBD
now = random.integers(0, 600, {customers}).astype(float)
alive = np.arange({customers})
ids, days = [alive], [now.astype(int)]
while len(alive):
    now[alive] += random.exponential(1 / rate[alive])
    alive = alive[now[alive] < 731]
    ids.append(alive)
    days.append(now[alive].astype(int))
    alive = alive[random.random(len(alive)) >= stop[alive]]
order = random.permutation(sum(map(len, ids)))[:{rows}]
dates = np.datetime64("2023-01-01") + np.concatenate(days)[order]
amounts = np.round(5 + 100 * random.random(len(order)), 2)
table = pa.table({{"id": np.concatenate(ids)[order] + 1, "date": dates, "amount": amounts}})
parquet.write_table(table, "{folder}/payments.parquet")
duckdb.sql("SET enable_progress_bar = false")
duckdb.sql("COPY (FROM '{folder}/payments.parquet') TO '{folder}/payments.csv'")
"""
BARE = """
import json, time, duckdb
seconds = []
for asked in ("count(DISTINCT date) AS n, min(date) AS first, max(date) AS last, sum(amount) AS s",
              "count(*) AS n, 0 AS first, 0 AS last, sum(amount) AS s"):
    base = duckdb.connect()
    base.sql("SET enable_progress_bar = false")
    base.sql("SET memory_limit = '900MB'")
    base.sql("SET temp_directory = '{folder}/spill'")
    start = time.perf_counter()
    base.sql("SELECT count(*), sum(n), min(first), max(last), sum(s) FROM "
             f"(SELECT id, {{asked}} FROM '{folder}/payments.{kind}' GROUP BY id)").fetchall()
    seconds.append(time.perf_counter() - start)
print(json.dumps(seconds))
"""
OURS = """
import json, resource, time, wom, wom.data
steps = []
def lap(found):
    steps.append(time.perf_counter())
    return found
lap(None)
described = {{"payments": {{"file": "{folder}/payments.{kind}"}}, "from": "2023-01-01", "to": "2024-12-31"}}
tables = lap(wom.data.load(described))
lap(wom.calibrate(tables, "retailer/today").data)
lap(tables.check())
laps = [after - before for before, after in zip(steps, steps[1:])]
print(json.dumps([laps, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def measured(code, **values):
    """What a process of its own printed."""
    done = subprocess.run(
        [sys.executable, "-c", code.format(**values)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def main():
    """Print seconds, ratios and peak memory for both kinds of files."""
    with tempfile.TemporaryDirectory() as folder:
        make = MAKE.format(folder=folder, rows=ROWS, customers=CUSTOMERS)
        subprocess.run([sys.executable, "-c", make], check=True)
        for kind in ("parquet", "csv"):
            needed, plain = measured(BARE, folder=folder, kind=kind)
            laps, peak = measured(OURS, folder=folder, kind=kind)
            load, calibrate, check = laps
            fitted = load + calibrate
            print(
                f"{ROWS:,} payments of {CUSTOMERS:,} customers in {kind}: the fitted scenario in {fitted:.1f} s "
                f"(load {load:.1f}, calibrate {calibrate:.1f}), peak {peak:,.0f} MB (under {MEGABYTES:,})\n"
                f"  {fitted / needed:.1f} times DuckDB's own group-by of purchase days, first, last and sum by "
                f"customer ({needed:.1f} s; limit {RATIO}); {fitted / plain:.1f} times that of counts and sums "
                f"({plain:.1f} s)\n"
                f"  with a whole check of the table ({check:.1f} s): {(fitted + check) / needed:.1f} times"
            )


if __name__ == "__main__":
    main()
