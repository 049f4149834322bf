//! Judges objects and admission requests as the policy would in a cluster.

pub mod cluster;
pub mod findings;
pub mod judge;
mod label_selector;
mod malformed_field;
mod module;
pub mod outcome;
pub mod policy;
mod policy_fields;
mod policy_kind;
pub mod policy_problem;
pub mod replay;
pub mod report;
pub mod request;
pub mod requester;
pub mod scope;
pub mod settings;
mod webhook_rule;
