"""What synthesized defects are good for: detectors trained on them and tested on real ones, and how varied they are."""
