"""What the user wrote, checked and made plain: the DAG file's structs, its validation, templates and expansion. Pure."""
