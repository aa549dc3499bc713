"""The maker of the demo county: rooms from the ground up to the files an office would send."""
