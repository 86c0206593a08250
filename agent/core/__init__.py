"""What everything shares: task, trajectory, verdict, result, protocol, errors, files."""
