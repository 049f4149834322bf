//! The pods in a request: where each kind keeps its pod specs, what the policy reads of them, and
//! which of them an update leaves as they were.

pub mod container;
mod custom_kinds;
mod owner;
pub mod pod;
pub mod pod_kind;
mod pod_place;
mod pod_spec_location;
pub mod requested_action;
mod update;

pub use owner::OwningWorkload;
pub use pod_spec_location::PodSpecLocation;
