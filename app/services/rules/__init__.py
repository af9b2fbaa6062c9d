"""Organizations' own classification rules: kept in versions, tried out before they hold."""
