//! How the values of a rule are compared with those of a workload: patterns, images, accounts,
//! words of commands, and requesters. Each file says what matches, and what settings may hold.

pub mod account;
pub mod image;
pub mod names;
pub mod pattern;
pub mod requester;
pub mod version;
pub mod words;
