"""What others say of a vendor's API, beside our own words."""
