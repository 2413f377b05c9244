//! Shared by the whole-lake tests.
