//! Reading an admission request: what the API server asks, of which object, and for whom.

mod admission_request;
pub mod fields;
pub mod parsed_size;
mod requester;

pub use admission_request::Request;
pub use requester::Requester;
