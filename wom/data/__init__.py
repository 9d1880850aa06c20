"""Tables of one's own: described in `data.yaml`, checked, and added up where they lie."""
