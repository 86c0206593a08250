"""What every model backend shares: devices and memory, weights on the disk, optional libraries."""
