//! The verdict on a request, and the response that tells it to the policy server.

pub mod denial;
mod exec;
pub mod judge;
pub mod response;
pub mod suggestion;

pub use response::Verdict;
