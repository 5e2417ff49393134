"""What the components of every target are made with."""
