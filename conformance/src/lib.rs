//! What the policy must decide, as data, and the two builds that must agree on it.
//!
//! The decision table is in `tests/data/decisions`, one file per topic; its
//! README tells the format. [`table::read`] expands each entry to whole payloads,
//! [`Builds::validate`] puts a payload to the policy compiled natively and to the
//! built module in the engine, and [`expectation`] compares the answer with what
//! the entry promises.

pub mod builds;
pub mod data;
pub mod entry;
pub mod expectation;
pub mod kinds;
pub mod nodes;
pub mod place;
pub mod settings;
pub mod suggestion;
pub mod table;
pub mod trials;

pub use builds::Builds;
