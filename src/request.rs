//! Reads an admission request: its fields, the object it is about, and who sent it.

mod admission_request;
pub mod fields;
pub mod parsed_size;
mod requester;

pub use admission_request::Request;
pub use requester::Requester;
