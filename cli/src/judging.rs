//! Judges objects and admission requests as the policy would in a cluster.

pub mod judge;
pub mod replay;
pub mod report;
pub mod request;
pub mod settings;
