"""A nightly report in Airflow, as a shell task: wom needs no package of Airflow's, nor the other way round.

Copy to the folder of DAGs. Change: HOME, the checkout on the worker, and the scenario. Airflow's retries are of
no use here: what fails once fails again, and is kept with its notebook and log. Exit code 75 means that another
run is at work: that task is skipped.
"""

from __future__ import annotations

import datetime

from airflow import DAG

try:
    from airflow.providers.standard.operators.bash import BashOperator  # Airflow 3
except ImportError:
    from airflow.operators.bash import BashOperator  # Airflow 2

HOME = "/opt/wom"

with DAG(
    dag_id="wom_report",
    description="What good service is worth, every night",
    schedule="15 5 * * *",
    start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 0, "execution_timeout": datetime.timedelta(minutes=35)},
) as dag:
    report = BashOperator(
        task_id="report",
        cwd=HOME,
        bash_command=".venv/bin/wom run data/sample/retailer/make-it-right.yaml -p horizon_months=36 "
        "--keep 60 --time-limit 30m",
        skip_on_exit_code=75,
    )
    branches = BashOperator(
        task_id="branches",
        cwd=HOME,
        bash_command=".venv/bin/wom batch data/sample/retailer/make-it-right.yaml --csv branches.csv --jobs 2 "
        "--keep 12 --time-limit 10m",
        skip_on_exit_code=75,
    )
    fresh = BashOperator(
        task_id="fresh", cwd=HOME, bash_command=".venv/bin/wom status --max-age 26h", trigger_rule="all_done"
    )
    [report, branches] >> fresh
