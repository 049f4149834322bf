//! Judges objects and admission requests as the policy would in a cluster.
//!
//! | question | module |
//! |---|---|
//! | what a file of settings or policies holds | `settings`, `policy`, `policy_kind`, `module` |
//! | what Kubernetes refuses in a policy | `malformed_field`, `webhook_rule`, `label_selector` |
//! | what a policy says that is probably not meant | `findings`, `policy_fields`, `policy_problem` |
//! | which objects the policy is sent | `scope`, with `webhook_rule` and `label_selector` |
//! | who asks, and what a cluster would answer | `requester`, `cluster`, `replay` |
//! | object → request → outcome → report | `request`, `judge`, `outcome`, `report` |

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
