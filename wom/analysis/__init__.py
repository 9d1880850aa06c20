"""Questions asked of a business and its plan."""
