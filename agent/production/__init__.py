"""From a plan to data sets: what to make, in which order, by whom, and what is there already."""
