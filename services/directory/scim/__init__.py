"""SCIM 2.0 (RFC 7643, 7644) on scim2-server: an agency's identity provider as one of the four doors.

Loaded when the first identity provider calls: the library takes some ten megabytes.
"""
