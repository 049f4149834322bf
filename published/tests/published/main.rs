//! Everything that is published beside the module agrees with it and with itself.

mod documents;
mod examples;
mod form;
mod hub;
mod kustomization;
mod kwctl;
mod policies;
mod readme;
mod release;
mod schema;
mod versions;
mod workloads;
