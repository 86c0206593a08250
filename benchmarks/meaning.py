"""Is what was asked what is seen? See `python benchmarks/meaning.py --help` and docs/meaning.md."""

from anomaly_agent.benchmarks.meaning.command import main

if __name__ == "__main__":
    main()
