"""From a plan to data sets: what to make, in which order, by which worker, and what is there already."""
