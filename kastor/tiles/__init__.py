"""The city and its ground as bytes for the browser: 3D Tiles 1.1 made of binary glTF, and one GLB for export."""
