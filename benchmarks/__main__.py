"""`make bench`: every benchmark, one after the other."""

import importlib
import pkgutil

import benchmarks

for found in pkgutil.iter_modules(benchmarks.__path__):
    if found.name != "__main__":
        print(f"\n{found.name}")
        importlib.import_module(f"benchmarks.{found.name}").main()
