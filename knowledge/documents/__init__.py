"""An organisation's own documents: reading, splitting, adding, erasing, finding."""
