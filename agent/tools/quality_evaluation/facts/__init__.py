"""What was asked for, checked one fact at a time by measuring the change; a file for each kind of fact."""
