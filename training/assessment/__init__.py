"""What policies, synthesizers and the detectors trained on their pictures are worth."""
