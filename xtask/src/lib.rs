//! Tasks of the maintainers, which the Makefile starts.

pub mod release;
