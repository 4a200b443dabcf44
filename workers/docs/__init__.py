"""What consumers read, told to other programs: AsyncAPI and JSON Schemas."""
