"""What a product is made of, as its normal picture shows it."""
