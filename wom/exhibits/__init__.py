"""What is said, drawn and tabulated of a result."""
