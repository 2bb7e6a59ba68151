"""Access tokens (OAuth 2.0): how they are got, where they are kept, and that one process at a time renews them."""
