"""Which backends stand behind policy and tools."""
