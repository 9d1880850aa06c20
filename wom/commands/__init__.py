"""The commands of `wom`, one module each: `add` says what a command takes, the rest does it."""
